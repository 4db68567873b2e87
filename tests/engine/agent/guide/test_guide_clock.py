"""Sums with times of day, asked on Saturday, 21 November 2026, at 16:02 in Berlin."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.agent.guide.reckon.clock import answer_about_times

NOW = datetime(2026, 11, 21, 16, 2, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("how long until 5 pm?", "From 16:02 to 17:00: 58 minutes."),
        ("how long until 5:30", "From 16:02 to 17:30: 1 hour and 28 minutes."),
        ("how many minutes until midnight", "From 16:02 to 00:00 on the next day: 478 minutes."),
        ("how long till noon", "From 16:02 to 12:00 on the next day: 19 hours and 58 minutes."),
        ("how long until 5 pm tomorrow", "From 16:02 to 17:00 on the next day: 24 hours and 58 minutes."),
        ("how many hours between 8:30 and 17:15", "From 08:30 to 17:15: 8 hours and 45 minutes (8.75 hours)."),
        ("how many hours from 9 to 5", "From 09:00 to 17:00: 8 hours."),
        (
            "I worked from 8:45 to 16:30 with a 30 minute break, how long is that?",
            "From 08:45 to 16:30 less 30 minutes: 7 hours and 15 minutes (7.25 hours).",
        ),
        (
            "how long is it from 22:30 to 6:15",
            "From 22:30 to 06:15 on the next day: 7 hours and 45 minutes (7.75 hours).",
        ),
        (
            "how long is it from half past ten to quarter to eight",
            "From 10:30 to 19:45: 9 hours and 15 minutes (9.25 hours).",
        ),
        ("what time will it be in 3 hours", "19:02."),
        ("What time was it 20 hours ago?", "20:02 on Friday, 20 November 2026."),
        ("what is 7:40 plus 95 minutes", "09:15."),
        ("7:40 + 1h35", "09:15."),
        ("what time is 3 hours after 10:30 pm", "01:30 on the next day."),
        ("2h 15min + 45min", "3 hours."),
        ("what is an hour and a half minus 20 minutes", "1 hour and 10 minutes."),
        ("how long until 9 at night", "From 16:02 to 21:00: 4 hours and 58 minutes."),
        ("the film starts at 8 pm and ends at 22:25, how long is it", "From 20:00 to 22:25: 2 hours and 25 minutes."),
        ("I have to be there at 9 and it takes 40 minutes, when should I leave", "08:20."),
        ("bake for 1h 20 from 17:50, when is it done", "19:10."),
        ("what's the time difference between London and Tokyo", "Tokyo is 9 hours ahead of London now."),
        ("parked 13:50 for 2.5 h, until when", "16:20."),
        ("train at 14:22 takes 3h 47, when am i there", "18:09."),
        ("film 20:15, runs 148 min, ads 25 min, out by", "23:08."),
        ("bed at 23:20 and want 8 hours, alarm at", "07:20 on the next day."),
        ("9:15 to 16:40 minus 45 min lunch", "From 09:15 to 16:40 less 45 minutes: 6 hours and 40 minutes."),
        ("9am berlin is what time in sydney", "09:00 in Berlin is 19:00 in Sydney."),
        ("how many hrs since 7 this morning", "From 07:00 to 16:02: 9 hours and 2 minutes."),
        ("how long since 22:00", "From 22:00 on the day before to 16:02: 18 hours and 2 minutes."),
        ("how many minutes left of today", "From 16:02 to 00:00 on the next day: 478 minutes."),
        ("what's 5pm in Tokyo", "17:00 here is 01:00 on the next day in Tokyo."),
    ],
)  # fmt: skip
def test_sums_with_times_are_answered(words: str, answer: str) -> None:
    assert answer_about_times(words, NOW) == answer


@pytest.mark.parametrize(
    "words",
    [
        "what time is it",
        "how long until the rent is due",
        "how long is the film from 20:15",
        "from 9 to 5",
        "I worked from 9 to 5",
        "2 m + 30 m",
        "hours between 25:00 and 3",
        "what time does the office open, 9 or 10",
        "20 minutes minus 2 hours",
        "how many hours from 9 to 5 does Mia work",
        "the office is open from 8:00 to 16:00, how long is the lunch break",
        "time difference between Mia and Tom",
        "have to be at the airport 6:10, 55 min drive plus 20 for parking, leave when",
        "my flight takes 2h 35, when do i land",
    ],
)
def test_what_is_no_sum_with_times_is_left_alone(words: str) -> None:
    assert answer_about_times(words, NOW) == ""


def test_the_hour_that_summer_leaves_out_is_not_counted() -> None:
    before = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert answer_about_times("what time will it be in 1 hour", before) == "03:30."
