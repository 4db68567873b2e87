"""What the guide model may say: the grammar of one request, and how its choice is read back.

The guide chooses, it does not write (design.md section 6). After the person's words it may say exactly one of

    search_documents {"query": "SPAN"}    recall_memory {"query": "SPAN"}    remember {"text": "SPAN"}
    calculator {"expression": "EXPR"}     current_time {}                    greet        hand_over

SPAN is a run of whole words of what the person wrote, words being what `str.split` gives, joined by one space, in
JSON escapes. EXPR is the arithmetic that stands in the words or, where it is said in other words, is put together out
of the numbers and operators that they hold (engine/agent/guide_arithmetic.py): a wrong digit cannot be produced at
all, and without numbers and an operator there is no calculator.

The grammar is built per request as GBNF. One rule per word, `w7 ::= "word" (" " w8)?`, and a span starts at any of
them: size and stacks stay linear in the number of words, where listing all spans would be quadratic. Long input is
bounded: only the first `_HEAD_WORDS` and the last `_TAIL_WORDS` words within `_MAX_BYTES` are shown to the model
(`visible_words`) and offered. As soon as anything was left out, the empty argument is allowed too and stands for
everything that the person wrote; `parse_choice(text, words)` puts it back.

Text of the person must never act as one of the model's special tokens. `<|` is therefore written `\\u003c|` in
arguments, which JSON reads back as the same characters: a token like `<|user|>` matches nothing in the grammar.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from engine.agent.guide_arithmetic import WrittenArithmetic, written_arithmetic
from engine.errors import EngineError

# Bounds of what is shown and offered. A person's question has 5 to 30 words; the model was trained on up to about 600
# tokens, and in the worst case a token is one byte.
_HEAD_WORDS = 80
_TAIL_WORDS = 40
_MAX_BYTES = 1200
_MAX_OPERATORS = 24
# A longer word (a link, a key, a text without spaces) is shown cut and can only be passed on whole.
_LONG_WORD_BYTES = 200
_CUT_WORD_CHARACTERS = 40
_GAP = "…"
_MAX_BRACKET_DEPTH = 3

# Tool → its one argument, "" for none. The order is the order in the grammar.
GUIDE_TOOLS = {
    "search_documents": "query",
    "recall_memory": "query",
    "remember": "text",
    "calculator": "expression",
    "current_time": "",
    "greet": "",
    "hand_over": "",
}
# Choices that are written as a bare name, without `{}`.
_BARE = ("greet", "hand_over")


class GuideChoiceError(EngineError):
    """What the guide said is none of the choices; with the grammar in force this means a cut-off generation."""


@dataclass(frozen=True, slots=True)
class GuideChoice:
    """The guide's choice: one of `GUIDE_TOOLS`, and its argument if it has one."""

    tool: str
    arguments: dict[str, str]


def visible_words(words: str) -> str:
    """What the guide is shown of the person's words: one space between words, long input shortened with `…`."""
    every = _split(words)
    kept = _kept(every)
    shown: list[str] = []
    for at, word in enumerate(every):
        if at in kept:
            shown.append(word)
        elif len(word.encode()) > _LONG_WORD_BYTES and at < _HEAD_WORDS:
            shown.append(word[:_CUT_WORD_CHARACTERS] + _GAP)
        elif shown and shown[-1] != _GAP:
            shown.append(_GAP)
    return " ".join(shown)


def guide_grammar(words: str) -> str:
    """The GBNF of one request: exactly the choices that the person's words allow."""
    every = _split(words)
    kept = _kept(every)
    rules: list[str] = []
    spans = [f"w{at}" for at in sorted(kept)]
    if len(kept) < len(every):
        spans.append('""')
    choices = []
    if spans:
        choices += ["search", "recall", "remember"]
        rules += [
            f"search ::= {_literal(_opening('search_documents'))} span {_literal(_CLOSING)}",
            f"recall ::= {_literal(_opening('recall_memory'))} span {_literal(_CLOSING)}",
            f"remember ::= {_literal(_opening('remember'))} span {_literal(_CLOSING)}",
            "span ::= " + " | ".join(spans),
            *_span_rules(every, kept),
        ]
    found = written_arithmetic(visible_words(words))
    if found.expression or found.signs:
        choices.append("calculate")
        rules += _calculator_rules(found)
    choices += [_literal("current_time {}"), _literal("greet"), _literal("hand_over")]
    return "\n".join(["root ::= " + " | ".join(choices), *rules]) + "\n"


def render_choice(tool: str, arguments: dict[str, str]) -> str:
    """The choice as the model writes it."""
    name = GUIDE_TOOLS[tool]
    if tool in _BARE:
        return tool
    return _opening(tool) + _escape(arguments[name]) + _CLOSING if name else f"{tool} {{}}"


def parse_choice(text: str, words: str = "") -> GuideChoice:
    """The choice that the model wrote; an empty argument is replaced by all of `words`.

    Raises:
        GuideChoiceError: the text is not one of the choices.
    """
    tool, _, rest = text.strip().partition(" ")
    name = GUIDE_TOOLS.get(tool)
    if name is None or (tool in _BARE) != (not rest):
        raise GuideChoiceError("The guide's choice was cut off; ask again, or choose another model.")
    if tool in _BARE:
        return GuideChoice(tool, {})
    try:
        arguments = json.loads(rest)
    except ValueError as exc:
        raise GuideChoiceError("The guide's choice was cut off; ask again, or choose another model.") from exc
    if not isinstance(arguments, dict) or list(arguments) != ([name] if name else []):
        raise GuideChoiceError("The guide named other arguments than its tool has; ask again.")
    if not all(isinstance(value, str) for value in arguments.values()):
        raise GuideChoiceError("The guide's argument is no text; ask again.")
    return GuideChoice(tool, {key: value or " ".join(_split(words)) for key, value in arguments.items()})


# ---- words and spans


def _split(words: str) -> list[str]:
    """Words between whitespace; half surrogate pairs, which no UTF-8 can carry, become U+FFFD."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace").split()


def _kept(every: list[str]) -> set[int]:
    """Positions of the words that are offered."""
    n_words = len(every)
    tail = range(n_words - 1, max(_HEAD_WORDS, n_words - _TAIL_WORDS) - 1, -1)
    kept = _within(every, range(min(_HEAD_WORDS, n_words)), _MAX_BYTES * 2 // 3)
    return kept | _within(every, tail, _MAX_BYTES // 3)


def _within(every: list[str], places: Iterable[int], budget: int) -> set[int]:
    kept = set()
    for at in places:
        size = len(every[at].encode()) + 1
        if size > _LONG_WORD_BYTES:
            continue
        budget -= size
        if budget < 0:
            break
        kept.add(at)
    return kept


def _span_rules(every: list[str], kept: set[int]) -> Iterable[str]:
    for at in sorted(kept):
        onward = f' (" " w{at + 1})?' if at + 1 in kept else ""
        yield f"w{at} ::= {_literal(_escape(every[at]))}{onward}"


def _calculator_rules(found: WrittenArithmetic) -> Iterable[str]:
    if found.expression:
        yield f"calculate ::= {_literal(_opening('calculator') + found.expression + _CLOSING)}"
        return
    yield f"calculate ::= {_literal(_opening('calculator'))} sum0 {_literal(_CLOSING)}"
    yield "number ::= " + " | ".join(_literal(number) for number in found.numbers)
    yield "sign ::= " + " | ".join(_literal(sign) for sign in found.signs)
    depths = _MAX_BRACKET_DEPTH if found.brackets else 0
    for depth in range(depths + 1):
        deeper = f' | "(" sum{depth + 1} ")"' if depth < depths else ""
        yield f"part{depth} ::= number{deeper}"
        yield f'sum{depth} ::= "-"? part{depth} (sign "-"? part{depth}){{0,{_MAX_OPERATORS}}}'


# ---- the two escapings: JSON inside GBNF


_CLOSING = '"}'


def _opening(tool: str) -> str:
    return f'{tool} {{"{GUIDE_TOOLS[tool]}": "'


def _escape(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("<|", "\\u003c|")


def _literal(text: str) -> str:
    """A GBNF literal. JSON escapes leave no control character below U+0020, so only two characters matter."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
