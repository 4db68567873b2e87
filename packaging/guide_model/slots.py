"""What fills a slot by invention rather than from a list: words, names, numbers, dates, options, codes."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from pathlib import Path

WORDINGS = Path(__file__).with_name("wordings")


def read_lines(path: Path) -> list[str]:
    """Lines of a file of wordings; empty ones and `##` comments are left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("##")]


def _list(name: str) -> list[str]:
    return read_lines(WORDINGS / "lists" / f"{name}.txt")


_ONSETS, _RIMES = _list("onset"), _list("rime")
_MONTHS, _DAYS = _list("month"), _list("weekday")
_OPTION_WORDS = _list("option_word")
_FILE_ENDINGS = ("pdf", "docx", "md", "txt", "py", "toml", "json", "yaml", "html", "cfg", "csv")
_MAIL_ENDINGS = ("com", "org", "de", "co.uk", "net")


def invented_word(draw: random.Random) -> str:
    """A pronounceable word that no language has; one in eight carries an umlaut."""
    return "".join(draw.choice(_ONSETS) + draw.choice(_RIMES) for _ in range(draw.randint(1, 3)))


def _invented_name(draw: random.Random) -> str:
    return invented_word(draw).capitalize()


def _number(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.45:
        return str(draw.randint(0, 20))
    if kind < 0.75:
        return str(draw.randint(0, 999))
    if kind < 0.85:
        return f"{draw.randint(0, 99)}.{draw.randint(0, 99)}"
    if kind < 0.9:
        return f"{draw.randint(1, 999)},{draw.randint(0, 999):03d}"
    return str(draw.randint(1000, 999999))


def _date(draw: random.Random) -> str:
    day, month, year = draw.randint(1, 31), draw.randint(1, 12), draw.randint(1950, 2035)
    name = _MONTHS[month - 1]
    return draw.choice(
        (
            f"{day} {name}",
            f"{name} {day}",
            f"{day} {name} {year}",
            f"{day}.{month}.{year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{month}/{day}/{year}",
            draw.choice(_DAYS),
            f"{draw.choice(_DAYS)}, {day} {name[:3]}",
            f"the {day}th of {name}",
            f"{name} {year}",
        )
    )


def _clock_time(draw: random.Random) -> str:
    hour, minute = draw.randint(0, 23), draw.choice((0, 15, 30, 45, 20, 50))
    return draw.choice(
        (
            f"{hour}:{minute:02d}",
            f"{hour % 12 + 1} {draw.choice(('am', 'pm'))}",
            f"{hour % 12 + 1}{draw.choice(('am', 'pm'))}",
        )
    )


def _letters(draw: random.Random, alphabet: str, low: int, high: int) -> str:
    return "".join(draw.choice(alphabet) for _ in range(draw.randint(low, high)))


def _email(draw: random.Random) -> str:
    person = f"{invented_word(draw)}{draw.choice(('.', '_', ''))}{invented_word(draw)}"
    return f"{person}@{invented_word(draw)}.{draw.choice(_MAIL_ENDINGS)}"


def _serial(draw: random.Random) -> str:
    letters = _letters(draw, string.ascii_uppercase, 1, 3)
    return f"{letters}{draw.choice(('-', '', ' '))}{_letters(draw, string.digits, 2, 7)}"


def _secret(draw: random.Random) -> str:
    return _letters(draw, string.ascii_letters + string.digits + "!#$%&*_-", 6, 14)


def _option(draw: random.Random) -> str:
    words = [
        draw.choice(_OPTION_WORDS) if draw.random() < 0.7 else invented_word(draw) for _ in range(draw.randint(1, 3))
    ]
    return draw.choice(
        ("--" + "-".join(words), "--" + "-".join(words), "-" + words[0][0], "_".join(words), ".".join(words))
    )


def _environment(draw: random.Random) -> str:
    words = [
        draw.choice(_OPTION_WORDS) if draw.random() < 0.6 else invented_word(draw) for _ in range(draw.randint(2, 3))
    ]
    return "_".join(words).upper()


def _function(draw: random.Random) -> str:
    words = [
        draw.choice(_OPTION_WORDS) if draw.random() < 0.7 else invented_word(draw) for _ in range(draw.randint(1, 3))
    ]
    camel = words[0] + "".join(word.capitalize() for word in words[1:])
    return draw.choice(("_".join(words) + "()", camel, camel + "()", "_".join(words), camel[:1].upper() + camel[1:]))


def _file(draw: random.Random) -> str:
    stem = draw.choice(("_", "-", "")).join(
        draw.choice(_OPTION_WORDS) if draw.random() < 0.5 else invented_word(draw) for _ in range(draw.randint(1, 2))
    )
    return f"{draw.choice(('', '', '~/', 'src/', '/etc/'))}{stem}.{draw.choice(_FILE_ENDINGS)}"


def _phone(draw: random.Random) -> str:
    area, number = _letters(draw, string.digits, 3, 4), _letters(draw, string.digits, 3, 5)
    return f"{draw.choice(('0', '+49 ', '555-', '+1 '))}{area}{draw.choice((' ', '-', ''))}{number}"


def _mash(draw: random.Random) -> str:
    row = draw.choice(
        ("asdfghjkl", "qwertyuiop", "zxcvbnm", "jfkdlsa", string.ascii_lowercase, "asdfjkl;", "0123456789qwe", "!?#%&*")
    )
    return " ".join(_letters(draw, row, 2, 10) for _ in range(draw.randint(1, 4)))


SLOTS: dict[str, Callable[[random.Random], str]] = {
    "invented": invented_word,
    "invented_name": _invented_name,
    "number": _number,
    "small": lambda draw: str(draw.randint(1, 12)),
    "year": lambda draw: str(draw.randint(1900, 2035)),
    "date": _date,
    "time": _clock_time,
    "email": _email,
    "serial": _serial,
    "secret": _secret,
    "option": _option,
    "environment": _environment,
    "function": _function,
    "file": _file,
    "mash": _mash,
    "phone": _phone,
    "url": lambda draw: f"{draw.choice(('https://', 'www.', ''))}{invented_word(draw)}.example/{invented_word(draw)}",
    "emoji": lambda draw: "".join(draw.choice("😀😂👍🎉❤🔥🙏🤔😢🐦🌧🍕🚀👋✨") for _ in range(draw.randint(1, 4))),
}
