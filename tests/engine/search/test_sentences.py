"""Lines that stand alone: rows of aligned words and labelled lines; the rest of it is in test_query.py."""

from __future__ import annotations

from engine.search.sentences import items_of, split_sentences


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def test_rows_of_aligned_words_stand_alone_however_long() -> None:
    rows = [
        "Plumber        Garth Inchbald        01632 960 114   call-out £70, first half hour included",
        "Electrician    Sparks by Noor        01632 960 187   call-out £55, then £42 an hour",
        "Chimney sweep  Tobias Wren           01632 960 203   £65, comes every September",
    ]
    below = "The pass mark is 50 percent in total, and at least 40 percent in the exam."
    assert sentences("\n".join([*rows, below])) == [*rows, below]


def test_what_is_wrapped_below_a_cell_belongs_to_its_row() -> None:
    rows = ["--verbose     says more of what is done, and of what", "              is left for later"]
    other = "--quiet       says nothing at all, not even of errors"
    assert sentences("\n".join([*rows, other])) == ["\n".join(rows), other]


def test_spaces_of_justified_lines_make_no_rows() -> None:
    text = (
        "The lease  begins on the first day of the month and  ends\nwith the  last day of the year, unless both  agree."
    )
    assert sentences(text) == [text]


def test_labelled_lines_stand_alone() -> None:
    lines = [
        "Lecturer: Dr Ansgar Whitlow, room C 3.07, office hour Wednesday 14:00 to 15:00 (in the exam weeks Friday)",
        "Lab: Ms Pilar Oduya, room B 0.12, open Monday to Thursday 9:00 to 17:00, Friday 9:00 to 13:00",
    ]
    assert sentences("\n".join(lines)) == lines


def test_prose_that_is_justified_with_wide_spaces_is_prose() -> None:
    lines = [
        "The key may be  left with Mr. Oyelaran  at the desk on",
        "any day but a Sunday,  and whoever has  lost it tells us",
        "at once so that the  lock can be changed  by the porter.",
    ]
    assert sentences("\n".join(lines)) == ["\n".join(lines)]


def test_a_quote_is_shown_in_its_items() -> None:
    text = "- Mon 2 November - podiatrist\n  at home\n- Thu 5 November, 15:15 - dentist"
    assert items_of(text) == ["Mon 2 November - podiatrist\n  at home", "Thu 5 November, 15:15 - dentist"]
    assert items_of("HOLLOWAY, Miss - asked for a quote") == ["HOLLOWAY, Miss - asked for a quote"]
