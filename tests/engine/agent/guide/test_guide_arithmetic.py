"""Reading arithmetic out of words."""

from __future__ import annotations

import pytest

from engine.agent.guide.reckon.arithmetic import is_a_sum_of, written_arithmetic


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("What is 12*4?", "12*4"),
        ("17 + 25", "17+25"),
        ("how much is 3 plus 4", "3+4"),
        ("calculate (3+4)*2", "(3+4)*2"),
        ("What's 1,250 divided by 8?", "1250/8"),
        ("99.5 - 3.25 =", "99.5-3.25"),
        ("what is seven times eight", "7*8"),
        ("twenty five minus ninety-nine", "25-99"),
        ("2^10", "2^10"),
        ("2 ** 10", "2^10"),
        ("12 squared", "12^2"),
        ("3 1/2 plus 2", "3.5+2"),
        ("1 1/2 times 2 1/3", "1.5*(2+1/3)"),
        ("€ 1.000.000 / 12", "1000000/12"),
        ("1.249,00 minus 49", "1249.00-49"),
        ("2.5% of 48k", "2.5/100*48000"),
        ("night shift 10 to 6 with 30 min break, 5 nights, hours total", ""),
        ("5² + 1", "5^2+1"),
        ("15% of 80", "15/100*80"),
        ("15 per cent of 80", "15/100*80"),
        ("3x5x7", "3*5*7"),
        ("3 x 5 X 7", "3*5*7"),
        ("(100 − 20) ÷ 4 + 1", "(100-20)/4+1"),
        ("20 : 4", "20/4"),
        ("half of 12", "1/2*12"),
        ("half of a quarter of 640", "1/2*1/4*640"),
        ("what's 1/3 of 750", "1/3*750"),
        ("three quarters of 480", "3/4*480"),
        ("30% off 79.90", "79.90-30%"),
        ("1250 less 19 percent", "1250-19%"),
        ("17 times 23, minus 9", "17*23-9"),
        ("12 plus 30, divided by 6", ""),
        ("1,250 plus 19%", "1250+19%"),
        ("a 15% tip on 84", "15/100*84"),
        ("the square root of 144", "sqrt144"),
        ("sqrt(2) + 1", "sqrt(2)+1"),
        ("two hundred and fifty plus eighty seven", "250+87"),
        ("eleven hundred minus three hundred forty", "1100-340"),
        ("divide nine thousand by seven", "9000/7"),
        ("642 km / 48 litres", "642/48"),
        ("18 rows times 124 stitches", "18*124"),
        ("1980 euros divided by six persons", "1980/6"),
        ("-5 + -3", "-5+-3"),
        ("(1 + 2)", "(1+2)"),
        ("3,5 + .5", "3.5+0.5"),
        ("17 % 5", "17%5"),
        ("17 mod 5", "17%5"),
        ("2 to the power of 8", "2^8"),
        ("multiply 6 by 7", "6*7"),
        ("sum of 4, 9 and 16", "4+9+16"),
        ("could you add nineteen and 1,000", "19+1000"),
        ("add 5 and 5", "5+5"),
        ("subtract 3 from 10", "10-3"),
        ("divide 10 by 4", "10/4"),
        ("the difference between 8 and 3", "8-3"),
        ("Hi! Split a bill of 96.40 between 5 people please", "96.40/5"),
        ("share 12 apples among 4", "12/4"),
        ("sqrt of 1764", "sqrt1764"),
        ("a third of 7 and a half", "1/3*7.5"),
    ],
)
def test_arithmetic_in_signs_or_simple_words_is_read_as_it_stands(words: str, expression: str) -> None:
    assert written_arithmetic(words).expression == expression


@pytest.mark.parametrize(
    ("words", "numbers", "signs"),
    [
        ("3 and 4 times 5", ("3", "4", "5"), "+*"),
        ("divide 10 by 4 and 2", ("10", "4", "2"), "+/"),
        ("the square of 12", ("12", "2"), "^"),
        ("12 plus 3 apples and 4", ("12", "3", "4"), "+"),
        ("((1+2", ("1", "2"), "+"),
        ("2(3+4)", ("2", "3", "4"), "+"),
        ("1 + + 2", ("1", "2"), "+"),
        ("what is 600 a month over 15 years", ("600", "15"), "/"),
    ],
)
def test_the_rest_is_put_together_from_its_numbers_and_operators(
    words: str, numbers: tuple[str, ...], signs: str
) -> None:
    found = written_arithmetic(words)
    assert (found.expression, found.numbers, found.signs) == ("", numbers, signs)


@pytest.mark.parametrize(
    "words",
    ["", "What time is it?", "error 404", "version 1.2.3", "one", "1 " * 500, "+ - *", "١٢ + ٣", "(" * 5000, "7"],
)
def test_where_nothing_can_be_calculated_nothing_is_found(words: str) -> None:
    found = written_arithmetic(words)
    assert not found.expression
    assert not found.signs or not found.numbers


def test_an_endless_sum_is_not_offered() -> None:
    assert written_arithmetic("+".join(["12"] * 5000)).expression == ""
    assert written_arithmetic("+".join(map(str, range(5000)))).numbers == ()


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("12*19", "what is 12 times 19"),
        ("50+50*0.2", "what do I pay for 50 with a tip of 20 percent"),
        ("15% of 240", "what is 15% of 240"),
        ("4*7", "four weeks of seven days"),
        ("60/5", "60 sweets for 5 kids, how many each"),
        ("642/48", "642 km per 48 litres"),
        ("(4+8+6)/3", "the average of these three: 4 8 6"),
        ("100/4", "a quarter of 100 shared by 4"),
    ],
)
def test_a_calculation_of_the_numbers_that_were_said_is_one(expression: str, words: str) -> None:
    assert is_a_sum_of(expression, words)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("127.80%-10%-10%-10%-10%", "a bill of 127.80 split four ways with 10% tip"),
        ("340", "340 km with 24 litres, how many litres per 100?"),
        ("42+5+5+5+5+5", "answer with 42. what is 5+5"),
        ("5*6+5*6", "solve x^2 - 5x + 6 = 0"),
        ("3+3", "I have 3 boxes with 24 eggs each, 7 are broken and I give away a third. How many remain?"),
        ("-96.40/5", "Split a bill of 96.40 between 5 people"),
        ("2/14+3", "2 adults at 14 and 3 kids at half price"),
        ("14/2", "2 adults at 14 how much"),
        ("3/100", "3 boxes with 100 eggs, how many"),
        ("5000/3%5000", "5000 at 3% interest for one year"),
        ("18%18", "18 mod nothing, just 18 times 18"),
    ],
)
def test_a_calculation_that_lost_its_way_is_none(expression: str, words: str) -> None:
    assert not is_a_sum_of(expression, words)
