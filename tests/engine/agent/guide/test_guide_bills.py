"""Tax, shared bills, several things at a price each."""

from __future__ import annotations

import pytest

from engine.agent.guide.reckon.bills import find_bill
from engine.agent.guide.reckon.numbers import tidied
from engine.tools.builtin.arithmetic import calculate


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("add 21% vat to 1.249,00 €", "1511.29"),
        ("249,90 incl 19% vat how much is that without", "210"),
        ("how much 20% vat is in £86.40 gross", "14.4"),
        ("€65 minus 30% and then another 10% off", "40.95"),
        ("5000 at 3% for 5 yrs with compound, whats in there at the end", "5796.3703715"),
        ("bill 92.80 plus 12.5% service, 4 of us", "26.1"),
        ("4 kids at 6.50 n 2 adults at 11 for the zoo, total", "48"),
        ("two months' rent at 940 euros", "1880"),
        ("three coffees at 3.20 euros each?", "9.6"),
        ("2 adults at 9 and 3 kids for 4.50, what's that together", "31.5"),
    ],
)
def test_bills_are_arithmetic(words: str, result: str) -> None:
    assert calculate(find_bill(tidied(words))).result == result


@pytest.mark.parametrize(
    "words",
    [
        "flat is 1155 split 3 ways and internet 36 too, my part",
        "what is the fee for 4 kids at 6.50 and 2 adults at 11 according to the leaflet",
        "3 meetings at 9 in room 4",
        "2 trays at 180",
        "one of us is at 80 euros",
        "the rent goes from 780 to 823",
        "12.5% service is included",
        "there are 4 of us",
    ],
)
def test_what_is_no_bill_is_left_alone(words: str) -> None:
    assert not find_bill(tidied(words))
