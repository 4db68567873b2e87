"""The one entry point: `scrubjay` opens the window, `scrubjay COMMAND` is the command line, and
`scrubjay --worker=ROLE` is what the application starts its own workers with.

Importing this file imports neither PySide6 nor the engine: a worker, which needs neither, starts fast.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

WORKER_FLAG = "--worker="
# What start at login gives: no window until the person asks for one.
IN_TRAY = "--tray"
# What a window gives to the one that it starts with another folder, chosen because the usual one cannot be used.
KEEP_FOLDER = "--keep-folder"


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for and return the exit code."""
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    # Stopped before the command line is there to say so.
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    if getattr(sys, "frozen", False):
        # A bundle starts itself where Python would start a child of multiprocessing.
        import multiprocessing

        multiprocessing.freeze_support()
    if arguments and arguments[0].startswith(WORKER_FLAG):
        from engine.workers import main as run_worker

        return run_worker(arguments[0])
    in_tray, keep_folder = IN_TRAY in arguments, KEEP_FOLDER in arguments
    given = [a for a in arguments if a not in (IN_TRAY, KEEP_FOLDER)]
    window = window_arguments(given)
    if window is not None:
        return import_app().run_window(*window, in_tray=in_tray, keep_folder=keep_folder)
    missing = missing_file(given)
    if missing:
        from engine.faces.cli.output import note, one_line

        note(f"There is no file or folder {one_line(missing)}.")
        return 1
    from engine.faces.cli.app import main as run_command

    return run_command(arguments)


def import_app() -> ModuleType:
    """`desktop.app`, the fast way."""
    # What is made until the first paint stays; looking through it for garbage again and again finds none.
    # `run_window` collects again once the window is painted.
    gc.disable()
    from desktop.platform.imports import import_without_reading_source

    import_without_reading_source()
    from desktop import app

    return app


def window_arguments(arguments: Sequence[str]) -> tuple[Path | None, list[str]] | None:
    """Data directory and files for the window; None where a command is meant.

    The window opens for no arguments, and for files and folders that exist ("Open with", a drop on the icon);
    `--data-dir DIR` may stand before them.
    """
    name, rest = _folder_and_rest(arguments)
    if name is not None and not name.strip():
        return None  # the command line says what is wrong with it
    data_dir = Path(name).expanduser() if name is not None else None
    return (data_dir, rest) if all(_is_path(a) and Path(a).exists() for a in rest) else None


def missing_file(arguments: Sequence[str]) -> str:
    """The first of files for the window that is not there; "" where a command is meant."""
    _, rest = _folder_and_rest(arguments)
    if not rest or not _is_path(rest[0]):
        return ""
    return next((a for a in rest if _is_path(a) and not Path(a).exists()), "")


def _folder_and_rest(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """What `--data-dir` says at the front, and what stands behind it."""
    rest = list(arguments)
    if rest[:1] == ["--data-dir"] and len(rest) > 1:
        return rest[1], rest[2:]
    if rest and rest[0].startswith("--data-dir="):
        return rest[0].partition("=")[2], rest[1:]
    return None, rest


def _is_path(argument: str) -> bool:
    """One that has a separator or a suffix: `scrubjay search` in a folder with a "search" stays a command."""
    return not argument.startswith("-") and bool(os.sep in argument or Path(argument).suffix)


if __name__ == "__main__":
    sys.exit(main())
