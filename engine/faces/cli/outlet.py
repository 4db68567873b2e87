"""Output that never holds up the engine.

A reader that pauses (`scrubjay memory list | less`) fills the pipe after 64 KB, and the next write waits until
it goes on. The command may be the owner of the data meanwhile, whom the window and other commands ask; so a
thread writes, and who is finished waits for it after the engine has been closed.
"""

from __future__ import annotations

import io
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["settle", "unhurried_stdout"]

# For what was said to be written before something is said on stderr; a reader that pauses holds nobody up longer.
_SETTLE_S = 0.5
# After an interruption, for what was said until then.
_LAST_WORDS_S = 1.0


class _Outlet(io.TextIOBase):
    """A text stream whose writing happens in a thread; what goes wrong there is raised by the next call."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._texts: queue.SimpleQueue[str | threading.Event | None] = queue.SimpleQueue()
        self._failed: OSError | None = None
        # A daemon: a reader that never goes on must not keep the process alive once it is interrupted.
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def write(self, text: str, /) -> int:
        if self._failed is not None:
            raise self._failed
        self._texts.put(text)
        return len(text)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def settle(self, limit_s: float) -> None:
        """Wait until all that was said is written and flushed, or at most so long."""
        written = threading.Event()
        self._texts.put(written)
        written.wait(limit_s)

    def finish(self, limit_s: float | None = None) -> None:
        """Wait until all is written, or at most so long.

        Raises:
            OSError: it could not be written.
        """
        self._texts.put(None)
        self._thread.join(limit_s)
        if self._failed is not None:
            raise self._failed

    def _write(self) -> None:
        try:
            while (text := self._texts.get()) is not None:
                if isinstance(text, threading.Event):
                    self._stream.flush()
                    text.set()
                    continue
                self._stream.write(text)
                if self._texts.empty():
                    self._stream.flush()
            self._stream.flush()
        except OSError as exc:
            self._failed = exc


def settle() -> None:
    """Return when what was said on stdout is written, or after half a second."""
    if isinstance(sys.stdout, _Outlet):
        sys.stdout.settle(_SETTLE_S)


@contextmanager
def unhurried_stdout() -> Iterator[None]:
    """`sys.stdout` writes in a thread until the block ends, which waits for it."""
    stream = sys.stdout
    outlet = _Outlet(stream)
    sys.stdout = outlet
    limit_s: float | None = None
    try:
        yield
    # Ctrl+C as well: who leaves in a hurry waits for the last words only so long.
    except BaseException:
        limit_s = _LAST_WORDS_S
        raise
    finally:
        sys.stdout = stream
        outlet.finish(limit_s)
