"""What the guide model may say: the grammar of one request, and how its choice is read back (protocol 2).

The guide chooses, it does not write (design.md section 6). After the person's words it may say exactly one of

    search_documents {"query": "SPAN"}    recall_memory {"query": "SPAN"}    forget {"text": "SPAN"}
    remember {"text": "SPAN"}             calculator {"expression": "EXPR"}  current_time {}
    help                                  greet                              hand_over

SPAN is a run of whole words of what the person wrote, words being what `str.split` gives, joined by one space, in
JSON escapes; the empty SPAN stands for all that they wrote. Most questions are passed on whole, and what is not copied
cannot be copied wrongly. Where the model sees an earlier turn, the first three may name what the words refer to, a
run of whole words of one earlier turn: `{"about": "the notice period", "query": ""}`, or `{"about": "…"}` alone.

EXPR is empty for the arithmetic that stands in the words (../reckon/arithmetic.py reads it); where it is said in other
words, EXPR is put together out of the numbers and operators that they hold: a wrong digit cannot be produced at all,
and without numbers and an operator there is no calculator.

The grammar is built per request as GBNF. One rule per word, `w7 ::= "word" (" " w8)?`, and a span starts at any of
them: size and stacks stay linear in the number of words, where listing all spans would be quadratic. Long input is
bounded: only the first `_HEAD_WORDS` and the last `_TAIL_WORDS` words within `_MAX_BYTES` are shown to the model
(`visible_words`) and offered; the empty argument still means everything.

Text of the person must never act as one of the model's special tokens. `<|` is therefore written `\\u003c|` in
arguments, which JSON reads back as the same characters: a token like `<|user|>` matches nothing in the grammar.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.agent.guide.reckon.arithmetic import WrittenArithmetic, written_arithmetic
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

# What this file speaks (`scrubjay.protocol` of a model file). A guide of protocol 1 chooses from fewer tools and may
# be asked under this grammar as well: what it would say otherwise is not offered.
PROTOCOL = 2

# Tool → its one argument, "" for none. The order is the order in the grammar.
GUIDE_TOOLS = {
    "search_documents": "query",
    "recall_memory": "query",
    "forget": "text",
    "remember": "text",
    "calculator": "expression",
    "current_time": "",
    "help": "",
    "greet": "",
    "hand_over": "",
}
# Choices that are written as a bare name, without `{}`.
_BARE = ("help", "greet", "hand_over")
# Tools that may refer to an earlier turn, and the argument that does.
_REFERRING = ("search_documents", "recall_memory", "forget")
ABOUT = "about"


class GuideChoiceError(EngineError):
    """What the guide said is none of the choices; with the grammar in force this means a cut-off generation."""


@dataclass(frozen=True, slots=True)
class GuideChoice:
    """The guide's choice: one of `GUIDE_TOOLS`, and its argument if it has one.

    Attributes:
        unit: of what the calculator finds; from the front check, never from the model.
    """

    tool: str
    arguments: dict[str, str]
    unit: str = ""


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


def guide_grammar(words: str, earlier: Sequence[str] = (), tools: Sequence[str] = tuple(GUIDE_TOOLS)) -> str:
    """The GBNF of one request: exactly the choices that the person's words allow.

    Args:
        earlier: the person's words of the earlier turns that the model sees.
        tools: those that come into question; where the words allow none of them, all that they allow.
    """
    every = _split(words)
    kept = _kept(every)
    choices: dict[str, str] = {}
    rules: list[str] = []
    if every:
        about = _about_rules(earlier)
        choices = {tool: tool.partition("_")[0] for tool in (*_REFERRING, "remember")}
        rules += [_tool_rule(tool, has_about=bool(about)) for tool in choices]
        rules += ["span ::= " + _alternatives("w", kept, ['""']), *_span_rules("w", every, kept), *about]
    found = written_arithmetic(visible_words(words))
    if found.expression or found.signs:
        choices["calculator"] = "calculate"
        rules += _calculator_rules(found)
    choices |= {"current_time": _literal("current_time {}")} | {name: _literal(name) for name in _BARE}
    offered = [rule for tool, rule in choices.items() if tool in tools] or list(choices.values())
    return "\n".join(["root ::= " + " | ".join(offered), *rules]) + "\n"


def render_choice(tool: str, arguments: dict[str, str]) -> str:
    """The choice as the model writes it; an argument that is missing beside `about` is left out."""
    if tool in _BARE:
        return tool
    inside = ", ".join(f'"{name}": "{_escape(value)}"' for name, value in arguments.items())
    return f"{tool} {{{inside}}}"


def parse_choice(text: str, words: str = "") -> GuideChoice:
    """The choice that the model wrote, with what an empty argument stands for put in out of `words`.

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
    if not isinstance(arguments, dict) or list(arguments) not in _argument_lists(tool):
        raise GuideChoiceError("The guide named other arguments than its tool has; ask again.")
    if not all(isinstance(value, str) for value in arguments.values()):
        raise GuideChoiceError("The guide's argument is no text; ask again.")
    if arguments.get(name) == "":
        every = " ".join(_split(words))
        arguments[name] = written_arithmetic(visible_words(words)).expression if tool == "calculator" else every
    return GuideChoice(tool, arguments)


def _argument_lists(tool: str) -> list[list[str]]:
    name = GUIDE_TOOLS[tool]
    plain = [[name] if name else []]
    return [*plain, [ABOUT, name], [ABOUT]] if tool in _REFERRING else plain


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


def _span_rules(prefix: str, every: list[str], kept: set[int]) -> Iterable[str]:
    for at in sorted(kept):
        onward = f' (" " {prefix}{at + 1})?' if at + 1 in kept else ""
        yield f"{prefix}{at} ::= {_literal(_escape(every[at]))}{onward}"


def _alternatives(prefix: str, kept: set[int], more: Sequence[str] = ()) -> str:
    return " | ".join([*(f"{prefix}{at}" for at in sorted(kept)), *more])


def _about_rules(earlier: Sequence[str]) -> list[str]:
    """Spans of each earlier turn; nothing if none of them has words that can be offered."""
    starts: list[str] = []
    rules: list[str] = []
    for turn, words in enumerate(earlier):
        every = _split(words)
        kept = _kept(every)
        prefix = f"e{turn}w"
        if kept:
            starts.append(_alternatives(prefix, kept))
            rules += _span_rules(prefix, every, kept)
    return [f"about ::= {' | '.join(starts)}", *rules] if starts else []


def _tool_rule(tool: str, *, has_about: bool) -> str:
    """`search ::= "search_documents {" ("\\"query\\": \\"" span | …) "\\"}"`."""
    argument = _literal(f'"{GUIDE_TOOLS[tool]}": "') + " span"
    if has_about and tool in _REFERRING:
        about, between = _literal(f'"{ABOUT}": "') + " about", _literal('", ')
        argument = f"({argument} | {about} ({between} {argument})?)"
    name = tool.partition("_")[0]
    return f"{name} ::= {_literal(tool + ' {')} {argument} {_literal(_CLOSING)}"


def _calculator_rules(found: WrittenArithmetic) -> Iterable[str]:
    if found.expression:
        yield f"calculate ::= {_literal(_opening('calculator') + _CLOSING)}"
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
