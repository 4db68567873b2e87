"""Sums with dates, asked on Saturday, 21 November 2026."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.agent.guide.reckon.dates import answer_about_dates, with_the_date

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("days until 24 December", "From 21 November 2026 to 24 December 2026: 33 days."),
        ("how many weeks until 1 march?", "From 21 November 2026 to 1 March 2027: 14 weeks and 2 days."),
        ("how many days between 12 jan and 3 march", "From 12 January 2027 to 3 March 2027: 50 days."),
        ("months between 1 oct 2021 and 31 mar 2024", "From 1 October 2021 to 31 March 2024: 29 months (912 days)."),
        ("how many days between christmas and 1 february", "From 25 December 2026 to 1 February 2027: 38 days."),
        ("years between 2000-03-01 and 2026-02-28", "From 1 March 2000 to 28 February 2026: 25 years (9,495 days)."),
        ("how many days are 30 june to 14 august", "From 30 June 2027 to 14 August 2027: 45 days."),
        ("how many days since christmas", "From 25 December 2025 to 21 November 2026: 331 days."),
        ("how many days ago was 11 november", "From 11 November 2026 to 21 November 2026: 10 days."),
        ("2 weeks before 30 august", "Monday, 16 August 2027."),
        ("3 months notice from 15 december, what date is that", "Monday, 15 March 2027."),
        ("10 days from 25 may 2027", "Friday, 4 June 2027."),
        ("what is the date in 3 weeks?", "Saturday, 12 December 2026."),
        ("what date was it 10 days ago", "Wednesday, 11 November 2026."),
        ("31.1.2027 plus 1 month", "Sunday, 28 February 2027."),
        (
            "How many weeks are there between 3 May and 28 September this year?",
            "From 3 May 2026 to 28 September 2026: 21 weeks and 1 day.",
        ),
        ("what day of the week will 14 march next year be", "Sunday, 14 March 2027."),
        ("is it a leap year this year", "No, 2026 is not a leap year."),
        ("Will 2028 be a leap year?", "Yes, 2028 is a leap year."),
        ("when is the next leap year", "The next leap year is 2028."),
        ("What day is it tomorrow?", "Sunday, 22 November 2026."),
        ("what day is 3 May 2027", "Monday, 3 May 2027."),
        ("what is the date next friday", "Friday, 27 November 2026."),
        ("weekdays in december 2026", "From 1 December 2026 to 31 December 2026: 23 days from Monday to Friday."),
        ("how many sundays left this year", "From 21 November 2026 to 31 December 2026: 6 Sundays."),
        ("calendar week number today", "21 November 2026 is in week 47 of 2026."),
        ("is it an even week", "No: it is week 47."),
        ("Is this an odd week now?", "Yes: it is week 47."),
        ("what day of the year is it today", "21 November 2026 is day 325 of the year."),
        ("which quarter is 30 sept in", "30 September 2027 is in the third quarter."),
        ("feb 2027 how many days", "February 2027 has 28 days."),
        ("did 1900 have 366 days", "No, 1900 is not a leap year."),
        ("when do i turn 40 if born 3.8.1991", "Sunday, 3 August 2031."),
        ("invoice of 5 nov, 30 days net, due when", "Saturday, 5 December 2026."),
        ("next friday the 13th", "Friday, 13 August 2027."),
        ("wed on 12 june 1999, how many weeks is that", "From 12 June 1999 to 21 November 2026: 1,432 weeks."),
        ("3 oct 1990 was a what day", "Wednesday, 3 October 1990."),
        ("time in Tokyo?", "In Tokyo it is 21:00 on Saturday, 21 November 2026."),
    ],
)  # fmt: skip
def test_sums_with_dates_are_answered(words: str, answer: str) -> None:
    assert answer_about_dates(words, NOW) == answer


@pytest.mark.parametrize(
    "words",
    [
        "what time is it",
        "what time is it in the kitchen",
        "how many days of leave do I have",
        "how many days until the lease ends",
        "what day is the rent due",
        "who was born on 3 May",
        "in 3 weeks I fly to Rome",
        "9999 years after 1 january 2026",
        "",
    ],
)
def test_everything_else_is_not(words: str) -> None:
    assert answer_about_dates(words, NOW) == ""


@pytest.mark.parametrize(
    "words", ["which weekday is 30 February 2027?", "days until 31 february", "what day is 31.02.2027"]
)
def test_a_day_that_does_not_exist_is_said_to_be_none(words: str) -> None:
    assert answer_about_dates(words, NOW) == "There is no such day."


@pytest.mark.parametrize(
    ("words", "born", "age"),
    [
        ("How old is someone born 2 June 1987?", "2 June 1987", NOW.year - 1987 - ((NOW.month, NOW.day) < (6, 2))),
        ("If I was born on 3.4.1985, how old am I?", "3 April 1985", NOW.year - 1985 - ((NOW.month, NOW.day) < (4, 3))),
    ],
)
def test_an_age_follows_from_a_day_of_birth(words: str, born: str, age: int) -> None:
    assert answer_about_dates(words, NOW) == f"Who was born on {born} is {age} years old."


def test_a_year_of_birth_leaves_two_ages() -> None:
    said = answer_about_dates("how old would a person be who was born in 1990", NOW)
    assert said == f"Who was born in 1990 is {NOW.year - 1991} or {NOW.year - 1990} years old."


def test_the_next_leap_day_may_be_years_away() -> None:
    assert "29 February 2028" in answer_about_dates("days until 29 February", datetime(2026, 5, 1).astimezone())


@pytest.mark.parametrize(
    ("words", "said", "meant"),
    [
        (
            "What weekday is that?",
            'I will remember: "The lease ends on 11 July 2027."',
            "What weekday is 11 July 2027?",
        ),
        ("how long until then", 'You told me on 2 May 2026: "It ends on 3.8.2027."', "how long until 3.8.2027"),
        ("How many weeks until then?", "Sunday, 11 July 2027.", "How many weeks until Sunday, 11 July 2027?"),
        ("what day is that?", "From 23 November 2026 to 11 July 2027: 230 days.", "what day is 11 July 2027?"),
        ("is that a thursday", 'a.md: "It is on 18 June 2026 at 19:30."', "what day is 18 June 2026"),
        ("how old is she", 'You told me on 2 May 2026: "Bo was born on 5 May 1941. no, in 1942."', ""),
        ("and two weeks before that?", "Sunday, 11 July 2027.", "two weeks before Sunday, 11 July 2027"),
        ("how many days is that", 'a.md: "Closed from 20 July to 7 August."', "how many days from 20 July to 7 August"),
        (
            "how old is he",
            'You told me on 2 May 2026: "Bo was born on 5 may 1941"',
            "how old is someone born 5 may 1941",
        ),
        ("What weekday is that?", 'a.md: "From 3 May 2027 to 4 May 2027."', ""),
        ("What weekday is that?", "I am the guide.", ""),
        ("What day of the week is it?", "Sunday, 11 July 2027.", ""),
        ("Who said that?", "Sunday, 11 July 2027.", ""),
    ],
)
def test_that_day_is_the_one_of_the_answer_before(words: str, said: str, meant: str) -> None:
    assert with_the_date(words, said) == meant


def test_a_day_that_is_past_is_said_to_be() -> None:
    said = answer_about_dates("how many days until 11 July 2025", NOW)
    assert said.startswith("11 July 2025 is past. From 11 July 2025 to ")
    assert "-" not in said
