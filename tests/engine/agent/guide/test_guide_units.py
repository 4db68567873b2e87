from __future__ import annotations

import pytest

from engine.agent.guide.reckon.units import find_conversion
from engine.tools.builtin.arithmetic import calculate


@pytest.mark.parametrize(
    ("words", "result", "unit"),
    [
        ("5 miles in km", "8.04672", "km"),
        ("convert 180 cm to feet and inches", "5.90551181102", "ft (5 ft 11 in)"),
        ("82kg in stone and pounds", "12.9127896423", "stone (12 st 13 lb)"),
        ("387 minutes in hrs", "6.45", "hours (6 h 27 min)"),
        ("2.75 hours in h and min", "165", "minutes (2 h 45 min)"),
        ("wind 15 knots in kmh", "27.78", "km/h"),
        ("40 l petrol in us gallons", "10.5668820943", "US gallons"),
        ("tyres say 32 psi whats that in bar", "2.20632224", "bar"),
        ("350 sq ft in m2", "32.516064", "m²"),
        ("1.5 tb how many gb", "1500", "GB"),
        ("38 mpg (uk) in l/100km", "7.43370885", "l/100 km"),
        ("half a pound of butter in g", "226.796185", "g"),
        ("What is 300 miles in km?", "482.8032", "km"),
        ("convert 16 gb into mb", "16000", "MB"),
        ("how many weeks are in 400 days", "57.1428571429", "weeks"),
        ("180 °C in °F", "356", "°F"),
        ("-40 f to celsius", "−40", "°C"),
        ("12 inches to cm", "30.48", "cm"),
        ("1,000 kg in pounds", "2204.62262185", "lb"),
        ("1.5 l in ml", "1500", "ml"),
        ("half a cup in ml", "120", "ml"),
        ("100 km/h to mph", "62.1371192237", "mph"),
        ("inches in a metre", "39.3700787402", "in"),
        ("how much is 5 foot 11 in cm", "180.34", "cm"),
        ("6'2\" in m", "1.8796", "m"),
        ("how many seconds are there in an hour?", "3600", "seconds"),
        ("12 stone 4 in kg", "78.01788764", "kg"),
        ("how many litres are 3 gallons (uk)", "13.63827", "l"),
        ("how many fl oz in a uk pint", "20", "imperial fl oz"),
        ("twenty miles in kilometers", "32.18688", "km"),
    ],
)
def test_conversions_are_arithmetic_with_a_unit(words: str, result: str, unit: str) -> None:
    conversion = find_conversion(words)
    assert conversion is not None
    assert conversion.unit == unit
    assert calculate(conversion.expression).result == result


@pytest.mark.parametrize(
    "words",
    ["5 miles", "5 miles in litres", "5 euros in dollars", "how many litres in the tank", "5 km in km", "1.2.3 km in m",
     "remember 5 miles in km", "I have 3 pounds in pence", "2 tons in kg", "c in f", "write 5 miles in km in words"],
)  # fmt: skip
def test_everything_else_is_none(words: str) -> None:
    assert find_conversion(words) is None
