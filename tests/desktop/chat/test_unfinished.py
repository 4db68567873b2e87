"""What still streams: no mark is seen that is only open, and nothing of it is left in the end."""

from __future__ import annotations

import random
import re

import pytest
from PySide6.QtWidgets import QApplication

from desktop.chat.body import AnswerBody
from desktop.chat.prose import CodeView, WideView
from desktop.chat.unfinished import close_marks
from desktop.look.theme import Theme

ANSWER = """Some **bold and *both* words** with `code x` and ***all three***, ~~gone~~ [a link](https://example.org/x).

2 * 3 * 4 is 24, and snake_case_word is _one_ word.

- item **one** of `two`
- item **two**
  1. deep *x*
  2. deeper

> quoted **words**
> go on

## A head **b**

| a | **b** |
|---|--:|
| `1` | 2 |
| 3 | **4** |

text
- a list right behind it

```python
x = "**not bold**"
```

The *end*.
"""


@pytest.fixture
def theme(app: QApplication) -> Theme:
    """One for all bodies of a test: each puts its sheet on all widgets there are."""
    return Theme(app, forced="light")


@pytest.fixture
def body(theme: Theme) -> AnswerBody:
    return AnswerBody(theme)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Some **", "Some "),
        ("Some **bold", "Some **bold**"),
        ("Some **bold*", "Some **bold**"),
        ("a **b *c", "a **b *c***"),
        ("a ***b", "a ***b***"),
        ("a `b", "a `b`"),
        ("a `", "a "),
        ("a ``b`", "a ``b``"),
        ("[words](https://exa", "words"),
        ("see [1", "see [1"),
        ("2 * 3", "2 * 3"),
        (r"a \*b", r"a \*b"),
        ("snake_case", "snake_case"),
        ("text\n-", "text\n"),
        ("- one\n- **tw", "- one\n- **tw**"),
        ("**a\n\nb", "**a\n\nb"),
        ("| a | b", "| a | b\n|---|---|"),
        ("| a |\n|--", "| a |\n|---|"),
        ("| a |\n|:-:|", "| a |\n|:-:|"),
        ("", ""),
    ],
)
def test_open_marks_are_closed_and_half_ones_left_out(text: str, shown: str) -> None:
    assert close_marks(text) == shown


def test_no_mark_is_seen_while_an_answer_comes_letter_by_letter(body: AnswerBody) -> None:
    for letter in ANSWER:
        body.feed(letter)
        body.flush()
        words = [view.toPlainText() for view in body.views if not isinstance(view, CodeView)]
        assert not re.search(r"\*\*|`|~|\||(?<!\w)_|\]\(|^#", "\n".join(words), re.MULTILINE), words


def test_an_answer_that_came_letter_by_letter_is_the_one_that_came_at_once(body: AnswerBody, theme: Theme) -> None:
    whole = AnswerBody(theme)
    whole.show_whole(ANSWER)
    for letter in ANSWER:
        body.feed(letter)
        body.flush()
    body.finish()
    assert body.to_html() == whole.to_html()


@pytest.mark.parametrize("seed", range(12))
def test_marks_at_random_places_break_nothing(body: AnswerBody, theme: Theme, seed: int) -> None:
    dice = random.Random(seed)
    parts = [
        "*",
        "**",
        "_",
        "`",
        "``",
        "~~",
        "[",
        "](",
        ")",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "# ",
        "|",
        "a",
        "b c",
        " ",
    ]
    text = "".join(dice.choice(parts) for _ in range(90))
    whole = AnswerBody(theme)
    whole.show_whole(text)
    for start in range(0, len(text), 3):
        body.feed(text[start : start + 3])
        body.flush()
    body.finish()
    assert body.to_html() == whole.to_html()


def test_what_was_shown_of_the_open_part_is_what_it_would_be_alone(body: AnswerBody, theme: Theme) -> None:
    fed = 0
    for end in range(1, len(ANSWER), 7):
        while fed < end:
            body.feed(ANSWER[fed : min(fed + 2, end)])
            body.flush()
            fed = min(fed + 2, end)
        alone = AnswerBody(theme)
        alone.feed(ANSWER[:end])
        alone.flush()
        assert [v.toHtml() for v in _prose(body)][-1:] == [v.toHtml() for v in _prose(alone)][-1:]


def _prose(body: AnswerBody) -> list:
    return [view.document() for view in body.views if not isinstance(view, CodeView | WideView)]
