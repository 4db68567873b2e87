"""Which model stands in for another: smaller versions of it, and what suits the words that are asked.

A model is often here in several quantisations. They are *versions* of each other: same architecture, same number
of parameters, same name but for the words that tell a quantisation. When the one that was chosen does not fit,
the next smaller version answers; when no version fits, whatever else is here and suits the content:

    code          a model that was made for code, then the most precise one: a wrong bracket is worse than a wait
    long          the one that sees most at once, then the fastest reader (least work per token)
    talk          the most knowing one (parameters) that writes faster than people read

The content is told by signs in the words, not by a model: it decides only which of several right answers is
taken, and the person is told which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.llm.discovery import FoundModel
from engine.llm.fit import FitPlan

__all__ = ["CHARACTERS_PER_TOKEN", "Candidate", "Content", "content_of", "rank", "tokens_of", "versions_of"]

Content = Literal["code", "long", "talk"]

# Cautious: English has about four characters a token, code and other languages fewer.
CHARACTERS_PER_TOKEN = 3
# People read some five words a second; a model that writes as fast as this is never waited for.
READING_TOKENS_PER_S = 8.0
# From this on a question is a text with a question, and what matters is that all of it is seen.
LONG_TOKENS = 1500
# So many signs of code make a question one about code.
_CODE_SIGNS = 2
_CODE = re.compile(
    r"```|^\s{4,}\S.*[;{})\]:]$|\b(def|class|import|return|function|const|elif|struct|void|SELECT|printf|println)\b[ (]"
    r"|[;{}]\s*$|\w\(\w*\)[;:{]|=>|->|!=|==|&&|\|\||</\w+>|\b(traceback|segfault|stack trace|regex|compiler)\b"
    r"|\b(python|javascript|typescript|rust|java|kotlin|golang|c\+\+|sql|bash|haskell)\b"
    r"|\b\w+\.(py|js|ts|rs|c|cpp|h|java|go|sh|sql)\b",
    re.IGNORECASE | re.MULTILINE,
)
# Of a program to be written nothing is there yet; the wish itself says it.
_ASKS_FOR_CODE = re.compile(
    r"\b(write|fix|debug|refactor|implement|explain|review)\b.{0,40}\b(function|program|script|code|class|query|regex|bug|"
    r"unit tests?)\b",
    re.IGNORECASE | re.DOTALL,
)
_MADE_FOR_CODE = re.compile(r"cod(e|er|ing|estral|egemma)|starcoder|deepseek-coder|granite-code|sql", re.IGNORECASE)
# Words of a file's name that tell how it was quantised or packed, not what it is.
_QUANTISATION = re.compile(
    r"(?i)[-_. :]+(ud[-_])?(i?q\d[_a-z0-9]*|[bf]?f16|bf16|f32|fp16|fp32|\d+ ?bits?|gguf|mlx|imat|i1)(?=$|[-_. :])"
)
_BITS = {"f32": 32.0, "f16": 16.0, "bf16": 16.0}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that could answer, and how it would be loaded."""

    source: str
    model: FoundModel
    plan: FitPlan


def tokens_of(text: str) -> int:
    """About how many tokens a text takes, rather too many."""
    return len(text) // CHARACTERS_PER_TOKEN


def content_of(question: str) -> Content:
    """What a question is about, as far as it decides which model suits it."""
    if tokens_of(question) >= LONG_TOKENS:
        return "long"
    if _ASKS_FOR_CODE.search(question) or len(_CODE.findall(question)) >= _CODE_SIGNS:
        return "code"
    return "talk"


def stem_of(name: str) -> str:
    """A model's name without what tells its quantisation."""
    before = name.lower()
    while (after := _QUANTISATION.sub("", before)) != before:
        before = after
    return re.sub(r"[-_. :]+", " ", before).strip()


def versions_of(model: FoundModel, models: Iterable[FoundModel]) -> list[FoundModel]:
    """Other quantisations of the same model that can be used, the largest first."""
    found = [
        other
        for other in models
        if other.path != model.path
        and not other.problem
        and other.kind == model.kind == "chat"
        and other.architecture == model.architecture
        and other.n_params
        and abs(other.n_params - model.n_params) <= 0.02 * model.n_params
        and stem_of(other.name) == stem_of(model.name)
    ]
    return sorted(found, key=lambda other: -other.size_bytes)


def bits_of(model: FoundModel) -> float:
    """Bits per parameter, which is how precise a version is."""
    if model.quantisation.lower() in _BITS:
        return _BITS[model.quantisation.lower()]
    return model.size_bytes * 8 / model.n_params if model.n_params else 0.0


def rank(content: Content, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that fit, what suits the content best first."""
    fitting = [each for each in candidates if each.plan.verdict != "too_large"]
    return sorted(fitting, key=lambda each: (_key(content, each), each.source))


def _key(content: Content, each: Candidate) -> tuple[float, ...]:
    model, plan = each.model, each.plan
    if content == "code":
        return (not _MADE_FOR_CODE.search(f"{model.name} {model.architecture}"), -model.n_params, -bits_of(model))
    if content == "long":
        return (-plan.n_ctx, -plan.tokens_per_s, -model.n_params)
    is_slow = plan.tokens_per_s < READING_TOKENS_PER_S
    return (is_slow, -plan.tokens_per_s if is_slow else -model.n_params, -plan.tokens_per_s)
