from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF

from engine.documents.formats.hyphens import Hyphens

TEXT = "Information about the boiler is kept. A boot loader starts it, file systems are mounted, a mark-up is used."


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("all *.changes", "files are removed"),
        ("the option --no-install", "recommends"),
        ("see debian", "policy/index.html"),
        ("in /usr/share/doc", "base"),
        ("call the apt-get", "wrapper"),
        ("the libc6", "dev package"),
        ("with fooBar", "baz"),
        ("of the snmp_ups", "driver"),
        ("a key of read", "only.conf"),
        ("North", "South"),
        ("the mark", "up of it"),
        ("a boot", "loader"),
    ],
)
def test_the_hyphen_of_a_name_stays(before: str, behind: str) -> None:
    hyphens = Hyphens()
    hyphens.learn([(TEXT, False)])
    assert hyphens.stays(before, behind)


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("some infor", "mation"),
        ("the plumb", "er came."),
        ("Ver", "sicherung"),
        ("(In", "troductory)"),
        ("is re", "quired)1"),
        ("Main", "tainers(https://example.org)"),
        ("with", "out"),
        ("the im", "age-based one"),
        ("END-OF-INFOR", "mation"),
    ],
)
def test_a_word_that_a_line_divides_is_joined(before: str, behind: str) -> None:
    hyphens = Hyphens()
    hyphens.learn([(TEXT, False), ("He went with us and was out.", False)])
    assert not hyphens.stays(before, behind)


def test_the_parts_of_a_divided_word_are_no_words() -> None:
    hyphens = Hyphens()
    hyphens.learn([("somebody took the docu", True), ("mentation home", False)])
    assert not hyphens.stays("the docu", "mentation")


def test_names_broken_behind_their_hyphen_keep_it_in_a_pdf(tmp_path: Path, read: Callable) -> None:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=11)
    pdf.add_page()
    for line in ("The program reads the uploaded *.changes-", "files of the queue, and the infor-", "mation in them."):
        pdf.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    path = tmp_path / "names.pdf"
    pdf.output(str(path))
    assert "the uploaded *.changes-files of the queue, and the information in them." in read(path).text
