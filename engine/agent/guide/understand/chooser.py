"""What the chooser makes of a request, as a choice; the guide decides what it leaves open.

The chooser (engine/search/choosing.py) has seen very many words, the guide few; but the guide puts sums together,
and it says what the chooser is not sure of. Without an embedding model, or with another one, the guide chooses alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.agent.guide.understand.grammar import ABOUT, GUIDE_TOOLS, GuideChoice
from engine.search.types import Chosen, Piece

__all__ = ["MOST_EARLIER", "SURELY", "sure_choice", "tools_in_question"]

# Earlier turns that the chooser is shown.
MOST_EARLIER = 2
# From this on a rule that only sees the words does not overrule it.
SURELY = 0.9
# Below this the choice is the guide's, among those that come near the best.
_SURE, _NEAR_BEST = 0.5, 0.25
# What may refer to an earlier turn.
_REFERRING = ("search_documents", "recall_memory", "forget")


def sure_choice(chosen: Chosen, words: str, earlier: Sequence[str] = ()) -> GuideChoice | None:
    """The choice, None where it is open or only the guide can say it.

    Args:
        words, earlier: what the chooser was asked with.
    """
    tool, likely = next(iter(chosen.choices.items()))
    if likely < _SURE or tool == "calculator":
        return None
    name = GUIDE_TOOLS[tool]
    if not name:
        return GuideChoice(tool, {})
    arguments = {}
    if tool in _REFERRING and chosen.about.end:
        arguments[ABOUT] = _whole_words(earlier[chosen.about.text - 1], chosen.about)
    own = _whole_words(words, chosen.argument)
    if own or not arguments:
        arguments[name] = own or words
    return GuideChoice(tool, arguments)


def tools_in_question(chosen: Chosen) -> list[str]:
    """The choices among which the guide decides, likeliest first."""
    most = next(iter(chosen.choices.values()))
    return [tool for tool, likely in chosen.choices.items() if likely >= _NEAR_BEST * most]


def _whole_words(text: str, piece: Piece) -> str:
    """The words that a piece touches, "" for none."""
    start, end = piece.start, piece.end
    if not end:
        return ""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return " ".join(text[start:end].split())
