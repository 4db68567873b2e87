"""The contract of a worker, on both hosts: what holds in a process holds in a thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine.errors import (
    DocumentError,
    ModelNotFoundError,
    UsageError,
    WorkerCrashedError,
    WorkerError,
    WorkerHungError,
)
from engine.processes.framing import FrameError
from engine.processes.worker import Worker
from engine.processes.worker_host import WINDOW_BYTES

Create = Callable[..., Worker]
WaitUntil = Callable[[Callable[[], bool]], Awaitable[None]]


async def test_answer_carries_what_was_asked(host: str, create_worker: Create) -> None:
    fields = {"text": "hé 鳥 \udc80\ud800", "data": b"\x00\xff", "list": [1, 2.5, None, True], "map": {"1": {}}}
    assert await create_worker(host).call("echo", **fields) == fields


async def test_answer_without_fields_is_empty(host: str, create_worker: Create) -> None:
    assert await create_worker(host).call("nothing") == {}


async def test_role_gets_plain_values_on_both_hosts(host: str, create_worker: Create) -> None:
    assert await create_worker(host, config={"pair": (1, 2)}).call("config") == {"config": {"pair": [1, 2]}}


async def test_stream_yields_every_message_and_done_last(host: str, create_worker: Create) -> None:
    messages = [m async for m in create_worker(host).stream("stream", n=1000)]
    assert [m.get("number") for m in messages[:-1]] == list(range(1000))
    assert messages[-1] == {"op": "done", "n": 1000}


async def test_overlapping_requests_each_get_their_own_answer(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    answers = await asyncio.gather(*(worker.call("echo", number=i) for i in range(50)))
    assert [a["number"] for a in answers] == list(range(50))


async def test_closing_a_stream_cancels_the_request(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    for op in ("wait", "wait_uninterrupted"):
        async with contextlib.aclosing(worker.stream(op)) as stream:
            assert (await anext(stream))["op"] == "started"
        assert await worker.call("echo", after=op) == {"after": op}


async def test_cancelling_a_call_cancels_the_request(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    await worker.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await worker.call("wait")
    assert await worker.call("echo", n=1) == {"n": 1}


async def test_request_cancelled_in_the_queue_does_not_run(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    async with contextlib.aclosing(worker.stream("wait")) as running:
        await anext(running)
        queued = asyncio.create_task(worker.call("wait"))
        await asyncio.sleep(0)
        queued.cancel()
        await asyncio.gather(queued, return_exceptions=True)
    assert await worker.call("echo", n=1) == {"n": 1}


async def test_errors_of_the_role_cross_as_they_are(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    with pytest.raises(DocumentError, match=r"The file is empty; nothing to read\.") as caught:
        await worker.call("fail")
    assert caught.value.state == "empty"
    assert worker.restarts == 0


@pytest.mark.parametrize("op", ["bug", "too_large", "unsendable", "no_such_op"])
async def test_bug_of_the_role_fails_one_request_only(host: str, create_worker: Create, op: str) -> None:
    worker = create_worker(host)
    with pytest.raises(WorkerError):
        await worker.call(op)
    assert await worker.call("echo", n=1) == {"n": 1}
    assert worker.restarts == 0


async def test_request_that_does_not_fit_is_refused_and_the_worker_goes_on(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    with pytest.raises(FrameError):
        await worker.call("echo", data=bytes(17 * 2**20))
    with pytest.raises(UsageError):
        await worker.call("echo", id=3)
    data = bytes(8 * 2**20)
    assert await worker.call("echo", data=data) == {"data": data}


async def test_role_that_cannot_be_made_says_why_and_is_no_crash(host: str, create_worker: Create) -> None:
    worker = create_worker(host, config={"missing": True})
    for _ in range(4):
        with pytest.raises(ModelNotFoundError, match="choose another"):
            await worker.call("echo")
    assert worker.state == "stopped"


async def test_slow_consumer_holds_the_role_back(host: str, create_worker: Create, wait_until: WaitUntil) -> None:
    worker, size = create_worker(host), 100_000
    async with contextlib.aclosing(worker.stream("stream", n=1000, size=size)) as stream:
        await anext(stream)
        assert worker._link is not None
        (request,) = worker._link._requests.values()
        await wait_until(lambda: request.unread_bytes >= WINDOW_BYTES - size)
    assert (await worker.call("sent"))["sent"] <= WINDOW_BYTES // size + 2


async def test_large_stream_arrives_whole(host: str, create_worker: Create) -> None:
    n = sum([1 async for m in create_worker(host).stream("stream", n=300, size=100_000)])
    assert n == 301


async def test_no_progress_is_a_hang(host: str, create_worker: Create) -> None:
    worker = create_worker(host, hang_s=0.6)
    with pytest.raises(WorkerHungError, match="no progress"):
        await worker.call("hang")
    assert await worker.call("echo", n=1) == {"n": 1}
    assert worker.restarts == 1


async def test_the_log_that_a_person_is_sent_to_says_why_a_worker_ended(host: str, create_worker: Create) -> None:
    worker = create_worker(host, hang_s=0.6, config={"path": "/models/owl.gguf"})
    with pytest.raises(WorkerHungError, match="Its log is"):
        await worker.call("hang")
    (line,) = [line for line in worker.log_path.read_text("utf-8").splitlines() if "no progress" in line]
    assert line.endswith("It had /models/owl.gguf.")


async def test_every_request_in_flight_hears_of_a_hang(host: str, create_worker: Create) -> None:
    worker = create_worker(host, hang_s=0.6)
    answers = await asyncio.gather(worker.call("hang"), worker.call("echo"), return_exceptions=True)
    assert [type(a) for a in answers] == [WorkerHungError, WorkerHungError]


async def test_counted_progress_is_no_hang(host: str, create_worker: Create) -> None:
    assert await create_worker(host, hang_s=2.0).call("work", seconds=2.6) == {}


async def test_closing_fails_what_is_in_flight_and_refuses_what_comes(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    stream = worker.stream("wait")
    await anext(stream)
    await worker.aclose()
    with pytest.raises(WorkerCrashedError, match="closed"):
        await anext(stream)
    with pytest.raises(WorkerError, match="closed"):
        await worker.call("echo")
    assert worker.pid is None


async def test_closing_lets_the_role_release_what_it_holds(host: str, create_worker: Create, tmp_path: Path) -> None:
    worker = create_worker(host, config={"on_close": str(tmp_path / "closed")})
    await worker.start()
    await worker.aclose()
    await worker.aclose()
    assert (tmp_path / "closed").read_text() == "closed"


async def test_closing_while_starting_leaves_nothing(host: str, create_worker: Create) -> None:
    worker = create_worker(host)
    calls = [asyncio.create_task(worker.call("echo")) for _ in range(3)]
    await asyncio.sleep(0)
    await worker.aclose()
    assert all(isinstance(a, WorkerError) for a in await asyncio.gather(*calls, return_exceptions=True))
    assert worker.state == "closed"


async def test_states_are_told_in_their_order(host: str, create_worker: Create) -> None:
    states: list[str] = []
    worker = create_worker(host, on_state=states.append)
    await worker.call("echo")
    await worker.aclose()
    assert states == ["starting", "ready", "closed"]


async def test_200_cancels_at_any_moment_leave_a_working_worker(
    host: str, create_worker: Create, wait_until: WaitUntil
) -> None:
    worker = create_worker(host)
    await worker.start()
    for i in range(200):
        task = asyncio.create_task(worker.call("stream", n=20))
        for _ in range(i % 40):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await worker.call("echo", n=1) == {"n": 1}
    await wait_until(lambda: worker._link is not None and not worker._link._requests)


async def test_idle_worker_ends_and_the_next_request_starts_it_again(
    host: str, create_worker: Create, wait_until: WaitUntil
) -> None:
    states: list[str] = []
    worker = create_worker(host, idle_s=0.05, on_state=states.append)
    assert await worker.call("echo", n=1) == {"n": 1}
    await wait_until(lambda: worker.state == "stopped" and worker.pid is None)
    assert await worker.call("echo", n=2) == {"n": 2}
    assert worker.restarts == 0
    assert states[:5] == ["starting", "ready", "stopped", "starting", "ready"]


async def test_worker_that_ends_in_the_moment_of_a_request_answers_it(host: str, create_worker: Create) -> None:
    worker = create_worker(host, idle_s=60)
    await worker.start()
    worker._rest()  # as its timer would, a step before the request
    assert await worker.call("echo", n=1) == {"n": 1}
    worker._rest()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await asyncio.gather(*(worker.call("echo", n=i) for i in range(3))) == [{"n": i} for i in range(3)]


async def test_worker_is_not_idle_while_its_stream_is_read(host: str, create_worker: Create) -> None:
    worker = create_worker(host, idle_s=0.001)
    ops = []
    async for message in worker.stream("stream", n=20):
        ops.append(message["op"])
        await asyncio.sleep(0.002)
    assert (ops[-1], worker.restarts) == ("done", 0)
