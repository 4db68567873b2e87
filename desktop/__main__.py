"""The one entry point: `scrubjay` opens the window, `scrubjay COMMAND` is the command line, and
`scrubjay --worker=ROLE` is what the application starts its own workers with.

Importing this file imports neither PySide6 nor the engine: a worker, which needs neither, starts fast.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence

WORKER_FLAG = "--worker="


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for and return the exit code."""
    multiprocessing.freeze_support()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0].startswith(WORKER_FLAG):
        from engine.workers import main as run_worker

        return run_worker(arguments[0])
    from engine.faces.cli.app import main as run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
