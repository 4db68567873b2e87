from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import DocumentError

MARKDOWN = """---
title: "House book"
---
# House

Intro with *emphasis*, `code` and a [link](http://example.org).

## Boiler

- first
  - nested
- second

1. one
2. two

| Month | Units |
|-------|-------|
| May   | **12** |

```python
# no heading
print("x")
```

Setext
------

The end.
"""


def test_markdown_gives_headings_lists_tables_and_code(write: Callable, read: Callable) -> None:
    reading = read(write("a.md", MARKDOWN))
    assert reading.source.title == "House book"
    assert reading.headings == [("House",), ("House", "Boiler"), ("House", "Setext")]
    assert reading.block("Intro").text == "Intro with emphasis, code and a link."
    assert "- first\n  - nested\n- second" in reading.text
    assert "1. one\n2. two" in reading.text
    assert reading.block("Month").text == "Month | Units\nMay | 12"
    assert reading.block("# no heading").kind == "code"
    assert reading.block("The end").headings == ("House", "Setext")


def test_long_markdown_is_cut_into_parts_without_breaking_a_fence(write: Callable, read: Callable) -> None:
    fence = "```\n" + "# not a heading\n\n" * 5000 + "```\n"
    reading = read(write("a.md", f"# Real\n\n{fence}\n# Next\n\nDone."))
    assert reading.headings == [("Real",), ("Next",)]


HTML = """<!DOCTYPE html><html><head><title> The  flat </title><style>p{color:red}</style><script>alert(1)</script>
</head><body><nav><a href=x>Home</a></nav><header>Logo</header><div class="sidebar">Side</div>
<main><h1>Flat</h1><p>First <b>bold</b><br>second line.</p><script>no()</script>
<h2>Costs</h2><table><tr><th>Month<th>Cost<tr><td>May<td>40</table><ul><li>one<li>two <ul><li>deep</ul></ul>
<pre>  keep
    this</pre><p hidden>hidden</p><p style="display: none">none</p></main><footer>Imprint</footer></body></html>"""


def test_an_instruction_for_another_program_in_html_is_passed_over(write: Callable, read: Callable) -> None:
    reading = read(write("a.html", "<html><body><p>Before.</p><?x-space 5?><p>After.</p></body></html>"))
    assert [block.text for block in reading.blocks] == ["Before.", "After."]


def test_html_gives_the_main_content_only(write: Callable, read: Callable) -> None:
    reading = read(write("a.html", HTML))
    assert reading.source.title == "The flat"
    for gone in ("Home", "Logo", "Side", "alert", "no()", "hidden", "none", "Imprint", "color"):
        assert gone not in reading.text
    assert reading.block("First").text == "First bold\nsecond line."
    assert reading.block("Month").text == "Month | Cost\nMay | 40"
    assert reading.block("Month").headings == ("Flat", "Costs")
    assert "- one\n- two\n  - deep" in reading.text
    assert reading.block("keep").text == "  keep\n    this"


@pytest.mark.parametrize(
    "data",
    [
        '<html><head><meta charset="iso-8859-1"></head><body><p>Gebühr für Öl</p></body></html>'.encode("latin-1"),
        "<html><body><p>Gebühr für Öl</p></body></html>".encode("utf-16"),
        "<html><body><p>Gebühr für Öl</p></body></html>".encode(),
        '<?xml version="1.0" encoding="windows-1252"?><html><body><p>Gebühr für Öl</p></body></html>'.encode("cp1252"),
    ],
)
def test_html_is_read_in_its_encoding(write: Callable, read: Callable, data: bytes) -> None:
    assert read(write("a.html", data)).text == "Gebühr für Öl"


def test_a_page_that_nests_deeper_than_any_stack_is_read(write: Callable, read: Callable) -> None:
    assert read(write("deep.html", "<html><body>" + "<div>" * 10_000 + "bottom")).text == "bottom"


def test_tables_that_lay_out_a_page_are_not_tables(write: Callable, read: Callable) -> None:
    page = "<html><body><table><tr><td>menu<td><h1>Title</h1><p>One.</p><p>Two.</p></table></body></html>"
    assert read(write("old.html", page)).block("One").kind == "text"


TEXT = """HOUSE RULES

The house is quiet between ten in the evening and six in the
morning, and on Sundays all day long, as the law of this
land says.

Heating
=======

 * Close the windows before the
   heating is turned on.
 * Do not cover the radiators.

name        units
cellar      12
attic       40
"""


def test_text_gives_headings_joined_paragraphs_and_lists(write: Callable, read: Callable) -> None:
    reading = read(write("a.txt", TEXT))
    assert reading.headings == [("HOUSE RULES",), ("HOUSE RULES", "Heating")]
    assert "six in the morning, and on Sundays all day long, as the law" in reading.text
    assert "before the heating is turned on." in reading.text
    assert reading.block("name").kind == "table"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_read_in_any_usual_encoding(write: Callable, read: Callable, encoding: str) -> None:
    text = "Die Gebühr für die Wärmemessung beträgt 40 Euro im Jahr. Sie wird im März fällig, über die Bank. " * 5
    assert read(write("a.txt", text.encode(encoding))).text == text.strip()


def test_a_few_bad_bytes_do_not_turn_the_rest_into_nonsense(write: Callable, read: Callable) -> None:
    data = ("Die Gebühr für die Wärme. " * 200).encode() + b"\xff\xfe\x00"
    assert "Gebühr für die Wärme" in read(write("a.txt", data)).text


CODE = '''"""Module."""
import os

class Boiler:
    """Heats."""

    def heat(self, water):
        for drop in water:
            drop.warm()

    # cools again
    def cool(self):
        return None

def main():
    Boiler().heat([])
'''


def test_code_is_cut_at_definitions_and_named_by_them(write: Callable, read: Callable) -> None:
    reading = read(write("a.py", CODE))
    assert reading.block("def heat").headings == ("Boiler", "heat")
    assert reading.block("# cools").headings == ("Boiler", "cool")
    assert reading.block("def main").headings == ("main",)
    assert reading.chunks[0].text.startswith('"""Module."""')


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("a.js", "export async function load(url) {", "load"),
        ("a.js", "const load = async (url) => {", "load"),
        ("a.go", "func (s *Store) Get(key string) error {", "Get"),
        ("a.rs", "pub(crate) fn parse<T>(input: &str) -> T {", "parse"),
        ("a.java", "public static void main(String[] args) {", "main"),
        ("a.c", "static int heat_water(struct boiler *b)", "heat_water"),
        ("a.toml", "[tool.ruff]", "tool.ruff"),
        ("a.sh", "start_boiler() {", "start_boiler"),
        ("a.sql", "CREATE TABLE boilers (", "boilers"),
    ],
)
def test_definitions_of_many_languages_are_found(
    write: Callable, read: Callable, name: str, line: str, expected: str
) -> None:
    assert read(write(name, f"{line}\n    body\n")).blocks[0].headings == (expected,)


def test_a_mail_shows_its_headers_and_its_text(write: Callable, read: Callable) -> None:
    mail = "From: Eva <eva@example.org>\nTo: Jo <jo@example.org>\nSubject: Boiler\nMIME-Version: 1.0\n"
    mail += 'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nIt leaks.\n--x\n'
    mail += "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nQUJDREVG\n--x--\n"
    reading = read(write("a.eml", mail))
    assert reading.source.title == "Boiler"
    assert "From: Eva" in reading.text
    assert "It leaks." in reading.text
    assert "QUJDREVG" not in reading.text


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.py", "a.csv"])
def test_white_space_alone_is_empty(write: Callable, read: Callable, name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(write(name, " \n\t\n "))
    assert caught.value.state == "empty"


def test_a_box_in_the_text_that_is_called_sidebar_is_read_and_a_list_of_links_is_not(read, write):
    box = "The setgid bit also applies to folders. " * 8
    links = "".join(f'<a href="/{n}">Chapter {n} of the book</a> ' for n in range(30))
    page = f"<p>Rights.</p><div class='sidebar'><p>{box}</p></div><div class='sidebar'>{links}</div>"
    text = "\n".join(block.text for block in read(write("a.html", f"<html><body>{page}</body></html>")).blocks)
    assert "setgid bit" in text
    short = "<p>Before.</p><div class='sidebar'><p>The code of the safe is 12-34.</p></div>"
    assert "12-34" in "\n".join(block.text for block in read(write("b.html", short)).blocks)
    assert "Chapter 7" not in text


def test_numbered_lines_of_a_plain_text_are_headings_and_numbered_items_are_not(read, write):
    text = """
Policy

   Contents

   1. About

   2. Modules

1. About

   This is about modules, and it goes on for a while so that it is a paragraph.

2. Modules

2.1. Versions

   At any time the package must be the current one.

2.2. Path

   1. Take the tin

   2. Open the tin

   3. Close it.
"""
    blocks = read(write("policy.txt", text)).blocks
    place = {block.text: block.headings for block in blocks}
    assert place["At any time the package must be the current one."] == ("2. Modules", "2.1. Versions")
    assert place["This is about modules, and it goes on for a while so that it is a paragraph."] == ("1. About",)
    assert "Take the tin" not in " ".join(block.text for block in blocks if block.kind == "heading")


def test_a_few_words_over_a_paragraph_of_a_plain_text_are_its_heading_and_other_short_lines_are_not(read, write):
    text = """
Oak table, invoice terms

Guarantee
We guarantee the construction for six years and the surface for two, from the day of delivery.

Care
Oiled oak ought to be oiled anew once a year with our hard oil, and kept away from radiators.

Opening hours

The workshop is open from Monday to Thursday, and on Fridays until noon; ring before you come.

Dear Mrs Hallam
Thank you for the table, which came on Tuesday and stands where the old one stood for years.

With best wishes from us all

P.S. The chairs will be ready in the first week of the new year, and Tom will bring them himself.

Anna Schmidt
Has anybody seen the list of the chairs that we agreed on in the meeting before the summer break?

Anna Schmidt
It was moved that the matter be left until the next meeting, since nobody has seen the list so far.

Roses are red
violets are blue

Mill Lane 4
Thornaby Cross

When do I pay?
Invoices are payable within fourteen days, and within thirty where the piece was made to measure.

Chapter 2: The Mill
The mill stood below the weir, where the road from Thornaby Cross comes down to the river and ends.

Returns:
A piece that was made to measure cannot be given back, unless it does not have the agreed measures.
"""
    blocks = read(write("terms.txt", text)).blocks
    headings = [block.text for block in blocks if block.kind == "heading"]
    assert headings == ["Guarantee", "Care", "Opening hours", "When do I pay?", "Chapter 2: The Mill", "Returns"]
    place = {block.text[:16]: block.headings for block in blocks}
    assert place["We guarantee the"] == ("Guarantee",)
    assert place["Oiled oak ought "] == ("Care",)
    assert place["The workshop is "] == ("Opening hours",)


def test_numbered_sections_have_their_text_and_a_list_of_long_items_stays_one(read, write):
    long = "It is weighed on the kitchen scales and sieved twice, since lumps do not dissolve in the dough."
    blocks = read(write("terms.txt", f"6. Guarantee\n{long}\n\n7. Care\n{long}\n")).blocks
    assert [block.text for block in blocks if block.kind == "heading"] == ["6. Guarantee", "7. Care"]
    assert blocks[-1].headings == ("7. Care",)
    blocks = read(write("list.txt", f"1. Flour\n{long}\n2. Sugar\n{long}\n")).blocks
    assert [block.kind for block in blocks] == ["list"]


def test_a_heading_over_a_list_or_a_short_line_takes_it_from_the_section_before(read, write):
    long = "There are three small cuts with one stitch each, and the stitches are taken out on 16 June."
    text = f"""Wound
{long}

MEDICINES
- Nolpirin 400 mg, one tablet in the morning
- Clotaban injection, once a day at 6 pm

Cooling
{long}

Alcohol
None at all while you take the tablets.
"""
    place = {block.text[:12]: block.headings[-1] for block in read(write("sheet.txt", text)).blocks}
    assert place["- Nolpirin 4"] == "MEDICINES"
    assert place["None at all "] == "Alcohol"


def test_divisions_of_a_plain_text_are_headings_in_their_order(read, write):
    long = "All powers that are granted here are vested in a council of nine, which meets on the first Monday."
    text = f"""Preamble

{long}

Article I

Section 1

{long}

Section 2

{long}

Article II

Section 1

{long}

Amendment I

{long}
"""
    blocks = read(write("charter.txt", text)).blocks
    assert [block.headings for block in blocks if block.kind == "text"] == [
        ("Preamble",),
        ("Article I", "Section 1"),
        ("Article I", "Section 2"),
        ("Article II", "Section 1"),
        ("Amendment I",),
    ]


def test_a_list_of_divisions_has_no_headings(read, write):
    blocks = read(write("contents.txt", "Chapter 1\n\nChapter 2\n\nChapter 3\n\nand so on")).blocks
    assert [block.kind for block in blocks if "1" in block.text or "2" in block.text] == ["text", "text"]
