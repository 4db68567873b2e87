from __future__ import annotations

import random

import pytest

from engine.tools.builtin.arithmetic import ArithmeticProblem, calculate

EXACT = [
    ("17*23", "17 × 23 = 391"),
    ("17 × 23 =", "17 × 23 = 391"),
    ("0.1+0.2", "0.1 + 0.2 = 0.3"),
    ("10/4", "10 ÷ 4 = 2.5"),
    ("1/3*3", "1 ÷ 3 × 3 = 1"),
    ("3 − 5", "3 − 5 = −2"),
    ("-2^2", "−2^2 = −4"),
    ("2^3^2", "2^3^2 = 512"),
    ("(1+2)*3", "(1 + 2) × 3 = 9"),
    ("3,5 × 1 200", "3.5 × 1200 = 4200"),
    ("1,234.5+1.234,5", "1234.5 + 1234.5 = 2469"),
    ("1,234,567 - 1'000", "1234567 − 1000 = 1233567"),
    ("0,125*8", "0.125 × 8 = 1"),
    ("200 + 19%", "200 + 19% = 238"),
    ("100-10%", "100 − 10% = 90"),
    ("15% of 80", "15% of 80 = 12"),
    ("17 % 5", "17 mod 5 = 2"),
    ("sqrt(2.25)", "sqrt(2.25) = 1.5"),
    ("√16", "√16 = 4"),
    ("max(1; 2; 3)", "max(1; 2; 3) = 3"),
    ("round(2.675; 2)", "round(2.675; 2) = 2.68"),
    ("2²+1", "2² + 1 = 5"),
    ("2^-2", "2^−2 = 0.25"),
    ("1^999999999999", "1^999999999999 = 1"),
    ("(-1)^1000001", "(−1)^1000001 = −1"),
]


@pytest.mark.parametrize(("expression", "line"), EXACT)
def test_an_exact_result_stands_behind_an_equals_sign(expression: str, line: str) -> None:
    assert str(calculate(expression)) == line


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("1/3", "1 ÷ 3 ≈ 0.333333333333"),
        ("2^0.5", "2^0.5 ≈ 1.41421356237"),
        ("sqrt 2", "√2 ≈ 1.41421356237"),
        ("pi*2", "π × 2 ≈ 6.28318530718"),
        ("1.1^300", "1.1^300 ≈ 2617010996188.4"),
    ],
)
def test_a_rounded_result_says_so(expression: str, line: str) -> None:
    assert str(calculate(expression)) == line


@pytest.mark.parametrize(
    "expression",
    [
        "", "  ", "9**9**9", "2**-5000", "10^(10^9)", "1/0", "0^-1", "5 % 0", "sqrt(-1)", "(-2)^0.5", "((((",
        "(" * 300 + "1", "1+", "abc", "1.2.3", "1e5", "2 3 4", "__import__('os')", "max()", "round(1; 99)", "1" * 501,
        "9" * 400 + "^3",
        "min 3", "1,23,456",
    ],
)  # fmt: skip
def test_what_cannot_be_calculated_is_one_sentence(expression: str) -> None:
    with pytest.raises(ArithmeticProblem) as caught:
        calculate(expression)
    assert str(caught.value).endswith(".")


def test_no_text_makes_it_fail_in_another_way() -> None:
    source = random.Random(1)
    alphabet = "0123456789.,+-*/^%()²√ ;'x×÷−" + "sqrtmaxpiofmod"
    for _ in range(4000):
        text = "".join(source.choice(alphabet) for _ in range(source.randint(1, 24)))
        try:
            calculate(text)
        except ArithmeticProblem:
            continue


def test_many_signs_need_no_stack() -> None:
    assert calculate("-" * 400 + "1").result == "1"
