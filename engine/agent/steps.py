"""One step of a chat model: what it may say (a grammar), and what it said (a parser).

    Thought: free text, one line
    Action: search_documents {"query": "notice period"}     or     Answer: free text to the end

Four words and JSON, because models of 1 to 8 billion parameters keep to that, and because every template
can carry it. Where the back-end obeys a grammar, the thought is free and a call cannot be malformed: the
grammar is made from the schemas of the offered tools. One generation does both; two would need the model's
own words cut and continued, and would lose what is in the cache.

Where there is no grammar (a server by URL), the parser is lenient: stars around the words, a final answer
without its mark, a call in another common form. It never raises: whatever a model writes is a step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.llm.reasoning import ReasoningReader
from engine.tools.tool import Tool

Kind = Literal["thought", "answer"]

# Text that ends a step when the model begins to invent what only we may say.
STOP = ("\nObservation:",)

_RULES = r"""thought ::= "Thought: " [^\n]{1,400} "\n"
answer ::= "Answer: " [^\x00]+
string ::= "\"" char* "\""
char ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])
integer ::= "-"? ("0" | [1-9] [0-9]{0,14})
number ::= integer ("." [0-9]{1,14})?
boolean ::= "true" | "false"
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What a model said in one go.

    Attributes:
        thought: its reasoning, may be empty.
        action: the raw text behind `Action:`, None if it made no call.
        answer: the text behind `Answer:`, None if it gave none.
    """

    thought: str = ""
    action: str | None = None
    answer: str | None = None


def create_grammar(tools: Sequence[Tool]) -> str:
    """GBNF of one step; without tools only an answer is possible."""
    choices = ["answer", *(["action"] if tools else [])]
    rules = [f"root ::= thought? ({' | '.join(choices)})"]
    if tools:
        rules.append('action ::= "Action: " (' + " | ".join(f"tool{i}" for i in range(len(tools))) + ")")
    for i, tool in enumerate(tools):
        rules.append(f"tool{i} ::= {_literal(tool.name + ' {')} {_object(tool.parameters)} {_literal('}')}")
    return "\n".join(rules) + "\n" + _RULES


def _object(schema: Mapping[str, Any]) -> str:
    """The members of an object: required ones in order, then optional ones in order."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = [name for name in properties if name in schema.get("required", ())]
    optional = [name for name in properties if name not in required]
    members = f" {_literal(', ')} ".join(_member(name, properties[name]) for name in required)
    if required:
        tail = "".join(f" ({_literal(', ')} {_member(name, properties[name])})?" for name in optional)
        return members + tail
    return _optional_only([_member(name, properties[name]) for name in optional])


def _optional_only(members: Sequence[str]) -> str:
    """Any of the members, in order, with commas between those that are there."""
    if not members:
        return '""'
    alternatives = []
    for i, first in enumerate(members):
        tail = "".join(f" ({_literal(', ')} {member})?" for member in members[i + 1 :])
        alternatives.append(first + tail)
    return f"({' | '.join(alternatives)})?"


def _member(name: str, schema: Mapping[str, Any]) -> str:
    return f"{_literal(json.dumps(name) + ': ')} {_value(schema)}"


def _value(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "(" + " | ".join(_literal(json.dumps(value, ensure_ascii=False)) for value in schema["enum"]) + ")"
    kind = schema.get("type")
    return kind if kind in ("integer", "number", "boolean") else "string"


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


_NAMES = ("thought", "action", "final answer", "answer")
_MARK = re.compile(r"\s*(\*\*|#+\s*)?(thought|action|final answer|answer)(\*\*)?[ \t]*:", re.IGNORECASE)
# Free text that goes on so long without a mark is an answer; it is streamed from then on.
_UNMARKED = 240


class StepParser:
    """Reads a step while it is generated.

    Args:
        opened: the model begins inside of a thought that its template opened.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self._reasoning = ReasoningReader(opened=opened)
        self._state: Literal["start", "thought", "action", "answer"] = "start"
        self._pending = ""
        self._at_line_start = True
        # Just behind a mark: spaces, and the stars that close a bold mark, are still to be skipped.
        self._skipping: Literal["", "spaces", "stars"] = ""
        self._texts = {"start": "", "thought": "", "action": "", "answer": ""}

    def feed(self, piece: str) -> list[tuple[Kind, str]]:
        """What is certain after one more piece: parts of the thought and of the answer."""
        return [part for kind, text in self._reasoning.feed(piece) for part in self._read(kind, text)]

    def _read(self, kind: Literal["thought", "text"], text: str) -> list[tuple[Kind, str]]:
        if kind == "thought":
            part = self._say("thought", text)
            return [part] if part[1] else []
        self._pending += text
        shown: list[tuple[Kind, str]] = []
        while self._pending and (part_or_none := self._advance()) is not None:
            if part_or_none[1]:
                shown.append(part_or_none)
        return shown

    def finish(self) -> tuple[Step, list[tuple[Kind, str]]]:
        """The step, and what was held back until now."""
        shown = [part for kind, text in self._reasoning.finish() for part in self._read(kind, text)]
        if self._pending:
            shown.append(self._say(self._state, self._pending))
        self._pending = ""
        texts = self._texts
        if self._state == "start" and texts["start"].strip():
            shown.append(self._say("answer", texts["start"].strip()))
            self._state = "answer"
        step = Step(
            texts["thought"].strip(),
            texts["action"].strip() if self._state == "action" else None,
            texts["answer"].strip() if self._state == "answer" else None,
        )
        return step, [part for part in shown if part[1]]

    def _advance(self) -> tuple[Kind, str] | None:
        """Consume some of what is pending; None when more must come first."""
        if self._skipping and not self._skip():
            return None
        if self._state in ("answer", "action"):
            return self._take(len(self._pending))
        if self._at_line_start:
            if match := _MARK.match(self._pending):
                return self._enter(match)
            if _may_become_mark(self._pending):
                return None
            self._at_line_start = False
        return self._line()

    def _line(self) -> tuple[Kind, str]:
        newline = self._pending.find("\n")
        self._at_line_start = newline >= 0
        part = self._take(newline + 1 if newline >= 0 else len(self._pending))
        if self._state == "start" and len(self._texts["start"]) > _UNMARKED:
            self._state, text = "answer", self._texts["start"]
            self._texts["start"] = ""
            return self._say("answer", text)
        return part

    def _enter(self, match: re.Match[str]) -> tuple[Kind, str]:
        self._pending = self._pending[match.end() :]
        name = match.group(2).lower()
        self._skipping = "stars" if match.group(1) == "**" and not match.group(3) else "spaces"
        self._at_line_start = False
        before, self._texts["start"] = self._texts["start"], ""
        self._state = "thought" if name == "thought" else "action" if name == "action" else "answer"
        # Free text before a mark was a thought without its mark.
        return self._say("thought", before)

    def _skip(self) -> bool:
        """Skip what belongs to the mark; False when more must come to know."""
        self._pending = self._pending.lstrip(" \t")
        if self._skipping == "stars" and "**".startswith(self._pending[:2]) and self._pending[:2] != "**":
            return False
        if self._skipping == "stars":
            self._pending, self._skipping = self._pending.removeprefix("**"), "spaces"
            return self._skip()
        if self._pending:
            self._skipping = ""
        return bool(self._pending)

    def _take(self, length: int) -> tuple[Kind, str]:
        text, self._pending = self._pending[:length], self._pending[length:]
        return self._say(self._state, text)

    def _say(self, state: str, text: str) -> tuple[Kind, str]:
        if not self._texts.get(state):
            text = text.lstrip()
        self._texts[state] += text
        return "answer" if state == "answer" else "thought", text if state in ("thought", "answer") else ""


def _may_become_mark(text: str) -> bool:
    begun = text.lstrip().lstrip("*#").lstrip().lower()
    return any(name.startswith(begun) or re.fullmatch(re.escape(name) + r"[* \t]{0,4}", begun) for name in _NAMES)


def parse_action(raw: str) -> tuple[str, Any] | str:
    """Name and arguments of a call, or one sentence that says what is wrong with it."""
    text = raw.strip().strip("`").strip()
    text = text.removeprefix("json").strip() if text.startswith("json") else text
    if text.startswith("{"):
        return _named_object(text)
    match = re.match(r"([A-Za-z_][A-Za-z0-9_.-]*)\s*[:(]?\s*", text)
    if match is None:
        return 'An action is written: Action: tool_name {"argument": "value"}'
    rest = text[match.end() :].strip().rstrip("`").strip()
    rest = rest[:-1] if rest.endswith(")") and not rest.endswith("})" * 2) else rest
    arguments = _load_json(rest or "{}")
    if arguments is None:
        return f'The arguments of {match.group(1)} are not JSON. Write: {match.group(1)} {{"argument": "value"}}'
    return match.group(1), arguments


def _named_object(text: str) -> tuple[str, Any] | str:
    """A call in the form {"name": …, "arguments": {…}}."""
    call = _load_json(text)
    if isinstance(call, dict):
        name = call.get("name") or call.get("tool") or call.get("action")
        arguments = call.get("arguments", call.get("parameters", call.get("action_input", {})))
        if isinstance(name, str):
            return name, arguments
    return 'An action is written: Action: tool_name {"argument": "value"}'


def _load_json(text: str) -> Any | None:
    """The first JSON value of a text, None if there is none; what follows it is ignored."""
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value
