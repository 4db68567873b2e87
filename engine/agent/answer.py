"""What an answer rests on, and what is said when there is none: there is always an answer."""

from __future__ import annotations

from collections.abc import Sequence

from engine.agent.run import Outcome, Run
from engine.events import Citation, TokenGenerated
from engine.tools.quoting import place, used_numbers
from engine.tools.tool import CitationBook, ToolResult


def find_citations(answer: str, book: CitationBook) -> tuple[Citation, ...]:
    """The places that the answer names by `[n]`, in order; a number that nothing has is no citation."""
    found = (book.get(number) for number in used_numbers(answer))
    return tuple(citation for citation in found if citation is not None)


def apologise(run: Run, why: str, results: Sequence[ToolResult], reason: str) -> Outcome:
    """End a run that came to no answer: say why, and where to look, with the places that were found."""
    answer, citations = _apology(why, results)
    run.emit(TokenGenerated(run.request.run_id, answer))
    return Outcome(answer, reason, citations)


def _apology(why: str, results: Sequence[ToolResult]) -> tuple[str, tuple[Citation, ...]]:
    citations = tuple({c.number: c for result in results if result.ok for c in result.citations}.values())[:3]
    if not citations:
        return f"I could not answer this, because {why}.", ()
    places = "; ".join(_place(citation) for citation in citations)
    return f"I could not answer this, because {why}. What I found stands in {places}.", citations


def _place(citation: Citation) -> str:
    if citation.kind == "memory":
        return f"what you told me on {citation.heading} [{citation.number}]"
    return f"{place(citation.path, citation.page, citation.heading)} [{citation.number}]"
