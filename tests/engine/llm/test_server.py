"""The server backend against real HTTP servers on this computer: good ones, bad ones, and no server at all."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ContextFullError, ServerError, UsageError
from engine.llm.backend import Generated, Message, Piece, Prefilled, Sampling
from engine.llm.reasoning import ReasoningReader
from engine.llm.server import ServerBackend, api_root, to_chat

ASK = [Message("system", "Be short."), Message("user", "hello")]
LIMIT_S = 20.0


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers), None))
        self.server.list_models(self)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.server.chat(self)

    def answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def event(self, payload: object) -> None:
        self.wfile.write(f"data: {json.dumps(payload)}\n\n".encode())
        self.wfile.flush()

    def words(self, *words: str) -> None:
        for word in words:
            self.event({"choices": [{"delta": {"content": word}, "finish_reason": None}]})

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.list_models: Callable[[_Handler], None] = lambda h: h.answer(
            200, b'{"data": [{"id": "small"}, {"id": "b"}]}'
        )
        self.chat: Callable[[_Handler], None] = _good
        self.released = threading.Event()
        self.gone = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests are about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def _good(handler: _Handler) -> None:
    handler.begin_stream()
    handler.event({"choices": [{"delta": {"role": "assistant", "content": None}}]})
    handler.words("Hel", "lo ", "you")
    handler.event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}
    handler.event({"choices": [], "usage": usage})
    handler.wfile.write(b"data: [DONE]\n\n")


@pytest.fixture
def server() -> Iterator[_Server]:
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text("sk-verysecret\n")
    return path


async def _run(backend: ServerBackend, sampling: Sampling = Sampling()) -> list[object]:  # noqa: B008
    try:
        async with asyncio.timeout(LIMIT_S):
            return [item async for item in backend.generate(ASK, sampling)]
    finally:
        await backend.aclose()


async def test_an_answer_streams_with_the_counts_of_the_server(server: _Server, key_file: Path) -> None:
    items = await _run(ServerBackend(server.url, key_file=key_file), Sampling(max_tokens=7, stop=("END",), seed=3))
    assert [i.text for i in items if isinstance(i, Piece)] == ["Hel", "lo ", "you"]
    assert isinstance(items[0], Prefilled)
    end = items[-1]
    assert isinstance(end, Generated)
    assert (end.text, end.reason, end.ids) == ("Hello you", "end", ())
    assert (end.n_prompt, end.n_reused, end.n_generated) == (9, 4, 3)
    path, headers, body = server.requests[-1]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer sk-verysecret"
    assert (body["model"], body["max_tokens"], body["stop"], body["seed"]) == ("small", 7, ["END"], 3)
    assert body["messages"] == [{"role": "system", "content": "Be short."}, {"role": "user", "content": "hello"}]


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
async def test_thoughts_that_are_sent_apart_come_as_those_of_other_models(
    server: _Server, key_file: Path, key: str
) -> None:
    def chat(handler: _Handler) -> None:
        handler.begin_stream()
        for word in ("Let me ", "see."):
            handler.event({"choices": [{"delta": {key: word, "content": None}}]})
        handler.words("It is ", "4.")
        handler.event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        handler.wfile.write(b"data: [DONE]\n\n")

    server.chat = chat
    items = await _run(ServerBackend(server.url, key_file=key_file))
    pieces = [i.text for i in items if isinstance(i, Piece)]
    assert pieces == ["<think>Let me ", "see.", "</think>It is ", "4."]
    reader = ReasoningReader()
    said = [part for piece in pieces for part in reader.feed(piece)] + reader.finish()
    assert said == [("thought", "Let me "), ("thought", "see."), ("text", "It is "), ("text", "4.")]


def test_a_server_is_not_told_what_its_model_thought() -> None:
    said = [Message("user", "How much?"), Message("assistant", "<think>Let me see.</think>4."), Message("user", "Why?")]
    assert [turn["content"] for turn in to_chat(said)] == ["How much?", "4.", "Why?"]
    assert to_chat([Message("assistant", "<think>never ended")])[0]["content"] == "<think>never ended"


async def test_a_named_model_answers(server: _Server) -> None:
    items = await _run(ServerBackend(server.url, model="b"))
    assert isinstance(items[-1], Generated)
    assert [path for path, _, _ in server.requests] == ["/v1/chat/completions"]
    assert server.requests[0][2]["model"] == "b"


async def test_a_named_model_is_not_looked_up(server: _Server, key_file: Path) -> None:
    backend = ServerBackend(server.url + "/v1/", model="mine", key_file=key_file)
    info = await backend.load()
    assert (info.name, info.backend, info.has_grammar, info.note) == ("mine", "server", False, "")
    assert server.requests == []
    assert await backend.count("12345678") == 2
    await backend.aclose()


async def test_the_key_is_not_logged(server: _Server, key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    backend = ServerBackend(server.url, key_file=key_file)
    await _run(backend)
    server.chat = lambda h: h.answer(401, b"{}")
    with pytest.raises(ServerError) as caught:
        await _run(ServerBackend(server.url, key_file=key_file))
    assert "verysecret" not in caplog.text + str(caught.value) + repr(vars(backend))


async def test_a_stop_string_is_obeyed_here_too(server: _Server, key_file: Path) -> None:
    items = await _run(ServerBackend(server.url, key_file=key_file), Sampling(stop=("o y",)))
    assert isinstance(items[-1], Generated)
    assert (items[-1].text, items[-1].reason) == ("Hell", "stop")


async def test_closing_the_generator_closes_the_connection(server: _Server, key_file: Path) -> None:
    def endless(handler: _Handler) -> None:
        handler.begin_stream()
        try:
            while not server.released.wait(0.005):
                handler.words("more ")
        except OSError:
            server.gone.set()

    server.chat = endless
    backend = ServerBackend(server.url, key_file=key_file)
    async with asyncio.timeout(LIMIT_S), aclosing(backend.generate(ASK, Sampling())) as events:
        async for item in events:
            if isinstance(item, Piece):
                break
    assert await asyncio.to_thread(server.gone.wait, LIMIT_S)
    await backend.aclose()


def _stream(*lines: bytes) -> Callable[[_Handler], None]:
    def chat(handler: _Handler) -> None:
        handler.begin_stream()
        handler.words("part ")
        for line in lines:
            handler.wfile.write(line)

    return chat


def _silent(handler: _Handler) -> None:
    handler.begin_stream()
    handler.words("part ")
    handler.server.released.wait(LIMIT_S)


def _status(status: int, body: bytes = b"{}") -> Callable[[_Handler], None]:
    return lambda handler: handler.answer(status, body)


@pytest.mark.parametrize(
    ("chat", "sentence"),
    [
        (_stream(), "broke off in the middle"),
        (_stream(b"data: {nonsense\n\n"), "cannot be read"),
        (_stream(b'data: {"error": {"message": "out of memory"}}\n\n'), "out of memory"),
        (_stream(b"data: " + b"x" * (2 << 20)), "cannot be read"),
        (_silent, "silent for too long"),
        (_status(401), "--key-file"),
        (_status(404), "no such model"),
        (_status(429), "too much to do"),
        (_status(500, b'{"error": {"message": "the\\nmodel crashed"}}'), r"HTTP 500\): the model crashed"),
        (_status(502, b"<html>" * 9000), "HTTP 502"),
        (_status(301), "another address"),
        (_status(200, b"<html>hello</html>"), "not as a model server"),
        (lambda handler: handler.wfile.write(b"\x00\x01 garbage\r\n\r\n"), "broke"),
    ],
)
async def test_whatever_a_server_does_wrong_is_a_sentence(
    server: _Server, key_file: Path, chat: Callable[[_Handler], None], sentence: str
) -> None:
    server.chat = chat
    with pytest.raises(ServerError, match=sentence) as caught:
        await _run(ServerBackend(server.url, key_file=key_file, silence_limit_s=0.5))
    assert "\n" not in str(caught.value)


async def test_what_came_before_the_end_was_delivered(server: _Server, key_file: Path) -> None:
    server.chat = _stream()
    texts: list[str] = []
    backend = ServerBackend(server.url, key_file=key_file)

    async def listen() -> None:
        async for item in backend.generate(ASK, Sampling()):
            if isinstance(item, Piece):
                texts.append(item.text)

    with pytest.raises(ServerError):
        await asyncio.wait_for(listen(), LIMIT_S)
    await backend.aclose()
    assert texts == ["part "]


async def test_a_prompt_that_the_server_finds_too_long_is_that_error(server: _Server, key_file: Path) -> None:
    message = "This model's maximum context length is 4096 tokens, you asked for 5000 tokens."
    server.chat = _status(400, json.dumps({"error": {"message": message}}).encode())
    with pytest.raises(ContextFullError, match="5000"):
        await _run(ServerBackend(server.url, key_file=key_file))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [(b"[]", "not a model server"), (b"<html>", "not a model server"), (b'{"data": []}', "has no model")],
)
async def test_a_list_of_models_that_is_none(server: _Server, key_file: Path, body: bytes, sentence: str) -> None:
    server.list_models = lambda handler: handler.answer(200, body)
    with pytest.raises(ServerError, match=sentence):
        await _run(ServerBackend(server.url, key_file=key_file))


async def test_nobody_there_is_a_sentence(key_file: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    with pytest.raises(ServerError, match="No model server answers"):
        await _run(ServerBackend(url, key_file=key_file))


async def test_a_server_without_a_key_needs_none(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    await _run(ServerBackend(server.url))
    assert "Authorization" not in server.requests[-1][1]


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read"), ("", "alone"), ("two words", "alone"), ("a\nb", "alone")]
)
async def test_a_key_file_that_holds_no_key(
    server: _Server, tmp_path: Path, content: str | None, sentence: str
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=sentence):
        await _run(ServerBackend(server.url, key_file=path))


def test_addresses_are_put_right() -> None:
    assert api_root("http://localhost:11434") == "http://localhost:11434/v1"
    assert api_root(" https://a.example/api/v1/chat/completions ") == "https://a.example/api/v1"
    assert api_root("http://[::1]:8080/") == "http://[::1]:8080/v1"
    bad_ones = ("ftp://a.example", "file:///etc/passwd", "http://", "a.example", "http://me:key@a.example")
    for bad in (*bad_ones, "http://a.example:99999", "http://[::1", "http://a:b:c/v1"):
        with pytest.raises(UsageError):
            api_root(bad)


def test_roles_are_told_in_those_that_every_server_knows() -> None:
    messages = [
        Message("system", "a"), Message("system", "b"), Message("user", "c"), Message("assistant", "d"),
        Message("tool", "e"), Message("system", "f"), Message("assistant", "g", open=True),
    ]  # fmt: skip
    assert [(m["role"], m["content"]) for m in to_chat(messages)] == [
        ("system", "a\n\nb"), ("user", "c"), ("assistant", "d"), ("user", "e\n\nf"), ("assistant", "g"),
    ]  # fmt: skip
