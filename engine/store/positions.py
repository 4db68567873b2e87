"""Positions in the change stream: `milliseconds-number`, compared as numbers, never as text."""

from __future__ import annotations

from engine.errors import UsageError


def parse_position(position: str) -> tuple[int, int]:
    """The position as two numbers that compare; "" is before everything.

    Raises:
        UsageError: it is not a position.
    """
    if not position:
        return (0, 0)
    milliseconds, _, number = position.partition("-")
    try:
        return (int(milliseconds), int(number or 0))
    except ValueError as exc:
        raise UsageError(f"{position!r} is not a position in the change stream.") from exc
