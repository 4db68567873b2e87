"""Ask a chat model, behind the answer, what of the person's words is worth remembering.

The model sees the person's words of one turn and nothing else: no recalled memory, no document, no answer.
What it writes goes through the gate of engine.memory.suggestions; it is a suggestion, not a memory.
"""

from __future__ import annotations

import json
import logging
from contextlib import aclosing

from engine.errors import EngineError
from engine.llm.backend import Backend, Generated, Message, Sampling
from engine.memory.recorder import derived_id
from engine.memory.suggestions import Suggested, Suggestions, is_statement, told
from engine.security.taint import APP, USER

logger = logging.getLogger(__name__)

_ASK = (
    "Below are a person's words. Write the lasting facts that they tell about themselves, their people, their plans or "
    "their wishes, one short sentence each, in their own words and language, as a JSON list of at most 3 strings. "
    "Write [] if there is none.\n\nWords: "
)
# One list of up to three short strings.
_GRAMMAR = r"""root ::= "[" (string (", " string){0,2})? "]"
string ::= "\"" char{1,200} "\""
char ::= [^"\\\x00-\x1F\x7F] | "\\" ["\\/]
"""
_MAX_TOKENS = 200
_WORDS_CHARACTERS = 2000


async def suggest_from_turn(
    backend: Backend, suggestions: Suggestions, words: str, *, chat: str, turn: str, project: str
) -> list[Suggested]:
    """What became of what the model suggests for a turn; nothing where the person told nothing."""
    words = told(words)
    if backend.info.kind != "chat" or not is_statement(words):
        return []
    try:
        texts = parse_list(await _ask(backend, words))
    except EngineError as exc:
        logger.info("no suggestions were made: %s", exc)
        return []
    return [
        await suggestions.suggest(text, words=words, chat=chat, turn=turn, project=project, id=derived_id(turn, text))
        for text in texts
    ]


async def _ask(backend: Backend, words: str) -> str:
    message = Message("user", _ASK + words[:_WORDS_CHARACTERS], frozenset({USER, APP}))
    grammar = _GRAMMAR if backend.info.has_grammar else None
    sampling = Sampling(temperature=0.0, max_tokens=_MAX_TOKENS)
    text = ""
    async with aclosing(backend.generate([message], sampling, grammar=grammar, sequence="background")) as items:
        async for item in items:
            if isinstance(item, Generated):
                text = item.text
    return text


def parse_list(text: str) -> list[str]:
    """The strings of the first JSON list in a text, at most three; whatever else a model writes is nothing."""
    start, end = text.find("["), text.rfind("]")
    try:
        found = json.loads(text[start : end + 1]) if 0 <= start < end else []
    except ValueError:
        return []
    return [item for item in found if isinstance(item, str)][:3] if isinstance(found, list) else []
