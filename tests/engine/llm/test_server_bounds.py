"""A server that does not end: how much of an answer is taken, against a real HTTP server and without one."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from engine.errors import ServerError
from engine.llm.backend import Generated, Message, Piece, Sampling
from engine.llm.event_stream import MAX_LINE, Allowance
from engine.llm.server import ServerBackend

LIMIT_S = 30.0


class _Endless(BaseHTTPRequestHandler):
    """Sends what `server.event` gives until nobody listens any more."""

    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            n = 0
            while not self.server.released.is_set():
                self.wfile.write(self.server.event(n))
                n += 1
        except OSError:
            self.server.gone.set()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Endless)
        self.event: Callable[[int], bytes] = lambda n: _said(content="leaf ")
        self.released, self.gone = threading.Event(), threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what this is about."""


def _said(finish: str | None = None, usage: object = None, **delta: str) -> bytes:
    event = {"choices": [{"delta": delta, "finish_reason": finish}], "usage": usage}
    return f"data: {json.dumps(event)}\n\n".encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join(10)
    server.server_close()


async def _run(server: _Server, max_tokens: int) -> tuple[str, Generated]:
    backend = ServerBackend(f"http://127.0.0.1:{server.server_port}", model="m")
    try:
        async with asyncio.timeout(LIMIT_S):
            items = [item async for item in backend.generate([Message("user", "hi")], Sampling(max_tokens=max_tokens))]
    finally:
        await backend.aclose()
    end = items[-1]
    assert isinstance(end, Generated)
    return "".join(item.text for item in items if isinstance(item, Piece)), end


async def test_a_server_that_never_ends_is_left_at_the_longest_length_and_told_so(server: _Server) -> None:
    text, end = await _run(server, 100)
    assert end.reason == "length"
    assert end.text == text
    assert 100 <= text.count("leaf") <= 130
    assert await asyncio.to_thread(server.gone.wait, LIMIT_S)


async def test_thoughts_without_end_are_bounded_too(server: _Server) -> None:
    server.event = lambda n: _said(reasoning_content="hm ")
    text, end = await _run(server, 50)
    assert (text[:10], set(text[7:].split()), end.reason) == ("<think>hm ", {"hm"}, "length")


async def test_what_the_server_itself_counts_is_believed_where_it_is_more(server: _Server) -> None:
    server.event = lambda n: _said(content="ten of them ", usage={"completion_tokens": 10 * (n + 1)})
    text, end = await _run(server, 100)
    assert end.reason == "length"
    assert 10 <= text.count("ten") <= 13


async def test_a_server_that_goes_on_after_its_own_end_is_left_with_that_end(server: _Server) -> None:
    server.event = lambda n: _said("stop" if n == 3 else None, content="word ")
    _, end = await _run(server, 20)
    assert end.reason == "end"


@pytest.mark.parametrize("noise", [b": still here\n\n" * 500, b"data: {}\n\n" * 500, b"\n" * 5000])
async def test_noise_without_end_is_a_sentence(server: _Server, noise: bytes) -> None:
    server.event = lambda n: noise
    with pytest.raises(ServerError, match="cannot be read"):
        await _run(server, 10)
    assert await asyncio.to_thread(server.gone.wait, LIMIT_S)


async def test_a_line_without_end_is_a_sentence(server: _Server) -> None:
    server.event = lambda n: b"x" * 65_536
    with pytest.raises(ServerError, match="cannot be read"):
        await _run(server, 1_000_000)


def _n_taken(chunk: str, max_tokens: int) -> int:
    allowance, n = Allowance(max_tokens), 0
    while not allowance.is_over:
        allowance.take(chunk)
        n += 1
    return n


def test_an_answer_that_keeps_to_what_was_asked_is_not_cut_however_it_is_sent() -> None:
    # 1,000 tokens of English prose have about 4,500 characters, of Chinese about 1,500.
    assert _n_taken("e", 1000) > 4500
    assert _n_taken("e" * 4500, 1000) > 1
    assert _n_taken("wort", 1000) > 1000
    assert _n_taken("茶茶", 1000) > 1000


def test_one_that_does_not_is_cut_soon_after() -> None:
    assert _n_taken("wort", 1000) < 1150
    assert _n_taken("e", 1000) < 4700
    assert _n_taken("e" * 80, 1000) < 120
    assert _n_taken("wort", 1) < 20
    assert Allowance(2048).most_bytes < 16 * MAX_LINE


async def test_a_server_that_does_not_stream_is_read_at_once(server: _Server) -> None:
    choice = {"message": {"role": "assistant", "content": "All at\nonce."}, "finish_reason": "stop"}
    whole = json.dumps({"object": "chat.completion", "choices": [choice], "usage": {"completion_tokens": 4}}, indent=1)

    def say(_n: int) -> bytes:
        server.released.set()
        return whole.encode()

    server.event = say
    text, end = await _run(server, 100)
    assert (text, end.reason, end.n_generated) == ("All at\nonce.", "end", 4)


@pytest.mark.parametrize(
    "said", [b'{"hello": 1}', b"<html>hello</html>", b"[1]", b'{"error": {"message": "out of paper"}}']
)
async def test_what_is_no_answer_is_a_sentence(server: _Server, said: bytes) -> None:
    def say(_n: int) -> bytes:
        server.released.set()
        return said

    server.event = say
    with pytest.raises(ServerError, match="out of paper" if b"error" in said else "not as a model server does"):
        await _run(server, 100)
