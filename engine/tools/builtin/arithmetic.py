"""Arithmetic out of text, exact where it can be, bounded everywhere.

A parser of its own, because `eval` on what a model wrote is no calculator but an open door, and because
people write `3,5 × 1 200 + 19 %`. Numbers are fractions as long as that is exact; a root or a broken power
turns the value into 40 decimal digits and marks it as rounded.

    sum     := product (('+' | '-') product)*
    product := power-of-signs (('*' | '/' | '%' | 'of') …)*
    signs   := ('+' | '-')* power
    power   := percent ('^' signs)?                 right to left; -2^2 is -4
    percent := atom '%'?                            '%' before an operand is the remainder
    atom    := number | 'pi' | '(' sum ')' | function '(' sum (sep sum)* ')' | 'sqrt' atom

`a + b %` and `a - b %` mean what a pocket calculator means: b per cent of a.

Separators: where both `.` and `,` are in a number, the last one is the decimal mark. A single `,` with three
digits behind it and one to three before (not a bare 0) groups thousands, any other single `,` is a decimal
comma. Spaces, apostrophes and underscores between groups of three are thousands. Between the arguments of
a function `;` separates, and so does `, ` with a space.

Bounds: 500 characters, 40 levels of brackets, numbers of at most 1,000 digits; a power is refused before it
is computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from math import isqrt

__all__ = ["ArithmeticProblem", "Calculation", "calculate"]

MAX_CHARACTERS = 500
MAX_DEPTH = 40
MAX_DIGITS = 1000
# log2(10) · MAX_DIGITS, rounded up: the most bits that a numerator or denominator may have.
_MAX_BITS = 3322
# Digits of what cannot be exact, and digits of it that are shown.
_PRECISION = 40
_SHOWN_DIGITS = 12
_PI = Fraction("3.141592653589793238462643383279502884197")

_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "∶": "/", "−": "-", "–": "-", "＋": "+"})
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f\u2007\t\n\r", " "))
_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:[ '’_]\d{3})+(?![\d])(?:[.,]\d+)?|\d[\d_]*(?:[.,]\d+)*|[.,]\d+)"
    r"|(?P<word>[a-zA-Zπ√]+)|(?P<sign>\*\*|[-+*/^%();=²³]|,)"
)
_FUNCTIONS = ("sqrt", "abs", "round", "min", "max")
_SHOWN = {"*": "×", "-": "−", "+": "+", "of": "of"}


class ArithmeticProblem(ValueError):
    """What is wrong with an expression, in one sentence for a model or a person."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """A result; `str()` is the whole line, `17 × 23 = 391`.

    Attributes:
        expression: as it was understood, well written.
        result: digits; rounded to 12 places where not exact.
    """

    expression: str
    result: str
    exact: bool

    def __str__(self) -> str:
        return f"{self.expression} {'=' if self.exact else '≈'} {self.result}"


@dataclass(frozen=True, slots=True)
class _Value:
    number: Fraction
    exact: bool
    shown: str
    percent: bool = False


def calculate(expression: str) -> Calculation:
    """The value of an arithmetic expression.

    Raises:
        ArithmeticProblem: it cannot be read, divides by zero, or is too large.
    """
    text = expression.translate(_SPACES).translate(_SIGNS).strip().rstrip("=? ")
    if not text:
        raise ArithmeticProblem("There is nothing to calculate.")
    if len(text) > MAX_CHARACTERS:
        raise ArithmeticProblem(f"The expression is longer than {MAX_CHARACTERS} characters.")
    value = _Parser(_tokens(text)).parse()
    result, complete = _digits(value.number)
    return Calculation(value.shown, result, value.exact and complete)


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise ArithmeticProblem(f"{text[at]!r} is not part of arithmetic; use numbers, + - * / ^ % and brackets.")
        tokens.append(match.group())
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def parse(self) -> _Value:
        value = self._sum()
        if self._peek():
            raise ArithmeticProblem(f"There is something left over: {self._peek()!r}.")
        return value

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._peek()
        if token and token.lower() in wanted:
            self._at += 1
            return token.lower()
        return ""

    def _sum(self) -> _Value:
        left = self._product()
        while sign := self._take("+", "-"):
            right = self._product()
            amount = left.number * right.number if right.percent else right.number
            total = left.number + amount if sign == "+" else left.number - amount
            left = _join(left, _SHOWN[sign], right, total)
        return left

    def _product(self) -> _Value:
        left = self._signed()
        while True:
            if sign := self._take("*", "x", "of"):
                right = self._signed()
                left = _join(left, _SHOWN.get(sign, "×"), right, left.number * right.number)
            elif self._take("/"):
                right = self._signed()
                left = _join(left, "÷", right, _quotient(left.number, right.number))
            elif self._take("%", "mod"):
                right = self._signed()
                left = _join(left, "mod", right, _remainder(left.number, right.number))
            else:
                return left

    def _signed(self) -> _Value:
        # Signs are counted, not nested: a thousand of them must not be a thousand calls.
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        value = self._power()
        return _Value(-value.number, value.exact, "−" + value.shown, value.percent) if negative else value

    def _power(self) -> _Value:
        base = self._percent()
        if small := self._take("²", "³"):
            power = 2 if small == "²" else 3
            return _Value(_raise(base.number, Fraction(power))[0], base.exact, f"{base.shown}{small}")
        if not self._take("^", "**"):
            return base
        with self._deeper():
            exponent = self._signed()
        number, exact = _raise(base.number, exponent.number)
        return _Value(number, exact and base.exact and exponent.exact, f"{base.shown}^{exponent.shown}")

    def _percent(self) -> _Value:
        value = self._atom()
        if self._peek() != "%" or self._operand_follows():
            return value
        self._at += 1
        return _Value(value.number / 100, value.exact, value.shown + "%", percent=True)

    def _operand_follows(self) -> bool:
        following = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else ""
        return following == "(" or following[:1].isdecimal() or following.lower() in (*_FUNCTIONS, "√", "pi", "π")

    def _atom(self) -> _Value:
        token = self._peek()
        self._at += 1
        if not token:
            raise ArithmeticProblem("The expression ends too early.")
        if token[0].isdecimal() or (len(token) > 1 and token[0] in ".,"):
            return _number(token)
        word = token.lower()
        if word in ("pi", "π"):
            return _Value(_PI, False, "π")
        if word in (*_FUNCTIONS, "√"):
            return self._function("sqrt" if word == "√" else word)
        if token != "(":
            raise ArithmeticProblem(f"{token!r} is not expected here; use numbers, + - * / ^ % and brackets.")
        with self._deeper():
            inner = self._sum()
        self._close()
        return _Value(inner.number, inner.exact, f"({inner.shown})", inner.percent)

    def _close(self) -> None:
        if not self._take(")"):
            raise ArithmeticProblem("A bracket is not closed.")

    def _function(self, name: str) -> _Value:
        if not self._take("("):
            if name != "sqrt":
                raise ArithmeticProblem(f"{name} needs its values in brackets.")
            with self._deeper():
                argument = self._atom()
            return _apply(name, [argument], f"√{argument.shown}")
        with self._deeper():
            arguments = [self._sum()]
            while self._take(";", ","):
                arguments.append(self._sum())
        self._close()
        return _apply(name, arguments, f"{name}({'; '.join(a.shown for a in arguments)})")

    def _deeper(self) -> _Parser:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ArithmeticProblem("There are too many brackets in brackets.")
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self._depth -= 1


def _join(left: _Value, sign: str, right: _Value, number: Fraction) -> _Value:
    return _Value(_bounded(number), left.exact and right.exact, f"{left.shown} {sign} {right.shown}")


def _bounded(number: Fraction) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > _MAX_BITS:
        raise ArithmeticProblem(f"The result has more than {MAX_DIGITS} digits.")
    return number


def _number(token: str) -> _Value:
    compact = re.sub(r"[ '’_]", "", token)
    marks = re.findall(r"[.,]", compact)
    if not marks:
        return _Value(_bounded(Fraction(compact)), True, compact)
    decimal = marks[-1] if len(set(marks)) == 2 or (len(marks) == 1 and not _groups_thousands(compact)) else ""
    whole, _, rest = compact.rpartition(decimal) if decimal else (compact, "", "")
    groups = re.split(r"[.,]", whole)
    uneven = len(groups) > 1 and (any(len(g) != 3 for g in groups[1:]) or not 0 < len(groups[0]) < 4)
    if uneven or (decimal and decimal in whole):
        raise ArithmeticProblem(f"{token!r} is not a number; write it as 1234.5.")
    digits = ("".join(groups) or "0") + (f".{rest}" if rest else "")
    return _Value(_bounded(Fraction(digits)), True, digits)


def _groups_thousands(token: str) -> bool:
    return re.fullmatch(r"[1-9]\d{0,2},\d{3}", token) is not None


def _quotient(a: Fraction, b: Fraction) -> Fraction:
    if b == 0:
        raise ArithmeticProblem("Nothing can be divided by zero.")
    return a / b


def _remainder(a: Fraction, b: Fraction) -> Fraction:
    if b == 0:
        raise ArithmeticProblem("Nothing can be divided by zero.")
    return a % b


def _raise(base: Fraction, exponent: Fraction) -> tuple[Fraction, bool]:
    """base^exponent and whether it is exact; refused before it is computed where it would be too large."""
    if base == 0 and exponent < 0:
        raise ArithmeticProblem("Nothing can be divided by zero.")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(base) not in (0, 1) and abs(exponent) * max(1, bits - 1) > _MAX_BITS:
        raise ArithmeticProblem(f"The result has more than {MAX_DIGITS} digits.")
    if exponent.denominator == 1:
        # 0 and 1 to a huge power: the parity is all that counts.
        n = int(exponent) if abs(base) not in (0, 1) else (int(exponent) % 2 or 2 * (exponent != 0))
        return _bounded(base**n), True
    if base < 0:
        raise ArithmeticProblem("A negative number has no root among the real numbers.")
    if exponent == Fraction(1, 2):
        return _root(base)
    return _decimal_power(base, exponent), base in (0, 1)


def _root(value: Fraction) -> tuple[Fraction, bool]:
    if value < 0:
        raise ArithmeticProblem("A negative number has no root among the real numbers.")
    above, below = isqrt(value.numerator), isqrt(value.denominator)
    if above * above == value.numerator and below * below == value.denominator:
        return Fraction(above, below), True
    with localcontext() as context:
        context.prec = _PRECISION
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt()), False


def _decimal_power(base: Fraction, exponent: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = _PRECISION
        try:
            power = Decimal(exponent.numerator) / Decimal(exponent.denominator)
            return _bounded(Fraction((Decimal(base.numerator) / Decimal(base.denominator)) ** power))
        except InvalidOperation as exc:
            raise ArithmeticProblem("This power cannot be computed.") from exc


def _apply(name: str, arguments: list[_Value], shown: str) -> _Value:
    numbers, exact = [a.number for a in arguments], all(a.exact for a in arguments)
    if name in ("min", "max"):
        return _Value(min(numbers) if name == "min" else max(numbers), exact, shown)
    if name == "round" and len(numbers) == 2:
        places = numbers[1]
        if places.denominator != 1 or not 0 <= places <= 50:
            raise ArithmeticProblem("Rounding goes to 0 to 50 places.")
        return _Value(_rounded(numbers[0], int(places)), exact, shown)
    if len(numbers) != 1:
        raise ArithmeticProblem(f"{name} takes one value.")
    if name == "sqrt":
        root, root_exact = _root(numbers[0])
        return _Value(root, root_exact and exact, shown)
    return _Value(abs(numbers[0]) if name == "abs" else _rounded(numbers[0], 0), exact, shown)


def _rounded(number: Fraction, places: int) -> Fraction:
    """Half away from zero, as people round."""
    scaled = abs(number) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if number >= 0 else -whole, 10**places)


def _digits(number: Fraction) -> tuple[str, bool]:
    """The number in decimal digits, and whether these are all of them."""
    if number.denominator == 1:
        return str(number.numerator).replace("-", "−"), True
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    with localcontext() as context:
        context.prec = MAX_DIGITS
        exact = Decimal(number.numerator) / Decimal(number.denominator)
        complete = rest == 1 and len(exact.as_tuple().digits) <= 2 * _SHOWN_DIGITS
        if not complete:
            # All digits before the decimal mark are shown, and two behind it.
            context.prec = max(_SHOWN_DIGITS, min(exact.adjusted() + 3, _SHOWN_DIGITS + 5))
            exact = (+exact).normalize()
        small = abs(exact) < Decimal("1e-9") or abs(exact) >= Decimal("1e15")
        text = f"{exact:e}" if small and not complete else f"{exact:f}"
    text = text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    return text.replace("-", "−"), complete
