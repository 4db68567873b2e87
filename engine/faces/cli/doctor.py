"""`scrubjay doctor`: what runs here, and what to do where something does not."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from engine.engine import Engine
from engine.faces.cli.output import EXIT_FAILED, run, say, say_json


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Tell what runs, versions, sizes, and problems with their cure."""

    async def work(engine: Engine) -> int:
        report = await engine.doctor()
        if as_json:
            say_json(report)
        else:
            _print(report)
        return EXIT_FAILED if report["problems"] else 0

    run(context.obj, work, as_json=as_json)


def _print(report: dict[str, Any]) -> None:
    for section, rows in report.items():
        if section == "problems":
            continue
        say(section)
        for name, value in rows.items():
            say(f"  {name:<22} {value}")
    say("problems")
    for problem in report["problems"]:
        say(f"  {problem['sentence']}")
    if not report["problems"]:
        say("  none")
