"""Sentences in other languages out of translated manual pages: `python -m guide_model.foreign DIR > sentences.txt`.

DIR holds unpacked packages such as Debian's manpages-de. The sentences are used to train what is handed over and are
not part of this repository; without them the guide is trained on the word lists in `wordings/` alone.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.agent.guide.understand.languages import foreign_language

_PER_LANGUAGE = 2000
_REQUEST = re.compile(r"^\s*[.'].*$", re.MULTILINE)
_ESCAPE = re.compile(r"\\f[A-Z]|\\f\(..|\\[&,/|^]|\\-")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def sentences(page: str) -> Iterator[str]:
    """Whole sentences of running text; what holds markup or was not translated is left out."""
    for paragraph in re.split(r"\n\s*\n", _REQUEST.sub("\n", page)):
        text = " ".join(_ESCAPE.sub(lambda match: "-" if match[0] == r"\-" else "", paragraph).split())
        for sentence in _SENTENCE.split(text):
            words = sentence.split()
            if 5 <= len(words) <= 30 and "\\" not in sentence and foreign_language(sentence):
                yield sentence


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    draw = random.Random(1)
    languages: dict[str, list[str]] = {}
    for path in sorted(parser.parse_args().folder.rglob("man/*/man*/*.gz")):
        page = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        languages.setdefault(path.parent.parent.name, []).extend(sentences(page))
    for found in languages.values():
        every = list(dict.fromkeys(found))
        sys.stdout.writelines(f"{line}\n" for line in draw.sample(every, min(_PER_LANGUAGE, len(every))))


if __name__ == "__main__":
    main()
