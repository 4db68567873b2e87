"""What only a process can do: crash, be stopped, write garbage, outlive its parent (it must not)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import struct
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine.errors import WorkerCrashedError, WorkerError, WorkerHungError
from engine.processes import link
from engine.processes import worker as worker_module
from engine.processes.child import ChildProcess, ChildSpec
from engine.processes.framing import MAX_FRAME_BYTES
from engine.processes.identity import ProcessIdentity
from engine.processes.worker import Worker

Create = Callable[..., Worker]
WaitUntil = Callable[[Callable[[], bool]], Awaitable[None]]
HERE = Path(__file__).parent
ROOT = HERE.parents[2]

# A program that starts a worker and is killed by the test while the worker is at work.
PARENT = """
import asyncio, json, pathlib, sys, threading
from engine.processes.worker import Worker

async def run():
    worker = Worker("trial", config={}, log_dir=pathlib.Path(sys.argv[1]), factory="trial_role:create_role")
    await worker.start()
    spawned = await worker.call("spawn")
    work = asyncio.create_task(worker.call(sys.argv[2], seconds=600))
    print(json.dumps([worker.pid, spawned["same_group"]]), flush=True)
    await work

if sys.argv[3] == "main":
    asyncio.run(run())
else:
    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()
"""


async def test_partial_answer_is_kept_and_the_next_call_starts_anew(create_worker: Create) -> None:
    worker = create_worker()
    stream = worker.stream("abort")
    assert (await anext(stream))["number"] == 0
    with pytest.raises(WorkerCrashedError, match="SIGABRT"):
        await anext(stream)
    assert worker.state == "crashed"
    assert await worker.call("echo", n=1) == {"n": 1}
    assert worker.restarts == 1


async def test_a_library_for_another_processor_is_said(create_worker: Create) -> None:
    worker = create_worker()
    stream = worker.stream("wait")
    await anext(stream)
    os.kill(worker.pid or 0, signal.SIGILL)
    with pytest.raises(WorkerCrashedError, match=r"built for another one\. Install Scrubjay anew.*trial\.log"):
        await anext(stream)


async def test_where_an_abort_came_from_is_in_the_log(create_worker: Create) -> None:
    worker = create_worker()
    with pytest.raises(WorkerCrashedError, match=r"trial\.log"):
        await worker.call("abort")
    assert "do_abort" in worker.log_path.read_text()


async def test_every_request_in_flight_hears_of_a_crash(create_worker: Create) -> None:
    worker = create_worker()
    answers = await asyncio.gather(
        worker.call("abort"), worker.call("echo"), worker.call("echo"), return_exceptions=True
    )
    assert [type(a) for a in answers] == [WorkerCrashedError] * 3


async def test_worker_killed_while_idle_is_replaced(create_worker: Create, wait_until: WaitUntil) -> None:
    worker = create_worker()
    await worker.start()
    first = worker.identity
    assert first is not None
    assert first.kill()
    await wait_until(lambda: worker.state == "crashed")
    assert not first.is_alive()
    assert await worker.call("echo", n=1) == {"n": 1}
    assert worker.identity != first


async def test_third_crash_in_a_minute_refuses_until_reset(create_worker: Create) -> None:
    worker = create_worker(config={"crash_at_start": True})
    for _ in range(3):
        with pytest.raises(WorkerCrashedError, match="try again"):
            await worker.call("echo")
    assert worker.state == "refused"
    with pytest.raises(WorkerCrashedError, match="3 times within a minute"):
        await worker.call("echo")
    worker.reset()
    with pytest.raises(WorkerCrashedError, match="try again"):
        await worker.call("echo")


async def test_worker_that_does_not_start_is_given_up(create_worker: Create, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "START_LIMIT_S", 0.5)
    worker = create_worker(config={"hang_at_start": True})
    with pytest.raises(WorkerHungError, match="did not start"):
        await worker.start()
    assert worker.state == "crashed"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        struct.pack("<I", MAX_FRAME_BYTES + 1),
        struct.pack("<I", 3) + b"\xc1\xc1\xc1",
        struct.pack("<I", 16) + b"\x83\xa1v\x02\xa2id\x01\xa2op\xa4done",
    ],
    ids=["text", "oversize", "no msgpack", "other version"],
)
async def test_garbage_ends_the_worker_and_nothing_else(create_worker: Create, data: bytes) -> None:
    worker = create_worker()
    with pytest.raises(WorkerCrashedError):
        await worker.call("garbage", data=data)
    assert await worker.call("echo", n=1) == {"n": 1}


async def test_stopped_worker_is_a_hang(create_worker: Create, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "STOPPED_S", 1.0)
    worker = create_worker()
    stream = worker.stream("wait")
    await anext(stream)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    with pytest.raises(WorkerHungError, match="stopped from outside"):
        await anext(stream)
    assert await worker.call("echo", n=1) == {"n": 1}


async def test_stopped_worker_can_be_closed(create_worker: Create) -> None:
    worker = create_worker()
    await worker.start()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    await worker.aclose()
    assert worker.state == "closed"


async def test_call_that_holds_the_gil_is_not_taken_for_stopped(
    create_worker: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "STOPPED_S", 0.5)
    assert await create_worker().call("hold_gil", seconds=2.0) == {}


async def test_what_libraries_print_goes_to_the_log(create_worker: Create) -> None:
    worker = create_worker()
    await worker.call("print")
    assert await worker.call("echo", n=1) == {"n": 1}
    log = worker.log_path.read_text()
    assert [w in log for w in ("on stdout", "descriptor 1", "descriptor 2")] == [True] * 3
    assert stat.S_IMODE(worker.log_path.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_worker_is_nice_private_and_first_to_go_when_memory_runs_out(create_worker: Create) -> None:
    limits = await create_worker(nice=5).call("limits")
    assert limits == {"nice": min(os.nice(0) + 5, 19), "oom_score_adj": 500, "umask": 0o077}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold this limit")
async def test_memory_limit_fails_the_request_with_a_sentence(create_worker: Create) -> None:
    worker = create_worker(memory_limit_bytes=600 * 2**20)
    with pytest.raises(WorkerError, match="more memory"):
        await worker.call("allocate", size=800 * 2**20)
    assert await worker.call("allocate", size=2**20) == {"size": 2**20}


async def test_grandchildren_end_when_the_worker_is_closed(create_worker: Create, wait_until: WaitUntil) -> None:
    worker = create_worker()
    spawned = await worker.call("spawn")
    grandchild = ProcessIdentity.of(spawned["same_group"])
    assert grandchild is not None
    await worker.aclose()
    await wait_until(lambda: not grandchild.is_alive())


async def test_grandchildren_end_when_the_worker_crashes(create_worker: Create, wait_until: WaitUntil) -> None:
    worker = create_worker()
    spawned = await worker.call("spawn")
    grandchild = ProcessIdentity.of(spawned["same_group"])
    assert grandchild is not None
    with pytest.raises(WorkerCrashedError):
        await worker.call("abort")
    await wait_until(lambda: not grandchild.is_alive())


async def test_grandchildren_of_a_hung_worker_end_wherever_they_went(
    create_worker: Create, wait_until: WaitUntil
) -> None:
    worker = create_worker(hang_s=0.6)
    spawned = await worker.call("spawn", apart=True)
    grandchildren = [ProcessIdentity.of(pid) for pid in spawned.values()]
    assert None not in grandchildren
    with pytest.raises(WorkerHungError):
        await worker.call("hang")
    await wait_until(lambda: not any(g.is_alive() for g in grandchildren if g))


@pytest.mark.parametrize(("op", "thread"), [("wait", "main"), ("hold_gil", "main"), ("hold_gil", "other")])
async def test_worker_and_its_children_die_with_the_parent(
    tmp_path: Path, wait_until: WaitUntil, op: str, thread: str
) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    argv = [sys.executable, "-c", PARENT, str(tmp_path), op, thread]
    parent = await ChildProcess.spawn(ChildSpec("parent", argv, tmp_path / "parent.log", env=env, stdio=True))
    assert parent.stdout is not None
    async with asyncio.timeout(20):
        pids = json.loads(await parent.stdout.readline())
    children = [ProcessIdentity.of(pid) for pid in pids]
    assert None not in children
    os.kill(parent.pid, signal.SIGKILL)  # not its group: the worker is on its own
    await wait_until(lambda: not any(c.is_alive() for c in children if c is not None))
    await parent.stop()


def test_worker_runs_from_a_loop_in_another_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    answers: list[object] = []

    async def session() -> None:
        worker = Worker("trial", config={}, log_dir=tmp_path, factory="trial_role:create_role")
        answers.append(await worker.call("echo", n=1))
        await worker.aclose()

    thread = threading.Thread(target=lambda: asyncio.run(session()))
    thread.start()
    thread.join(timeout=30)
    assert answers == [{"n": 1}]
