"""Runs the real command line in a process of its own, as a person does."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from desktop.__main__ import main

COMMAND = (sys.executable, "-c", "import sys; from desktop.__main__ import main; sys.exit(main())")
LIMIT_S = 120.0


class Scrubjay:
    """The command line with a data directory of its own."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = {**os.environ, "SCRUBJAY_DATA_DIR": str(data_dir), **environment}

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command; whoever starts it waits for it."""
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            env=self.environment,
        )

    def run(self, *arguments: str | Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its exit code must be `code` (None: any)."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=LIMIT_S)
        assert "Traceback" not in err, err
        assert code is None or process.returncode == code, (process.returncode, out, err)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def run_here(self, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command in this process, where only its words matter: a start takes most of a second."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), patch.dict(os.environ, self.environment):
            ended = main([*map(str, arguments)])
        assert ended == code, (ended, out.getvalue(), err.getvalue())
        return subprocess.CompletedProcess(arguments, ended, out.getvalue(), err.getvalue())

    def json(self, *arguments: str | Path, code: int | None = 0) -> list[dict[str, Any]]:
        """The JSON lines that a command prints."""
        return [json.loads(line) for line in self.run(*arguments, "--json", code=code).stdout.splitlines()]

    def json_here(self, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
        """The JSON lines of a command in this process, as with `run_here`."""
        return [json.loads(line) for line in self.run_here(*arguments, "--json", code=code).stdout.splitlines()]

    def ask(self, question: str, *arguments: str | Path) -> dict[str, Any]:
        """The answer object of a question."""
        return self.json("ask", question, *arguments)[-1]
