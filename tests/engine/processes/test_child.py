"""Children that are not ours: programs such as a Redis server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine.errors import WorkerError
from engine.processes import child as child_module
from engine.processes.child import LOG_LIMIT_BYTES, ChildProcess, ChildSpec, describe_exit
from engine.processes.identity import ProcessIdentity

WaitUntil = Callable[[Callable[[], bool]], Awaitable[None]]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX programs")
ROOT = Path(__file__).parents[3]

# A program that starts a foreign child (a shell with a child of its own) and is killed by the test.
PARENT = """
import asyncio, pathlib, sys
from engine.processes.child import ChildProcess, ChildSpec

async def run():
    log = pathlib.Path(sys.argv[1])
    argv = ["/bin/sh", "-c", "sleep 600 & echo $$ $! >&2; wait"]
    child = await ChildProcess.spawn(ChildSpec("foreign", argv, log))
    await child.wait()

asyncio.run(run())
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log" / "child.log"


def _text(path: Path) -> str:
    return path.read_text()


def _fill(path: Path, size_bytes: int) -> None:
    path.write_bytes(bytes(size_bytes))


async def _run(spec: ChildSpec) -> int:
    child = await ChildProcess.spawn(spec)
    async with asyncio.timeout(20):
        return await child.wait()


@pytest.mark.parametrize("watch", ["descriptor", "thread"])
async def test_return_code_is_told(log: Path, monkeypatch: pytest.MonkeyPatch, watch: str) -> None:
    if watch == "thread":
        monkeypatch.setattr(child_module, "_exit_descriptor", lambda pid: None)
    assert await _run(ChildSpec("exits", ["/bin/sh", "-c", "exit 3"], log)) == 3
    assert await _run(ChildSpec("kills itself", ["/bin/sh", "-c", "kill -9 $$"], log)) == -9


async def test_output_goes_to_the_log(log: Path) -> None:
    await _run(ChildSpec("talks", ["/bin/sh", "-c", "echo out; echo err >&2"], log))
    assert _text(log) == "out\nerr\n"


async def test_arguments_arrive_as_they_are(log: Path) -> None:
    odd = ["", " ", "a b", "$HOME", '"', "'", "\\", "*", "-n", "new\nline"]
    await _run(ChildSpec("prints", ["/usr/bin/printf", "[%s]", *odd], log, nice=1, memory_limit_bytes=2**30))
    assert _text(log) == "".join(f"[{word}]" for word in odd)


async def test_large_log_is_set_aside_at_the_next_start(log: Path) -> None:
    log.parent.mkdir()
    _fill(log, LOG_LIMIT_BYTES + 1)
    await _run(ChildSpec("talks", ["/bin/sh", "-c", "echo new"], log))
    assert _text(log) == "new\n"
    assert log.with_name("child.1.log").stat().st_size == LOG_LIMIT_BYTES + 1


async def test_log_that_cannot_be_written_does_not_keep_the_child_from_running(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert await _run(ChildSpec("talks", ["/bin/sh", "-c", "echo x"], tmp_path / "file" / "a.log")) == 0


async def test_missing_program_is_a_sentence(log: Path) -> None:
    with pytest.raises(WorkerError, match="missing"):
        await ChildProcess.spawn(ChildSpec("nothing", ["/no/such/program"], log))


async def test_streams_talk_to_the_child(log: Path) -> None:
    child = await ChildProcess.spawn(ChildSpec("cat", ["cat"], log, stdio=True))
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b"a line\n")
    async with asyncio.timeout(20):
        assert await child.stdout.readline() == b"a line\n"
    assert await child.stop() == -signal.SIGTERM


async def test_child_that_ignores_terminate_is_killed(log: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 600; done"
    child = await ChildProcess.spawn(ChildSpec("deaf", ["/bin/sh", "-c", script], log, stdio=True))
    assert child.stdout is not None
    await child.stdout.readline()
    assert await child.stop(terminate_s=0.2) == -signal.SIGKILL


async def test_own_handler_of_terminate_is_heard(log: Path) -> None:
    script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"
    child = await ChildProcess.spawn(ChildSpec("saves", ["/bin/sh", "-c", script], log, stdio=True))
    assert child.stdout is not None
    await child.stdout.readline()
    assert await child.stop(terminate_s=10) == 7
    assert child.returncode == 7
    assert await child.stop() == 7


async def test_whole_tree_ends_with_the_child(log: Path, wait_until: WaitUntil) -> None:
    spec = ChildSpec("tree", ["/bin/sh", "-c", "sleep 600 & setsid sleep 600 & echo $!; wait"], log, stdio=True)
    child = await ChildProcess.spawn(spec)
    assert child.stdout is not None
    await child.stdout.readline()
    await wait_until(lambda: len(_below(child.pid)) == 2)
    family = _below(child.pid)
    await child.stop(terminate_s=0)
    await wait_until(lambda: not any(member.is_alive() for member in family))


def _below(pid: int) -> list[ProcessIdentity]:
    import psutil

    return [m for p in psutil.Process(pid).children(recursive=True) if (m := ProcessIdentity.of(p.pid))]


async def test_foreign_child_and_its_children_die_with_the_parent(tmp_path: Path, wait_until: WaitUntil) -> None:
    log = tmp_path / "foreign.log"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = await ChildProcess.spawn(
        ChildSpec("parent", [sys.executable, "-c", PARENT, str(log)], tmp_path / "parent.log", env=env)
    )
    await wait_until(lambda: log.exists() and _text(log).endswith("\n"))
    family = [ProcessIdentity.of(int(pid)) for pid in _text(log).split()]
    assert None not in family
    os.kill(parent.pid, signal.SIGKILL)
    await wait_until(lambda: not any(member.is_alive() for member in family if member))
    await parent.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="flock")
async def test_lock_handed_to_a_child_is_free_once_it_has_ended(tmp_path: Path, log: Path) -> None:
    import fcntl

    path = tmp_path / "lock"
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        child = await ChildProcess.spawn(ChildSpec("holds", ["sleep", "600"], log, pass_fds=(held.fileno(),)))
    with path.open("w") as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        await child.stop()
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_identity_is_of_the_program_and_ends_with_it(log: Path, wait_until: WaitUntil) -> None:
    child = await ChildProcess.spawn(ChildSpec("sleeps", ["sleep", "600"], log))
    await wait_until(lambda: "sleep" in child.identity.executable or "coreutils" in child.identity.executable)
    identity = child.identity
    assert identity.is_alive()
    await child.stop()
    assert not identity.is_alive()
    assert not identity.kill()
    assert child.identity == identity


def test_zombie_is_not_alive() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        identity = ProcessIdentity.of(process.pid)
        assert identity is not None
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not identity.is_alive()


def test_process_that_only_has_the_same_number_is_not_killed() -> None:
    ours = ProcessIdentity.of(os.getpid())
    assert ours is not None
    assert ours.is_alive()
    for other in (
        ProcessIdentity(ours.pid, ours.start_time + "1", ours.executable),
        ProcessIdentity(ours.pid, ours.start_time, "/bin/other"),
    ):
        assert not other.is_alive()
        assert not other.kill()


def test_end_of_a_child_is_told_in_words() -> None:
    assert [describe_exit(c) for c in (0, 3, -9, -4, 0xC000001D, -4096, None)] == [
        "exit code 0",
        "exit code 3",
        "signal SIGKILL",
        "an instruction that this processor does not have",
        "an instruction that this processor does not have",
        "exit code -4096",
        "it could not be ended",
    ]
