"""A language that nobody speaks: every string 40 % longer, accented, in brackets; finds what is cut or untranslated."""

from __future__ import annotations

import re

from PySide6.QtCore import QTranslator

ACCENTS = str.maketrans("aceinouyACEINOUY", "áçéíñöüýÁÇÉÍÑÖÜÝ")
# What the program fills in, and marks of mnemonics, stay as they are.
KEPT = re.compile(r"\{[^}]*\}|%n|&(?=\w)")
LONGER = 1.4


class PseudoTranslator(QTranslator):
    """Translates whatever goes through `tr`."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        return pseudo(source)


def pseudo(text: str) -> str:
    """The text in the language that nobody speaks."""
    parts = KEPT.split(text)
    kept = [*KEPT.findall(text), ""]
    written = "".join(part.translate(ACCENTS) + keep for part, keep in zip(parts, kept, strict=True))
    more = round(len(text) * LONGER) - len(text) - 2
    return f"[{written}{' ~' * max(more // 2, 0)}]"
