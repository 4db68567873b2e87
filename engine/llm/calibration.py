"""How many threads, how large a batch, and whether the file is mapped: measured once per model and computer.

The right numbers differ with the processor, its cores of two kinds, the memory and the model, and nobody can
know them beforehand. A worker of its own, beside the one that answers, loads the model with a short context
and times the reading and the saying of a few tokens for one setting after the other; the weights are
mapped, so the second copy costs no memory unless the file is read instead of mapped, which is tried only
where there is room. All of it takes at most BUDGET_S, stops at once when somebody asks the model something, and
is never done twice. What is found is used from the next load on, and only where it gains MIN_GAIN: below that
it is noise.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.llm import protocol
from engine.llm.opening import default_threads
from engine.llm.reading import N_BATCH
from engine.processes.worker import Worker

__all__ = ["Calibration", "Calibrations", "calibrate"]

_log = logging.getLogger(__name__)
BUDGET_S = 5.0
# A measurement takes about so long, whatever the model: so many tokens are read and said as fit.
_READ_S, _SAID_S = 0.3, 0.2
_PROBE_READ, _PROBE_SAID = 32, 2
_MOST_READ, _MOST_SAID = 448, 32
# Tokens of the typical turn that the timed one stands for.
_TYPICAL_READ, _TYPICAL_SAID = 300, 150
MIN_GAIN = 0.05
_BATCHES = (128, 256)
_N_CTX = 512
# A file that took longer to load is not loaded again to try it without mapping.
_RELOAD_S = 1.0
_FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found best for a model on this computer.

    Attributes:
        n_threads: 0 is the rule that holds without a measurement: all cores but one.
        gain: how much sooner a typical turn is done than by that rule; 0.1 is a tenth.
        tried: settings that were timed.
        took_s: seconds that it took.
        complete: whether there was time for all settings.
    """

    n_threads: int = 0
    n_ubatch: int = N_BATCH
    use_mmap: bool = True
    gain: float = 0.0
    tried: int = 0
    took_s: float = 0.0
    complete: bool = False

    def to_config(self) -> dict[str, Any]:
        """As fields of a worker's configuration."""
        return {"n_threads": self.n_threads, "n_ubatch": self.n_ubatch, "use_mmap": self.use_mmap}

    @property
    def sentence(self) -> str:
        """For people."""
        if self.tried < 2:
            return "There was time to measure the usual settings only; others are tried the next time."
        if not self.gain:
            return f"The usual settings are the best of {self.tried} for this model on this computer."
        what = f"{self.n_threads or default_threads({})} threads, batches of {self.n_ubatch}"
        what += "" if self.use_mmap else ", file read instead of mapped"
        return f"{what}: {self.gain:.0%} faster than the usual settings (best of {self.tried})."


class Calibrations:
    """What was found for the models of this computer; kept in a cache file.

    Args:
        folder: of caches.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._found: dict[str, dict[str, Any]] = _load(self._path)

    def find(self, model: Path) -> Calibration | None:
        """What was found for a model; None where nobody measured, or another file or computer is there now."""
        found = self._found.get(_key(model))
        if not isinstance(found, dict):
            return None
        try:
            return Calibration(**found)
        except TypeError:
            return None

    def keep(self, model: Path, calibration: Calibration) -> None:
        """Remember what was found; blocking."""
        self._found[_key(model)] = asdict(calibration)
        with contextlib.suppress(OSError):
            self._path.touch(mode=0o600)
            self._path.write_text(json.dumps(self._found), "utf-8")


def _key(model: Path) -> str:
    """The file as it is, and the computer."""
    try:
        stat = model.stat()
    except OSError:
        return ""
    return f"{model}|{stat.st_size}|{stat.st_mtime_ns}|{platform.machine()}|{platform.processor()}|{os.cpu_count()}"


def _load(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


async def calibrate(
    model: Path, log_dir: Path, *, is_wanted: Callable[[], bool], may_copy: bool = False, budget_s: float = BUDGET_S
) -> Calibration | None:
    """Time settings for a GGUF file until the budget is spent; None where it was stopped or cannot be done.

    Args:
        is_wanted: asked between measurements; False stops at once.
        may_copy: there is room in memory for the weights a second time.
    """
    worker = Worker("llm", config={"path": str(model), "n_ctx": _N_CTX}, log_dir=log_dir)
    trial = _Trial(worker, str(model), is_wanted, time.monotonic() + budget_s)
    began = time.monotonic()
    try:
        async with aclosing(worker):
            best = await trial.run(may_copy)
    except _Stopped:
        return None
    except EngineError as exc:
        _log.info("a model was not calibrated: %s", exc)
        return None
    return replace(best, took_s=round(time.monotonic() - began, 2))


class _Stopped(Exception):
    """Somebody needs the computer; not an error."""


class _OutOfTime(Exception):
    """The budget is spent; what was found by then counts."""


class _Trial:
    """Times one setting after the other and keeps the best."""

    def __init__(self, worker: Worker, path: str, is_wanted: Callable[[], bool], deadline: float) -> None:
        self._worker, self._path, self._is_wanted, self._deadline = worker, path, is_wanted, deadline
        self._times: dict[tuple[int, int, bool], float] = {}
        self._read, self._said = _PROBE_READ, _PROBE_SAID

    async def run(self, may_copy: bool) -> Calibration:
        rule = (default_threads({}), N_BATCH, True)
        load_s = await self._open(use_mmap=True)
        # The first measurement is needed in any case; it may take longer than the rest of the budget.
        await self._probe(rule)
        # The rule is timed twice: whatever was not warm yet was so for the first.
        settings = [rule, *(other for other in _others(rule) if other[1] in (rule[1], *range(self._read))), rule]
        complete = await self._time_all(settings)
        best = self._best(rule)
        if complete and may_copy and load_s < _RELOAD_S and self._left() > 2 * load_s:
            with contextlib.suppress(_OutOfTime):
                await self._open(use_mmap=False)
                complete = await self._time_all([(*best[:2], False)])
            best = self._best(rule)
        gain = 1 - self._times[best] / self._times[rule]
        if gain < MIN_GAIN:
            best, gain = rule, 0.0
        n_threads = 0 if best[0] == rule[0] else best[0]
        return Calibration(n_threads, best[1], best[2], round(gain, 3), len(self._times), complete=complete)

    def _best(self, rule: tuple[int, int, bool]) -> tuple[int, int, bool]:
        return min(self._times, key=lambda setting: (self._times[setting], setting != rule))

    async def _probe(self, rule: tuple[int, int, bool]) -> None:
        """See how fast the model is, to choose how many tokens are timed."""
        found = await self._measure(rule)
        self._note(rule, found)
        self._read = _bounded(_READ_S / max(found["read_s"], 1e-6), 16, _MOST_READ)
        self._said = _bounded(_SAID_S / max(found["said_s"], 1e-6), 1, _MOST_SAID)

    async def _measure(self, setting: tuple[int, int, bool]) -> dict[str, Any]:
        fields = {"n_threads": setting[0], "batch": setting[1], "read": self._read, "said": self._said}
        return await self._call(protocol.MEASURE, **fields)

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    async def _open(self, *, use_mmap: bool) -> float:
        began = time.monotonic()
        await self._call(protocol.LOAD, path=self._path, use_mmap=use_mmap)
        return time.monotonic() - began

    async def _time_all(self, settings: list[tuple[int, int, bool]]) -> bool:
        """Time each; False where time ran out. The best time of a setting counts: others only disturb."""
        for setting in settings:
            try:
                self._note(setting, await self._measure(setting))
            except _OutOfTime:
                return False
        return True

    def _note(self, setting: tuple[int, int, bool], found: dict[str, Any]) -> None:
        took = found["read_s"] * _TYPICAL_READ + found["said_s"] * _TYPICAL_SAID
        self._times[setting] = min(took, self._times.get(setting, took))

    async def _call(self, op: str, **fields: Any) -> dict[str, Any]:
        """Ask the worker; stops the moment that it is not wanted any more."""
        call = asyncio.ensure_future(self._worker.call(op, **fields))
        try:
            while not call.done():
                if not self._is_wanted():
                    raise _Stopped
                if self._left() < 0 and self._times:
                    raise _OutOfTime
                await asyncio.wait({call}, timeout=0.02)
            return call.result()
        finally:
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)


def _bounded(number: float, least: int, most: int) -> int:
    return int(min(max(number, least), most))


def _others(rule: tuple[int, int, bool]) -> Iterator[tuple[int, int, bool]]:
    """Settings worth a try, the likeliest first: all cores, the half of them, smaller batches."""
    cores = default_threads({}) + 1
    for n_threads in dict.fromkeys((cores, cores // 2, 3 * cores // 4, max(1, cores // 4))):
        if n_threads >= 1 and n_threads != rule[0]:
            yield n_threads, rule[1], True
    for batch in _BATCHES:
        yield rule[0], batch, True
