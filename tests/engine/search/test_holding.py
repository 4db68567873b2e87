"""What was until March and what is since: a sentence's time, and that of a question."""

from __future__ import annotations

from datetime import date

import pytest

from engine.search.holding import asked_about, held_in, time_signs

TODAY = date(2026, 11, 22)
FIRST, LAST = date.min, date.max


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("The fee was 24 euros from 2019 until 13 March 2025.", (date(2019, 1, 1), date(2025, 3, 13))),
        ("By resolution of 14 March 2025 the fee was set at 110 euros.", (date(2025, 3, 14), LAST)),
        ("For contracts signed after 15 February 2025, 74 euros are due.", (date(2025, 2, 16), LAST)),
        ("For contracts signed up to February 15th, 2025, it was 89 euros.", (FIRST, date(2025, 2, 15))),
        ("From the week of 3 November 2025 the box comes on Fridays.", (date(2025, 11, 3), LAST)),
        ("Open from 1.3.2026 to 31.10.2026.", (date(2026, 3, 1), date(2026, 10, 31))),
        ("Between 2019 and 2021 the hall was closed.", (date(2019, 1, 1), date(2021, 12, 31))),
        ("Valid until the end of 2024.", (FIRST, date(2024, 12, 31))),
        ("Before May 2020 the keys hung in the hall.", (FIRST, date(2020, 4, 30))),
        ("Mrs Brand formerly kept the list.", (FIRST, date(2026, 11, 21))),
        ("Since the season 2024/25 the juniors train on Mondays.", (date(2024, 7, 1), LAST)),
        ("Care plan, revised 14 May 2026: Ilse's pills are sorted by Nurse Petra.", (date(2026, 5, 14), LAST)),
        ("From 2023-2025 the fee was 8 euros.", (date(2023, 1, 1), date(2025, 12, 31))),
        ("In the 2025/26 season the fee is 80 euros.", (date(2025, 7, 1), date(2026, 6, 30))),
        # Both times, none, and what is no date.
        ("8 euros until May 2025, 9 euros from June 2025.", None),
        ("It was last painted in 2011.", None),
        ("The boiler weighs from 20 to 25 kilos.", None),
        ("Valid until 31 February 2025.", None),
        ("The lift carries up to 2000 kg.", None),
        ("From 2024 members pay 20 euros.", (date(2024, 1, 1), LAST)),
        ("The fee used to be 8 euros and is now 9.", None),
        ("The last year of the contract costs 90 euros.", None),
    ],
)
def test_a_sentence_says_when_it_holds(text: str, period: tuple[date, date] | None) -> None:
    assert held_in(text, TODAY) == period


def test_a_question_names_its_time() -> None:
    assert asked_about("I joined in March 2025, what do I pay?", TODAY) == (date(2025, 3, 1), date(2025, 3, 31))
    assert asked_about("what is the fee at present?", TODAY) == (TODAY, TODAY)
    assert asked_about("what is the fee?", TODAY) is None
    assert asked_about("My car is from 2015, what is the toll now?", TODAY) == (TODAY, TODAY)
    assert asked_about("What do 2000 kWh cost?", TODAY) is None


@pytest.mark.parametrize(
    ("question", "signs"),
    [
        ("What is the fee now?", [(-1, 0, 0), (1, 0, 0), (0, 0, 0)]),
        ("What is the fee?", [(0, -1, 0), (0, 1, 0), (0, 0, 0)]),
        ("What was the fee?", [(0, 0, 0), (0, 0, 0), (0, 0, 0)]),
        ("What was the fee before the change?", [(1, 0, 0), (-1, 0, 0), (0, 0, 0)]),
        ("What was the fee in June 2020?", [(1, 0, 0), (-1, 0, 0), (0, 0, 0)]),
        # Half of the year the one, half of it the other.
        ("What was the fee in 2025?", [(0, 0, 0), (1, 0, 0), (0, 0, 0)]),
    ],
)
def test_what_held_then_is_told_from_what_holds(question: str, signs: list[tuple[int, int, int]]) -> None:
    texts = ["It was 8 euros until 31 May 2025.", "It is 9 euros since 1 June 2025.", "It was raised twice."]
    assert time_signs(question, texts, [text.split() for text in texts], TODAY) == signs


def test_the_later_of_two_of_a_kind_is_told() -> None:
    texts = [
        "Plan of 3 November 2025: the pills are sorted by Jamal.",
        "Plan of 14 May 2026: the pills are sorted by Petra.",
        "Since 2024 the lift has a phone.",
    ]
    signs = time_signs("who sorts the pills?", texts, [text.split() for text in texts], TODAY)
    assert [newest for _, _, newest in signs] == [-1, 1, 0]
