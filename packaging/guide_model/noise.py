"""How a wording is varied: other names and numbers in it, missing capitals and signs, slips of the finger."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

# Lists whose single words may stand for each other in a prompt of these choices. Elsewhere a word may be what the
# choice hangs on: nobody asks what boiler it is.
_SWAPPED_LISTS = ("name", "place_name", "relative", "animal", "month", "weekday", "thing", "dish", "allergen")
_SWAPPED_TOOLS = ("search_documents", "recall_memory", "remember", "forget")
_SWAPPED_SHARE = 0.5
_DIGITS = re.compile(r"\d+")
_NAME = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OPENERS = ("please", "Please", "hi,", "Hey,", "ok", "ok,", "so", "hello,", "Scrubjay,", "hey scrubjay", "uhm", "well,")
_CLOSERS = ("please", "thanks", "pls", "thank you", "?", "??", "!", "...", "please?", "thx", ":)")


class Swapper:
    """Puts other words of the same kind, and other digits, into prompts that were written by hand."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = {
            name: [line for line in lists[name] if _NAME.fullmatch(line)] for name in _SWAPPED_LISTS if name in lists
        }
        self._list_of: dict[str, str] = {}
        for name, lines in reversed(self._lists.items()):
            self._list_of |= {line.casefold(): name for line in lines}

    def swap(self, texts: Sequence[str], tool: str, draw: random.Random) -> list[str]:
        """The texts with the same exchanges made in all of them."""
        exchanges: dict[str, str] = {}
        if tool in _SWAPPED_TOOLS:
            for word in dict.fromkeys(match[0] for text in texts for match in _NAME.finditer(text)):
                kind = self._list_of.get(word.casefold())
                if kind and draw.random() < _SWAPPED_SHARE:
                    other = draw.choice(self._lists[kind])
                    exchanges[word] = other.lower() if word.islower() else other
        if tool not in ("help", "current_time", "hand_over") and draw.random() < 0.7:
            for number in dict.fromkeys(_DIGITS.findall(" ".join(texts))):
                exchanges[number] = _other_number(number, draw)
        if not exchanges:
            return list(texts)
        pattern = re.compile(
            "|".join(rf"(?<!\w){re.escape(w)}(?!\w)" for w in sorted(exchanges, key=len, reverse=True))
        )
        return [pattern.sub(lambda match: exchanges[match[0]], text) for text in texts]


def _other_number(number: str, draw: random.Random) -> str:
    if number.startswith("0") or len(number) == 1:
        return "".join(str(draw.randint(0, 9)) for _ in number)
    return str(draw.randint(10 ** (len(number) - 1), 10 ** len(number) - 1))


def surround(marked: str, draw: random.Random) -> str:
    """Now and then a word of politeness, which stays outside the mark."""
    if draw.random() < 0.08:
        rest = marked if draw.random() < 0.5 else _lower_start(marked)
        marked = f"{draw.choice(_OPENERS)} {rest}"
    if draw.random() < 0.08:
        closer = draw.choice(_CLOSERS)
        marked = marked.rstrip("?.! ") + (closer if not closer[0].isalpha() else f" {closer}")
    return marked


def drop_word(marked: str, draw: random.Random) -> str:
    """Now and then without one of its inner words, as people leave them out."""
    words = marked.split(" ")
    if len(words) > 5 and draw.random() < 0.12:
        at = draw.randint(1, len(words) - 2)
        if "[[" not in words[at] and "]]" not in words[at] and words[at].lower() not in _KEPT:
            del words[at]
    return " ".join(words)


_KEPT = frozenset({"my", "i", "you", "your", "me", "not", "don't", "forget", "remember", "our", "we", "about"})


def _lower_start(marked: str) -> str:
    at = 2 if marked.startswith("[[") else 0
    if marked[at : at + 2] in ("I ", "I'") or marked[at + 1 : at + 2].isupper():
        return marked
    return marked[:at] + marked[at : at + 1].lower() + marked[at + 1 :]


def add_noise(text: str, tool: str, draw: random.Random) -> str:
    """Case, end marks, apostrophes and letters as people leave or miss them."""
    if draw.random() < 0.3:
        text = text.lower()
    elif draw.random() < 0.015:
        text = text.upper()
    if draw.random() < 0.3:
        text = re.sub(r"[?.!]+(\]\])?$", r"\1", text)
    if draw.random() < 0.08:
        text = re.sub(r"(?<=[a-z])['’](?=[a-z])", "", text)
    for _ in range(draw.choices((0, 1, 2), weights=(90, 8, 2))[0]):
        text = _misspell(text, draw)
    if tool != "remember" and draw.random() < 0.02:
        text = text.replace("'", "’")
    if draw.random() < 0.03:
        text = re.sub(r"\b(you|are|please|with|for)\b", lambda match: _SHORT.get(match[0], match[0]), text)
    return text


_SHORT = {"you": "u", "are": "r", "please": "pls", "with": "w/", "for": "4"}


def _misspell(text: str, draw: random.Random) -> str:
    places = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z]{2}(?=[a-z])", text)]
    if not places:
        return text
    at = draw.choice(places)
    a, b = text[at], text[at + 1]
    return text[:at] + draw.choice((b + a, a, b, a + a + b)) + text[at + 2 :]
