"""What help shows: versions, licences, the report of a problem, the guide. Nothing of it leaves the computer."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, qVersion
from shiboken6 import isValid

from desktop.context import Context
from desktop.diagnosis import LastRun, last_run, tail_of
from resources import resource_path

# Our own metadata names all libraries; a checkout whose metadata is older may lack those of the window.
ROOTS = ("scrubjay", "pyside6-essentials", "qasync", "pyqtgraph", "pygments")
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
DOCTOR_LIMIT_S = 10.0
# Of what is shown of a run that ended badly; the rest stands at the end of the report.
CRASH_LINES, LAST_LINES = 30, 10
SAMPLE = "Welcome to Scrubjay.pdf"


@dataclass(frozen=True)
class Licence:
    """A library or model that comes with Scrubjay.

    Attributes:
        name: with its version.
        licence: in short.
        text: in full, where it came along.
    """

    name: str
    licence: str
    text: str


def list_versions() -> dict[str, str]:
    """What Scrubjay runs on here; without the engine."""
    found = {"Scrubjay": _version_of("scrubjay"), "Python": platform.python_version(), "Qt": qVersion()}
    for name in ("PySide6-Essentials", "llama-cpp-python", "onnxruntime", "redis", "numpy", "pypdfium2"):
        found[name] = _version_of(name)
    return found | {"System": platform.platform()}


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "–"


# Licences


def load_licences(context: Context, done: Callable[[list[Licence]], None], owner: QObject) -> None:
    """Every library that Scrubjay uses and every model that it ships, by name."""
    _spawn(context, lambda: asyncio.to_thread(list_licences), done, owner)


def list_licences() -> list[Licence]:
    """As `load_licences`, in this thread: it reads some hundred files."""
    libraries = [_licence_of(found) for found in sorted(distributions().items())]
    return libraries + _licences_of_models()


def distributions() -> dict[str, metadata.Distribution]:
    """Scrubjay and all that it needs, by normalised name."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(ROOTS)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.distribution(name)
            for needed in found[name].requires or ():
                match = re.match(r"[A-Za-z0-9._-]+", needed)
                if match and "extra ==" not in needed:
                    waiting.append(match.group())
    return found


def _licence_of(item: tuple[str, metadata.Distribution]) -> Licence:
    name, distribution = item
    texts = []
    for file in distribution.files or ():
        folder = file.parent.name if ".dist-info" in str(file) else ""
        if LICENCE_FILE.search(f"{folder}/{file.name}") and file.suffix not in (".py", ".pyc"):
            with contextlib.suppress(OSError, UnicodeDecodeError):
                texts.append(file.read_text().strip())
    about = distribution.metadata
    short = about.get("License-Expression") or (about.get("License") or "").split("\n")[0].strip()
    if not short or len(short) > 60:
        classes = [c.rsplit("::", 1)[-1].strip() for c in about.get_all("Classifier") or () if c.startswith("License")]
        short = ", ".join(classes) or "see text"
    text = "\n\n".join(dict.fromkeys(texts))
    return Licence(f"{about.get('Name') or name} {distribution.version}", short, text or _text_of(short))


def _text_of(short: str) -> str:
    """The text of a licence that a library names and does not bring along; that of Qt asks for its text."""
    files = [path for path in sorted(resource_path("licences").glob("*.txt"), reverse=True) if path.stem in short]
    # The lesser licence is written on top of the general one.
    if files and files[0].stem.startswith("LGPL"):
        files = [files[0], resource_path("licences", f"{files[0].stem.removeprefix('L')}.txt")]
    return "\n\n".join([short, *(path.read_text("utf-8") for path in dict.fromkeys(files))])


def _licences_of_models() -> list[Licence]:
    found = []
    for path in sorted(resource_path("models").glob("*/LICENSE")):
        text = path.read_text("utf-8")
        found.append(Licence(path.parent.name, text.strip().split("\n")[0].strip(), text))
    guide = resource_path("models", "guide.md")
    if guide.exists():
        found.append(Licence("guide", "MIT", guide.read_text("utf-8")))
    return found


# Report


def write_report(context: Context, done: Callable[[str], None], owner: QObject) -> None:
    """The report of a problem as text; paths of home shortened.

    How the last run ended, if badly; versions, what doctor says, the end of the log.
    """
    _spawn(context, lambda: _report(context), done, owner)


async def _report(context: Context) -> str:
    parts = [describe_bad_end(last_run())] if context.state.get("ended_badly") else []
    versions = list_versions()
    parts.append(_section("Versions", versions))
    engine = context.bridge.engine
    if engine is None:
        parts.append("Engine: not open")
    else:
        try:
            report = await asyncio.wait_for(engine.doctor(), DOCTOR_LIMIT_S)
        except Exception as error:  # noqa: BLE001 (a report is written whatever is broken)
            parts.append(f"doctor: {type(error).__name__}: {error}")
        else:
            parts += filter(None, (_doctor_section(name, value, versions) for name, value in report.items()))
    log = await asyncio.to_thread(tail_of, context.data_dir / "logs")
    parts.append(f"Log\n{log or 'empty'}")
    return shorten_home("\n\n".join(parts))


def describe_bad_end(run: LastRun) -> str:
    """What is known of a run that was not closed: when it began, what ended it, what it wrote last."""
    began = tr("Scrubjay began at {time} and was not closed.").format(time=run.began) if run.began else ""
    lines = [tr("What happened"), f"  {began or tr('Scrubjay was not closed the last time.')}"]
    if run.crash:
        lines.append(f"  {tr('A fault in the program ended it:')}")
        lines += [f"    {line}" for line in run.crash.splitlines()[:CRASH_LINES]]
    else:
        lines.append(
            f"  {tr('No fault of its own ended it: the computer stopped, or the system or somebody ended Scrubjay.')}"
        )
    if run.log:
        lines.append(f"  {tr('The last that it wrote:')}")
        lines += [f"    {line}" for line in run.log[-LAST_LINES:]]
    return "\n".join(lines)


def tr(text: str) -> str:
    return QCoreApplication.translate("Report", text)


def _doctor_section(name: str, value: object, said: dict[str, str]) -> str:
    """A part of what doctor says, without what was said already; "" where nothing is left of it."""
    if isinstance(value, dict):
        known = {version.casefold() for version in said}
        rows = {
            row: words
            for row, words in value.items()
            if row.casefold() not in known and not (row == "version" and name.casefold() in known)
        }
        return _section(name.capitalize(), rows) if rows else ""
    lines = [each.get("sentence", str(each)) for each in value] if isinstance(value, list) else [str(value)]
    return "\n".join([name.capitalize(), *(f"  {line}" for line in lines or ["none"])])


def _section(title: str, rows: dict[str, Any]) -> str:
    return "\n".join([title, *(f"  {name}: {value}" for name, value in rows.items())])


def shorten_home(text: str) -> str:
    """The text with the person's home folder, which holds their name, as ~."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


# Guide


def open_guide(context: Context) -> None:
    """Show the document that explains Scrubjay, beside the panel; where it is missing, the assistant."""
    from desktop.operations.sources import open_file_in_sheet

    sample = resource_path("sample", SAMPLE)
    if sample.exists():
        open_file_in_sheet(context, str(sample))
    else:
        context.actions["help.setup"].trigger()


def _spawn(context: Context, work: Callable[[], Awaitable[Any]], done: Callable[[Any], None], owner: QObject) -> None:
    async def go() -> None:
        # Called here: a window that ends first never begins it.
        found = await work()
        if isValid(owner):
            done(found)

    context.bridge.spawn(go())
