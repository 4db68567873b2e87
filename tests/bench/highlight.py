"""How well a quoted sentence is marked on its page: 50 pages whose true boxes are known.

The pages are written here, word by word, so that the place of every word is known before a PDF exists:
columns, justified lines, words divided at line ends, pages that are turned or cropped, lines that run up
and down, tables. A true box is a line's words from the first's beginning to the last's end, as high as the
line of that font: ascender to descender of the metrics that fonts of this design share (Arial, Times New
Roman, Courier New and what replaces them).
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pypdfium2  # type: ignore[import-untyped]
from fpdf import FPDF

from engine.system.figures import Figure

CHILD = Path(__file__).with_name("highlight_child.py")
LIMIT_S = 240.0
Box = tuple[float, float, float, float]

N_PAGES = 50
WIDTH_PT, HEIGHT_PT = 595.28, 841.89
# Ascender and descender in sizes of the font.
METRICS = {"helvetica": (0.905, 0.212), "times": (0.891, 0.216), "courier": (0.833, 0.300)}
_TEXT = (
    "the notice period of a quarter ends when both parties agree in writing that heating and water were paid "
    "before winter began since nobody wanted another invoice about radiators valves cellars or chimneys which "
    "inspectors found complete reliable sufficiently documented and properly maintained throughout"
)
WORDS = _TEXT.split()
# Pixels on a side of the grid on which areas are counted.
_GRID = 3200


@dataclass
class QuotedPage:
    """A page, a sentence on it as a passage has it, and where that sentence is: left, top, right, bottom.

    Attributes:
        turned: degrees by which a reader's program turns the page.
        upright: what is on it was written turned the other way, so that it is read upright.
    """

    kind: str
    number: int
    quote: str
    boxes: list[Box] = field(default_factory=list)
    turned: int = 0
    upright: bool = False
    crop: Box = (0.0, 0.0, WIDTH_PT, HEIGHT_PT)

    def true_parts(self) -> list[Box]:
        """The boxes as fractions of the page as it is seen."""
        left, top, right, bottom = self.crop
        if self.upright and self.turned % 180:  # the same middle, the sides exchanged
            left, right = (WIDTH_PT - HEIGHT_PT) / 2, (WIDTH_PT + HEIGHT_PT) / 2
            top, bottom = (HEIGHT_PT - WIDTH_PT) / 2, (HEIGHT_PT + WIDTH_PT) / 2
        width, height = right - left, bottom - top
        parts = [
            ((a - left) / width, (b - top) / height, (c - left) / width, (d - top) / height)
            for a, b, c, d in self.boxes
        ]
        for _ in range(0 if self.upright else self.turned // 90):
            parts = [(1 - d, a, 1 - b, c) for a, b, c, d in parts]
        return parts


class _Writer:
    """Sets sentences word by word and remembers where those of one sentence went."""

    def __init__(self, pdf: FPDF, chance: random.Random, family: str, size: float) -> None:
        self.pdf, self.chance, self.family, self.size = pdf, chance, family, size
        pdf.set_font(family, size=size)

    def width(self, text: str) -> float:
        return float(self.pdf.get_string_width(text))

    def sentence(self, n_words: int) -> list[str]:
        words = [self.chance.choice(WORDS) for _ in range(n_words)]
        return [words[0].capitalize(), *words[1:-1], words[-1] + "."]

    def line_box(self, x: float, baseline: float, width: float) -> Box:
        up, down = METRICS[self.family]
        return x, baseline - up * self.size, x + width, baseline + down * self.size

    def paragraph(
        self, words: Sequence[str], marked: range, column: tuple[float, float], y: float, *, justified: bool = False
    ) -> tuple[float, list[Box]]:
        """Set words in a column; the next y and the boxes of the marked words, line by line."""
        x, width = column
        boxes: list[Box] = []
        for line in self._break(list(enumerate(words)), width):
            gap = self.width(" ")
            if justified and line[-1][0] < len(words) - 1 and len(line) > 1:
                gap = (width - sum(self.width(w) for _, w in line)) / (len(line) - 1)
            at, inside = x, []
            for number, word in line:
                self.pdf.text(at, y, word)
                if number in marked:
                    inside.append((at, at + self.width(word)))
                at += self.width(word) + gap
            if inside:
                boxes.append(self.line_box(inside[0][0], y, inside[-1][1] - inside[0][0]))
            y += 1.35 * self.size
        return y, boxes

    def _break(self, words: list[tuple[int, str]], width: float) -> Iterator[list[tuple[int, str]]]:
        line: list[tuple[int, str]] = []
        while words:
            number, word = words.pop(0)
            if self.width(" ".join([*(w for _, w in line), word])) <= width:
                line.append((number, word))
                continue
            stem, rest = word[: len(word) // 2], word[len(word) // 2 :]
            if len(word) > 7 and self.width(" ".join([*(w for _, w in line), stem + "-"])) <= width:
                line.append((number, stem + "-"))
                words.insert(0, (number, rest))
            else:
                words.insert(0, (number, word))
            yield line
            line = []
        if line:
            yield line


def _columns(
    pdf: FPDF,
    chance: random.Random,
    page: QuotedPage,
    n_columns: int,
    *,
    justified: bool = False,
    margin: tuple[float, float] = (56.0, 80.0),
) -> None:
    """Prose in columns; the sentence in the middle may go on in the next column."""
    writer = _Writer(pdf, chance, chance.choice(list(METRICS)), chance.choice((8, 9, 10, 11, 12)))
    gap, (left, top) = 24.0, margin
    width = (WIDTH_PT - 2 * left - gap * (n_columns - 1)) / n_columns
    # So many sentences as surely fit: 19 words of six letters, half a size wide each.
    lines_each = 2 + 19 * 7 * 0.55 * writer.size / width
    per_column = min(14, int((HEIGHT_PT - 2 * top - 40) / (1.35 * writer.size * lines_each)))
    sentences = [writer.sentence(chance.randint(12, 26)) for _ in range(per_column * n_columns)]
    chosen = chance.randrange(1, len(sentences) - 1)
    page.quote = " ".join(sentences[chosen])
    for column in range(n_columns):
        y = top
        for at in range(column * per_column, min(len(sentences), (column + 1) * per_column), 5):
            block = sentences[at : min(at + 5, (column + 1) * per_column)]
            words = [w for s in block for w in s]
            start = sum(len(s) for s in sentences[at:chosen]) if at <= chosen < at + len(block) else -1
            marked = range(start, start + len(sentences[chosen])) if start >= 0 else range(0)
            place = (left + column * (width + gap), width)
            y, boxes = writer.paragraph(words, marked, place, y, justified=justified)
            page.boxes += boxes
            y += 6


def _table(pdf: FPDF, chance: random.Random, page: QuotedPage) -> None:
    """A ruled table; the quote is what stands in one cell, over several lines."""
    writer = _Writer(pdf, chance, "helvetica", chance.choice((8, 9, 10)))
    n_columns, n_rows = chance.choice((3, 4)), 9
    width = (WIDTH_PT - 112) / n_columns
    wanted = (chance.randrange(n_rows), chance.randrange(n_columns))
    y = 90.0
    for row in range(n_rows):
        lowest = y
        for column in range(n_columns):
            words = writer.sentence(chance.randint(5, 12))
            marked = range(len(words)) if (row, column) == wanted else range(0)
            end, boxes = writer.paragraph(words, marked, (60 + column * width, width - 14), y + writer.size)
            if marked:
                page.quote, page.boxes = " ".join(words), boxes
            lowest = max(lowest, end)
        pdf.line(56, lowest - 4, WIDTH_PT - 56, lowest - 4)
        y = lowest


def _aslant(pdf: FPDF, chance: random.Random, page: QuotedPage) -> None:
    """Prose, and a sentence beside it that runs up or down the page."""
    writer = _Writer(pdf, chance, chance.choice(("helvetica", "times")), 10)
    for row in range(12):
        writer.paragraph(writer.sentence(30), range(0), (120, 400), 90 + row * 45)
    words = writer.sentence(9)
    page.quote = " ".join(words)
    width, x = writer.width(page.quote), 70.0
    up, down = (part * writer.size for part in METRICS[writer.family])
    if chance.random() < 0.5:
        y = 600.0
        with pdf.rotation(90, x, y):
            pdf.text(x, y, page.quote)
        page.boxes = [(x - up, y - width, x + down, y)]
    else:
        y = 120.0
        with pdf.rotation(-90, x, y):
            pdf.text(x, y, page.quote)
        page.boxes = [(x - down, y, x + up, y + width)]


def _turned(pdf: FPDF, chance: random.Random, page: QuotedPage) -> None:
    """A page that lies on its side, text and all."""
    page.turned = chance.choice((90, 270))
    _columns(pdf, chance, page, 1)


def _turned_upright(pdf: FPDF, chance: random.Random, page: QuotedPage) -> None:
    """A page written sideways or upside down and turned back by its own entry: how landscape pages are made."""
    page.turned, page.upright = chance.choice((90, 180, 270)), True
    with pdf.rotation(page.turned, WIDTH_PT / 2, HEIGHT_PT / 2):
        _columns(pdf, chance, page, 2, margin=(56.0, 150.0))


def _cropped(pdf: FPDF, chance: random.Random, page: QuotedPage) -> None:
    page.crop = (30.0, 40.0, WIDTH_PT - 20, HEIGHT_PT - 60)
    _columns(pdf, chance, page, 2)


KINDS: dict[str, Callable[[FPDF, random.Random, QuotedPage], None]] = {
    "one column": lambda pdf, chance, page: _columns(pdf, chance, page, 1),
    "two columns, justified": lambda pdf, chance, page: _columns(pdf, chance, page, 2, justified=True),
    "three columns": lambda pdf, chance, page: _columns(pdf, chance, page, 3),
    "table": _table,
    "page on its side": _turned,
    "page turned upright": _turned_upright,
    "cropped page": _cropped,
    "line up or down the page": _aslant,
}


def write_quoted_pages(path: Path, n_pages: int = N_PAGES, seed: int = 4) -> list[QuotedPage]:
    """A PDF of pages and, for each, a sentence with its true boxes."""
    chance = random.Random(seed)
    pdf = FPDF(unit="pt", format=(WIDTH_PT, HEIGHT_PT))
    pdf.set_auto_page_break(False)
    pages = []
    for number in range(n_pages):
        kind = list(KINDS)[number % len(KINDS)]
        pdf.add_page()
        page = QuotedPage(kind, number + 1, "")
        KINDS[kind](pdf, chance, page)
        pages.append(page)
    pdf.output(str(path))
    _turn_and_crop(path, pages)
    return pages


def _turn_and_crop(path: Path, pages: Sequence[QuotedPage]) -> None:
    document = pypdfium2.PdfDocument(path.read_bytes())
    for page in pages:
        opened = document[page.number - 1]
        if page.turned:
            opened.set_rotation(page.turned)
        if page.kind == "cropped page":
            left, top, right, bottom = page.crop
            opened.set_cropbox(left, HEIGHT_PT - bottom, right, HEIGHT_PT - top)
    document.save(str(path))
    document.close()


def overlap(found: Sequence[Box], true: Sequence[Box]) -> float:
    """Intersection over union of two sets of boxes in fractions of a page."""
    masks = []
    for boxes in (found, true):
        mask = np.zeros((_GRID, _GRID), bool)
        for left, top, right, bottom in boxes:
            rows = slice(round(top * _GRID), round(bottom * _GRID))
            mask[rows, round(left * _GRID) : round(right * _GRID)] = True
        masks.append(mask)
    union = np.count_nonzero(masks[0] | masks[1])
    return float(np.count_nonzero(masks[0] & masks[1]) / union) if union else 0.0


def highlight_figures() -> Iterator[Figure]:
    """How exactly the sentence is marked on 50 pages in the side sheet of a real window, and how soon it is seen."""
    with tempfile.TemporaryDirectory() as folder:
        pages = write_quoted_pages(Path(folder) / "same.pdf")
        done = subprocess.run(
            [sys.executable, str(CHILD), folder], capture_output=True, text=True, timeout=LIMIT_S, check=False,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-800:])
    found = json.loads(done.stdout.strip().splitlines()[-1])
    overlaps = [overlap(boxes, page.true_parts()) for boxes, page in zip(found["boxes"], pages, strict=True)]
    worst = min(range(len(pages)), key=lambda n: overlaps[n])
    detail = f"median {statistics.median(overlaps):.3f} of {len(pages)} pages; least on a page of {pages[worst].kind}"
    yield Figure(
        "overlap of the mark with its sentence", overlaps[worst], "IoU", "", "≥ 0.9", overlaps[worst] >= 0.9, detail
    )
    times = sorted(found["ms"])
    slow = times[math.ceil(0.95 * len(times)) - 1]
    middle, first = statistics.median(times), found["first_ms"]
    detail = f"median {middle:.0f} ms, most {times[-1]:.0f} ms; the first page of all {first:.0f} ms"
    yield Figure("from the click on a citation to its marked page, p95", slow, "ms", "", "≤ 150", slow <= 150, detail)
