"""Arithmetic that goes on from what was said before."""

from __future__ import annotations

import pytest

from engine.agent.guide.reckon.clock import answer_about_times, with_the_span
from engine.agent.guide.reckon.dates import with_the_date
from engine.agent.guide.reckon.next_step import go_on_reckoning, said_in_another_unit
from engine.agent.guide.reckon.sums import find_sum
from tests.engine.agent.guide.test_guide_clock import NOW


@pytest.mark.parametrize(
    ("words", "before", "answers", "expression"),
    [
        ("plus the bond of 150", "how much is left", ["30 ÷ 100 × 980 = 294"], "294+150"),
        ("minus rent 410", "times 4", ["149.4 × 4 = 597.6"], "597.6-410"),
        ("minus ingredients £8.35", "", ["28 × 0.50 = 14"], "14-8.35"),
        ("minus the tea break of fifteen", "", ["From 19:30 to 21:30: 120 minutes."], "120-15"),
        ("add 5% vat", "", ["500 × 71 ÷ 100 = 355"], "355+5%"),
        ("there and back?", "11 miles in km", ["11 × 1609.344 ÷ 1000 = 17.7 km"], "17.7*2"),
        ("half of that", "", ["597.6 − 410 = 187.6"], "187.6/2"),
        ("plus 6 hours saturday at 15", "", ["13.20 × 4.5 = 59.4"], "59.4+6*15"),
        ("what about 800", "500 litres at 71p", ["500 × 71 ÷ 100 = 355"], "800*71/100"),
        ("times 4", "what do I save?", ["I found nothing about this.", "2 + 3 = 5"], "5*4"),
        ("minus the shed", "", ["2 + 3 = 5"], ""),
        ("add milk to the list", "", ["2 + 3 = 5"], ""),
        ("plus one for Tom if he comes along", "", ["2 + 3 = 5"], ""),
        ("times 4", "", ["I will remember: “the fee is 20 euros”"], ""),
        ("add lunch at 12", "", ["7 × 6 = 42"], ""),
        ("plus page 7", "", ["7 × 6 = 42"], ""),
        ("less than 300", "", ["7 × 6 = 42"], ""),
        ("minus 2 weeks", "", ["64 ÷ 7 ≈ 9.14 days"], ""),
        ("plus 20%", "the invoice was £90", ["I will remember: “the invoice was £90”", "7 × 6 = 42"], ""),
        ("half of that", "how tall is the tower", ["I found nothing about this.", "7 × 6 = 42"], ""),
        ("plus twenty five", "", ["7 × 6 = 42"], "42+25"),
    ],
)
def test_a_step_goes_on_from_the_last_result(words: str, before: str, answers: list[str], expression: str) -> None:
    assert go_on_reckoning(words, before, answers).replace(" ", "") == expression


@pytest.mark.parametrize(
    ("words", "before", "answer", "expression", "unit"),
    [
        ("in weeks?", "", "From 8 September 2026 to 12 December 2026: 95 days.", "95*86400/604800", "weeks"),
        ("and that in months", "", "From 8 September 2026 to 12 December 2026: 95 days.", "95/30.44", "months"),
        ("how many yards is that", "dad walked 140 metres today", "I am glad to read that.", "140/0.9144", "yd"),
        ("and in minutes", "", "From 02:12 to 18:00: 15 hours and 48 minutes.", "15*60+48", "minutes"),
    ],
)
def test_what_was_reckoned_or_told_is_said_in_another_unit(
    words: str, before: str, answer: str, expression: str, unit: str
) -> None:
    found = said_in_another_unit(words, before, answer)
    assert found is not None
    assert (found.expression, found.unit) == (expression, unit)


@pytest.mark.parametrize("words", ["in the kitchen", "how many is that", "and in winter?", "in french"])
def test_what_is_no_unit_is_asked_of_something_else(words: str) -> None:
    assert said_in_another_unit(words, "it is 12 metres long", "3 × 4 = 12") is None


@pytest.mark.parametrize(
    ("words", "said", "meant"),
    [
        ("three weeks before", "Saturday, 26 December 2026.", "three weeks before Saturday, 26 December 2026"),
        ("and 10 days later?", "Saturday, 26 December 2026.", "10 days after Saturday, 26 December 2026"),
        ("what date is that?", "my driving theory is in 3 weeks", "what date is in 3 weeks"),
        ("three weeks", "Saturday, 26 December 2026.", ""),
    ],
)
def test_a_span_goes_on_from_the_date_before(words: str, said: str, meant: str) -> None:
    assert with_the_date(words, said) == meant


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("if i start at 9:30 and take 2h06 when am i done", "11:36."),
        ("The coach leaves at 15:45 and it's 2 hrs 20 to Skerrow House. When do we arrive?", "18:05."),
        ("rehearsal is from 19:30 to 21:30, how long is that in minutes", "From 19:30 to 21:30: 120 minutes."),
        ("how much sleep if i go to bed at 23:15 and get up at 6:48",
         "From 23:15 to 06:48 on the next day: 7 hours and 33 minutes."),
    ],
)  # fmt: skip
def test_times_of_a_day_as_they_are_told(words: str, answer: str) -> None:
    assert answer_about_times(words, NOW) == answer


def test_so_much_of_something_at_a_price_and_a_list_with_names() -> None:
    assert find_sum("500 litres at 71p") == ("500*71/100", "")
    assert find_sum("electricity 96, gas 118, internet 34. total?") == ("96+118+34", "")
    assert find_sum("we have 2 rooms at 80 euros in the lease") == ("", "")


def test_what_has_a_price_each_is_no_list_with_names() -> None:
    assert find_sum("buy 3 at 4.50, how much?") == ("3*4.50", "")


@pytest.mark.parametrize(
    ("words", "answers", "expression"),
    [
        ("less 85.50 for the cheese and bread", ["9 × 6 × 6 = 324"], "324-85.50"),
        ("and 214 insurance", ["38 + 14 = 52"], "52+214"),
        ("halve it, my brother goes halves", ["38 + 14 = 52"], "52/2"),
        ("take it off the 75 deposit", ["38 + 14 = 52"], "75-52"),
        ("and 2 eggs", ["38 + 14 = 52"], ""),
    ],
)
def test_steps_as_they_are_told(words: str, answers: list[str], expression: str) -> None:
    assert go_on_reckoning(words, "", answers).replace(" ", "") == expression


def test_teams_and_joints_are_reckoned() -> None:
    assert find_sum("quiz: 9 teams of 6 at £6 each") == ("9*6*6", "")
    assert find_sum("20 mins a pound plus 20 over for a 4.5 lb joint") == ("4.5*20+20", "")
    assert answer_about_times("add 3 h 20 and 2 h 15", NOW) == "5 hours and 35 minutes."


@pytest.mark.parametrize(
    ("words", "said", "answer"),
    [
        ("minus the 35 min stop", "From 07:40 to 12:15: 4 hours and 35 minutes.", "4 hours."),
        ("less my 45 minute break", "From 21:00 to 07:00 on the next day: 10 hours.", "9 hours and 15 minutes."),
        ("minus the deposit of 40", "From 21:00 to 07:00 on the next day: 10 hours.", ""),
        ("less my 45 minute break", "3 × 4 = 12", ""),
    ],
)
def test_a_break_is_taken_off_the_span_before(words: str, said: str, answer: str) -> None:
    asked = with_the_span(words, said)
    assert (answer_about_times(asked, NOW) if asked else "") == answer


def test_when_one_starts_and_finishes() -> None:
    said = answer_about_times("I start at 21:00 and finish at 07:00, how long is that?", NOW)
    assert said == "From 21:00 to 07:00 on the next day: 10 hours."
