import random

from desktop.chat.markdown import MarkdownStream, parse, parse_plain

PARTS = (
    "# Title\n", "para *a* **b** `c` [1] [2][3]\n", "next\n", "* * *\n", "- a\n", "\n", "  c\n", "1. x\n", "2) y\n",
    "| a | b |\n", "|:--|--:|\n", "| 1 | 2 |\n", "> q\n", "```py\n", "```\n", "~~~\n", "    code\n", "Setext\n",
    "---\n", "===\n", "#", "<b>raw</b>\n", "<script>\n", "\t", "[a]: http://x\n", "[a]\n", "\r\n", "\r", "\x0b", "\x00",
    "\u2028", "$$\n", "$$x^2$$\n", "\\[ y\n", "z \\]\n", "a $b$ $5 \\(c\\) ",
)  # fmt: skip


def stream(text: str, pieces: random.Random) -> list:
    found, blocks, at = MarkdownStream(2), [], 0
    while at < len(text):
        size = pieces.randint(1, 9)
        blocks += found.feed(text[at : at + size])
        at += size
    return blocks + found.finish()


def test_text_in_any_pieces_gives_the_blocks_of_the_whole():
    for seed in range(600):
        dice = random.Random(seed)
        text = "".join(dice.choice(PARTS) for _ in range(dice.randint(1, 25)))
        assert stream(text, dice) == parse(text, 2), repr(text)


def addresses(text: str) -> list[str]:
    return [span.href for block in parse(text) for line in block.lines for span in line.spans if span.href]


def test_only_web_and_mail_addresses_become_links():
    assert addresses("[a](https://example.org) [b](mailto:a@example.org)") == [
        "https://example.org",
        "mailto:a@example.org",
    ]
    for address in (
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "//host/share",
        "cite:1",
        "ftp://x",
    ):
        assert addresses(f"[a]({address}) <{address}> ![b]({address})") == []


def test_a_picture_becomes_its_words_and_address():
    block = parse("![A cat](https://example.org/cat.png)")[0]
    assert "".join(span.text for span in block.lines[0].spans) == "A cat (https://example.org/cat.png)"


def test_raw_html_is_text():
    block = parse('<img src="file:///etc/passwd"> <b>x</b>')[0]
    assert "".join(span.text for span in block.lines[0].spans) == '<img src="file:///etc/passwd"> <b>x</b>'


def test_only_numbers_of_citations_become_chips():
    spans = parse("one [1] two [2] `[1]`", 1)[0].lines[0].spans
    assert [span.href for span in spans if span.href] == ["cite:1"]


def test_an_open_fence_is_code_before_it_closes():
    found = MarkdownStream()
    assert found.feed("```py\nprint(1)\n") == []
    assert found.open_code == ("py", "print(1)\n")


def test_plain_lines_stay_as_they_are():
    block = parse_plain("2 * 3 * 4\n_x_", [[], [1]])[0]
    assert block.lines[0].spans[0].text == "2 * 3 * 4"
    assert block.lines[1].spans[-1].href == "cite:1"


def test_what_the_guide_lists_is_a_list():
    lines = parse_plain('Name one of them:\n- "a"\n- "b"', has_items=True)[0].lines
    assert [(line.marker, line.spans[0].text) for line in lines] == [
        ("", "Name one of them:"),
        ("•", '"a"'),
        ("•", '"b"'),
    ]


def test_lists_keep_their_numbers_and_depth():
    lines = parse("3. a\n4. b\n   - c\n")[0].lines
    assert [(line.marker, line.depth) for line in lines] == [("3.", 1), ("4.", 1), ("•", 2)]


def formulas(text: str) -> list[tuple[str, bool]]:
    spans = [span for block in parse(text) for line in block.lines for span in line.spans]
    return [(span.maths, span.is_display) for span in spans if span.maths]


def test_formulas_are_known_by_their_marks():
    assert formulas(r"Let $x_1$ be \(a*b*c\), then") == [("x_1", False), ("a*b*c", False)]
    assert formulas("So:\n$$\na\n- b\n$$\nand") == [("a\n- b", True)]
    assert formulas("\\[ E = mc^2 \\]") == [("E = mc^2", True)]
    assert formulas("- one\n  $$x$$\n") == [("x", True)]


def test_money_code_and_half_a_formula_are_words():
    for text in ("It costs $5 and $6.", "$5-$6", "`$x$`", "```\n$$x$$\n```\n", "$$\nx\n\nlater $$", "\\(open", "$ x$"):
        assert formulas(text) == [], text
    spans = parse("$$\nx\n\nlater")[0].lines[0].spans
    assert "".join(span.text for span in spans) == "$$x"
