"""Sums that have a name or a known form."""

from __future__ import annotations

import pytest

from engine.agent.guide.reckon.sums import find_sum
from engine.tools.builtin.arithmetic import calculate


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("average of 12 15 19 22", "17"),
        ("45 is 30% of what", "150"),
        ("from 1450 up to 1682, what's that in %", "16"),
        ("remainder of 1000 divided by 37", "1"),
        ("tip 18% on $64.50", "11.61"),
        ("what is the tip on 84.50 at 20%", "16.9"),
        ("a 15% tip on 40", "6"),
        ("mean of 71, 83 and 90", "81.333"),
        ("What's the average of 3.5, 4 and 6?", "4.5"),
        ("70, 80 and 90, what is the average?", "80"),
        ("what percentage is 38 of 52", "73.07"),
        ("63 out of 80 in percent", "78.75"),
        ("what percentage of 80 is 63?", "78.75"),
        ("what percent of 45 is 9", "20"),
        ("17 of 20 as a percentage please", "85"),
        ("1499 less 200", "1299"),
        ("what do 14 bags at 4.99 come to", "69.86"),
        ("14 bags at 4.99 each", "69.86"),
        ("how much is 3 tickets at €12.50 each?", "37.5"),
        ("What does -57 and 81943 make?", "81886"),
        ("what do 12, 15 and 3.50 euros come to", "30.5"),
        ("12 and 15 together please", "27"),
        ("I earn 27.50 an hour and worked 6 and a half hours, how much is that?", "178.75"),
        ("If the room is 64 euros a night, what do we pay for 3 nights?", "192"),
        ("If a jumper costs 64 and it's 30 percent off, what do I pay?", "44.8"),
        ("20% off 80", "64"),
        ("what is six dozen", "72"),
        ("half a dozen", "6"),
        ("if i save 35 euros a week how much is that in a year", "1820"),
        ("I pay 12.99 a month, what is that per year?", "155.88"),
        ("9 euros a month, how much in 3 years", "324"),
        ("2 cups a day, how many is that in a week", "14"),
        ("If I walk 6 km every day how many km do I walk in a month?", "180"),
        ("15 euros per week, what does that make in a month", "65"),
        ("average of these 3: 4, 8, 15", "9"),
        ("the price went from 80 to 92, how many percent is that", "15"),
        ("sales fell from 1,200 to 900, what percentage is that?", "−25"),
        ("rent 780 rises by 4 percent, new rent?", "811.2"),
        ("rent 780 goes up 4 percent, what is the new rent?", "811.2"),
        ("what is 10% more than 250", "275"),
        ("dinner was 64 and I want to tip 12 percent, how much tip", "7.68"),
        ("room 4.2 by 3.6 metres, area?", "15.12"),
        ("5 factorial", "120"),
        ("i earn 12 an hour and work 20 hours a week, how much a year", "12480"),
        ("i make $22 an hour, 40 hours a week, how much a month", "3813.33"),
        ("i make 22 an hour and work 40 hours a week, what is that a week", "880"),
        ("2 dozen eggs at 30p each, how much is that", "7.2"),
        ("6 cans at 79p each", "4.74"),
        ("fuel costs 148p a litre, what does 40 litres cost", "59.2"),
    ],
)  # fmt: skip
def test_the_result_is_right(words: str, result: str) -> None:
    expression, _ = find_sum(words)
    assert bool(expression) == bool(result)
    assert not result or calculate(expression).result.startswith(result)


@pytest.mark.parametrize(
    "words",
    [
        "i make $22 an hour what is that a week", "i earn 14.50 an hour, 37.5 hours a week, how much a day",
        "i save 35 a week, how much is allowed after 8 weeks",
        "fuel costs 1.48 a litre, what does the contract say about 40 litres",
        "In 2024 rent rises by 4 percent?", "does the lease of 2021 say that rent goes up 3 percent?",
        "Why did section 4 rent rise by 3 percent?", "rent 780 rises by 4 percent, how much more is that?",
        "the room is 4 m by 360 cm, area?", "where is the 5 by 5 m area?", "we pay 800, 5% more", "so 7!", "hello 10!",
        "dinner for 4, I want to tip 12 percent, how much?",
        "Has the fee risen from 30 to 35 percent?", "My flat has 60 m² and rent goes up 3% in May",
        "did rents go up 5 percent from 2020 to 2024", "99 factorial", "is the area 3 by 4 blocks",
        "", "what is the average rent in the contract", "the tenancy has 2 rooms at 45 square metres",
        "meeting at 4 on the 3rd floor", "I go swimming twice a week", "we have 2 kids at 3 schools",
        "remember: the cleaner comes every week for 3 hours", "I work 38 hours a week", "rent is 870 a"
        " month for a year",
        "what was 12 of 2024 about", "how many days a week does the clinic open in the year 2023",
        "Ava reads 20 pages a day and 5 on Sunday, how many in a week", "1.2.3 less 4", "room 5 of 8",
        "is the 20 percent discount for 2 people still valid", "we paid 80 a night and got 10 percent off",
        "pages 3 and 4 together with the annex", "what does 3-4 and 5 make", "clauses 5 and 6 in total contradiction",
    ],
)  # fmt: skip
def test_anything_else_is_no_sum(words: str) -> None:
    assert find_sum(words) == ("", "")


def test_only_a_share_is_in_percent() -> None:
    assert find_sum("what percentage is 38 of 52") == ("38/52*100", "%")
    assert find_sum("sales fell from 1,200 to 900, what percentage is that?")[1] == "%"
    assert find_sum("room 4 by 100 metres, area?") == ("4*100", "")
    assert find_sum("what do 2 tickets at 100 come to") == ("2*100", "")
