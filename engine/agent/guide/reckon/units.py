"""Conversions between units that people write: `5 miles in km`, `how many minutes are in a week`.

What is converted becomes arithmetic for the calculator, so that the answer shows the factor. Factors are exact by
definition (NIST SP 811, appendix B) but for the cup and the spoons, which are given in whole millilitres as kitchens
use them. A ton is one of three, so it is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from engine.agent.guide.reckon.numbers import SPOKEN, spell_out_digits

__all__ = ["Conversion", "find_conversion"]

# Kind → names of a unit, how many of the kind's base unit it is, and how it is written in an answer.
_UNITS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "length": (
        ("mm millimetre millimeter", "0.001", "mm"), ("cm centimetre centimeter", "0.01", "cm"),
        ("m metre meter", "1", "m"), ("km kilometre kilometer k", "1000", "km"),
        ("inch inches in", "0.0254", "in"), ("foot feet ft", "0.3048", "ft"), ("yard yd", "0.9144", "yd"),
        ("mile mi", "1609.344", "miles"), ("nautical_mile nm", "1852", "nautical miles"),
    ),
    "area": (
        ("sqm sq_m m2 m² square_metre square_meter", "1", "m²"),
        ("sqkm km2 km² square_kilometre square_kilometer", "1000000", "km²"),
        ("square_foot square_feet sqft sq_ft ft2 ft²", "0.09290304", "sq ft"), ("acre", "4046.8564224", "acres"),
        ("hectare ha", "10000", "ha"), ("square_mile", "2589988.110336", "square miles"),
        ("square_inch sq_in", "0.00064516", "sq in"), ("square_yard sq_yd", "0.83612736", "sq yd"),
    ),
    "mass": (
        ("mg milligram", "0.001", "mg"), ("g gram gramme gr", "1", "g"),
        ("kg kilo kilogram kilogramme kgs", "1000", "kg"),
        ("tonne t", "1000000", "t"), ("ounce oz", "28.349523125", "oz"), ("pound lb", "453.59237", "lb"),
        ("stone", "6350.29318", "stone"),
    ),
    "volume": (
        ("ml millilitre milliliter", "0.001", "ml"), ("cl centilitre centiliter", "0.01", "cl"),
        ("dl decilitre deciliter", "0.1", "dl"), ("l litre liter", "1", "l"),
        ("cup", "0.24", "cups"), ("tablespoon tbsp", "0.015", "tbsp"), ("teaspoon tsp", "0.005", "tsp"),
        ("fluid_ounce fl_oz floz", "0.0295735295625", "US fl oz"),
        ("gallon gal us_gallon", "3.785411784", "US gallons"),
        ("pint pt us_pint", "0.473176473", "US pints"), ("quart qt", "0.946352946", "US quarts"),
        ("uk_fluid_ounce imperial_fluid_ounce uk_fl_oz", "0.0284130625", "imperial fl oz"),
        ("uk_gallon imperial_gallon", "4.54609", "imperial gallons"),
        ("uk_pint imperial_pint", "0.56826125", "imperial pints"),
        ("cubic_metre cubic_meter m3 m³", "1000", "m³"),
    ),
    "time": (
        ("second sec s", "1", "seconds"), ("minute min", "60", "minutes"), ("hour hr h", "3600", "hours"),
        ("day", "86400", "days"), ("week", "604800", "weeks"), ("year", "31536000", "years of 365 days"),
    ),
    "data": (
        ("byte", "1", "bytes"), ("kb kilobyte", "1000", "kB"), ("mb megabyte", "1000000", "MB"),
        ("gb gigabyte gig", "1000000000", "GB"), ("tb terabyte", "1000000000000", "TB"),
        ("kib", "1024", "KiB"), ("mib", "1048576", "MiB"), ("gib", "1073741824", "GiB"),
    ),
    "speed": (
        ("km/h kmh kph kilometres_per_hour kilometers_per_hour", "1", "km/h"),
        ("mph miles_per_hour", "1.609344", "mph"),
        ("m/s metres_per_second meters_per_second", "3.6", "m/s"), ("knot kn", "1.852", "knots"),
    ),
    "pressure": (("bar", "100000", "bar"), ("psi", "6894.757", "psi"), ("kpa", "1000", "kPa"), ("hpa", "100", "hPa")),
    "power": (("watt w", "1", "W"), ("kilowatt kw", "1000", "kW"), ("horsepower hp", "745.69987158", "hp")),
    "consumption": (("l/100km l/100_km litres_per_100_km liters_per_100_km", "", "l/100 km"), ("mpg us_mpg", "", "mpg"),
        ("uk_mpg imperial_mpg", "", "uk mpg")),
    "count": (("dozen", "12", "dozen"), ("piece", "1", "pieces")),
    "temperature": (("c °c celsius centigrade", "", "°C"), ("f °f fahrenheit", "", "°F"), ("kelvin", "", "K")),
}  # fmt: skip
_FORMULAS = {
    # A US gallon is 3.785411784 l, an imperial one 4.54609, a mile 1.609344 km.
    ("mpg", "l/100 km"): "235.2145833/{n}", ("l/100 km", "mpg"): "235.2145833/{n}",
    ("uk mpg", "l/100 km"): "282.4809363/{n}", ("l/100 km", "uk mpg"): "282.4809363/{n}",
    ("°F", "°C"): "({n}-32)*5/9", ("°C", "°F"): "{n}*9/5+32", ("°C", "K"): "{n}+273.15", ("K", "°C"): "{n}-273.15",
}  # fmt: skip
_BY_NAME = {
    name.replace("_", " "): (kind, factor, shown)
    for kind, units in _UNITS.items()
    for names, factor, shown in units
    for name in names.split()
}
# Plurals; a sign of one or two letters has none.
_BY_NAME |= {f"{name}s": unit for name, unit in list(_BY_NAME.items()) if len(name) > 1 and name[-1] not in "s²³"}
_UNIT = "|".join(re.escape(name) for name in sorted(_BY_NAME, key=len, reverse=True))
_NUMBER = r"(?P<n>-?\d+(?:[.,]\d+)*|a|an|one|half an?)"
_FROM = rf"{_NUMBER}\s*(?:degrees? |deg )?°?\s*(?P<unit>{_UNIT})"
_TO = rf"(?:degrees? )?(?P<to>{_UNIT})"
# "twenty miles"; "one" and "a" are numbers of their own.
_SPELLED = re.compile(rf"\b(?:{'|'.join(name for name in SPOKEN if name != 'one')})(?= (?:{_UNIT})\b)", re.IGNORECASE)
_OPENING = (
    r"(?:(?:please|hi|hey|hello|ok|so|and|scrubjay|can you|could you|what'?s|what is|what are|how much is|how much are"
    r"|how long is|how far is|how many is|convert|calculate|tell me|work out)[,:]?\s+)*"
)
# "5 foot 11", "5'11\"", "6 feet and 2 inches" are so many inches.
_FEET_AND_INCHES = re.compile(
    r"\b(?P<feet>\d+) ?(?:foot|feet|ft\.?|['’′]) ?(?:and )?(?P<inches>\d{1,2})"
    r"(?: ?(?:inch(?:es)?\b|in\b(?! \w)|\"|”|″))?",
    re.IGNORECASE,
)
# "3 gallons (uk)" are UK gallons.
_OF_A_COUNTRY = re.compile(r"\b((?:gallon|pint)s?|mpg) \(?(uk|us|imperial)\b\)?", re.IGNORECASE)
_BRITISH = re.compile(r"\b(?:uk|imperial) (?:gallon|pint)", re.IGNORECASE)
_OF_NO_COUNTRY = re.compile(r"(?<!uk )(?<!imperial )\b(?:fl oz|fluid ounces?|pints?|gallons?)\b", re.IGNORECASE)
# "12 stone 4" are so many pounds.
_STONE_AND_POUNDS = re.compile(
    r"\b(?P<stone>\d+) ?(?:stone|st) (?:and )?(?P<pounds>1[0-3]|\d)(?!\d)(?: ?(?:pounds?|lbs?)\b)?", re.IGNORECASE
)
# What is asked for in both is told in feet.
_BOTH = re.compile(
    r"\b(?:in |to |into )?(?:feet|foot|ft)(?:(?: and| &| \+|,) in\b|(?: and| &| \+|,)? inch(?:es)?\b)", re.IGNORECASE
)
_STONE_TOO = re.compile(
    r"\b(?:in |to |into )?(?:stones?|st)(?: and| &| \+|,)? (?:pounds?|lbs?)\b(?!.*\d)", re.IGNORECASE
)
_HOURS_TOO = re.compile(
    r"\b(?:in |to |into )?(?:hours?|hrs?|h)(?: and| &| \+|,)? (?:minutes?|mins?|m)\b(?!.*\d)", re.IGNORECASE
)
# A few words before and behind the amount: "tyres say 32 psi, what's that in bar", "half a pound of butter in g".
_FEW = (
    r"(?:(?!(?:how|what|which|convert|is|are|per|every|a|an|in|remember|note|save|keep|forget|write|add|put)\b)"
    r"[^\W\d]+ ){0,3}?"
)
_OF_WHAT = r"(?: of)?(?: (?!in\b|to\b|into\b|as\b|how\b|what\b|is\b|per\b|a\b)[^\W\d]+){0,2}"
_ASKED_IN = (
    r"(?:in|into|as|(?:is )?how (?:many|much)|what(?:'?s| is| are) (?:that|it|this|they) in|is what in"
    r"|how (?:many|much) is (?:that|it) in)"
)
_CLOSING = r"(?:\s+(?:please|thanks|thank you|pls))?\s*[?.!]*"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_OPENING}{_FROM}\s+(?:in|to|into|as|in to|->|→|=)\s+(?:an? )?{_TO}{_CLOSING}",
        rf"{_OPENING}how (?:many|much) {_TO}(?: are| is)?(?: there)?(?: in| is| are| make)? {_FROM}{_CLOSING}",
        rf"{_OPENING}{_TO} (?:in|per) {_FROM}{_CLOSING}",
        rf"{_FEW}{_FROM}{_OF_WHAT}[,.;:?]? {_ASKED_IN} {_TO}{_CLOSING}",
    )
)


_HOW_MANY_IN = re.compile(r"\bhow many in\b", re.IGNORECASE)
# What a unit is told in besides: its size in the base unit of its kind, its parts, and the names of both.
_PARTS = {
    "ft": ("0.3048", 12, "ft", "in"), "stone": ("6350.29318", 14, "st", "lb"), "hours": ("3600", 60, "h", "min"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """Arithmetic, and the unit that its result has."""

    expression: str
    unit: str


def find_conversion(words: str) -> Conversion | None:
    """The conversion that the words ask for and nothing else, or None."""
    text = _FEET_AND_INCHES.sub(_in_feet, " ".join(words.split()))
    for both, one in ((_BOTH, "in feet"), (_STONE_TOO, "in stone"), (_HOURS_TOO, "in hours")):
        text = both.sub(one, text)
    text = _HOW_MANY_IN.sub("how many", text)
    text = _OF_A_COUNTRY.sub(r"\2 \1", text)
    if _BRITISH.search(text):
        text = _OF_NO_COUNTRY.sub(r"uk \g<0>", text)
    text = _STONE_AND_POUNDS.sub(lambda m: f"{14 * int(m['stone']) + int(m['pounds'])} pounds", text)
    text = _SPELLED.sub(lambda m: str(SPOKEN[m[0]]), spell_out_digits(text.lower()))
    match = next((match for pattern in _PATTERNS if (match := pattern.fullmatch(text))), None)
    if match is None:
        return None
    number = _plain(match["n"].lower())
    kind, factor, shown = _BY_NAME[match["unit"].lower()]
    other_kind, other_factor, other_shown = _BY_NAME[match["to"].lower()]
    if kind != other_kind or not number or (shown == other_shown and shown != "hours"):
        return None
    if not factor:
        form = _FORMULAS.get((shown, other_shown))
        return Conversion(form.format(n=number), other_shown) if form else None
    parts = _in_parts(Fraction(number) * Fraction(factor), other_shown)
    if shown == other_shown:
        return Conversion(f"{number}*60", f"minutes {parts}") if parts else None
    return Conversion(_product(number, factor, other_factor), f"{other_shown} {parts}".strip())


def _in_parts(amount: Fraction, unit: str) -> str:
    """`(5 ft 11 in)`, the way people say it; "" of a unit that has no smaller one beside it, and of whole ones.

    Args:
        amount: in the kind's base unit.
    """
    if unit not in _PARTS:
        return ""
    size, n_parts, whole, part = _PARTS[unit]
    n = round(amount / Fraction(size) * n_parts)
    return f"({n // n_parts} {whole} {n % n_parts} {part})" if n >= n_parts and n % n_parts else ""


def _in_feet(match: re.Match[str]) -> str:
    return f"{12 * int(match['feet']) + int(match['inches'])} inches"


def _product(number: str, factor: str, other_factor: str) -> str:
    expression = number if factor == "1" else f"{number}*{factor}"
    return expression if other_factor == "1" else f"{expression}/{other_factor}"


def _plain(number: str) -> str:
    if number in ("a", "an", "one"):
        return "1"
    if number.startswith("half"):
        return "0.5"
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        return number.replace(",", "")
    plain = number.replace(",", ".")
    return plain if plain.count(".") <= 1 else ""
