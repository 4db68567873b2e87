"""A model server of the OpenAI kind on this computer, with a real model behind it: llama.cpp in a thread.

As little HTTP as the protocol needs: one request per connection, server-sent events, the connection closed when
the client goes, which stops the model.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from engine.errors import ContextFullError
from engine.llm.backend import Generated, Message, Piece, Sampling
from engine.llm.local import LocalBackend

_FINISH = {"end": "stop", "stop": "stop", "length": "length"}


@asynccontextmanager
async def serve_model(backend: LocalBackend) -> AsyncIterator[str]:
    """The address of a server that answers with `backend` while the context is open."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await _answer(backend, reader, writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _answer(backend: LocalBackend, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next((int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-le")), 0)
    body = json.loads(await reader.readexactly(length)) if length else {}
    if head.startswith("GET"):
        _respond(writer, 200, {"data": [{"id": backend.info.name}]})
    else:
        work = asyncio.ensure_future(_chat(backend, body, writer))
        # Nothing more comes from a client of ours: an end of its stream means that it does not want the rest.
        gone = asyncio.ensure_future(reader.read())
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, gone):
            task.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)
    with contextlib.suppress(OSError):
        await writer.drain()


def _respond(writer: asyncio.StreamWriter, status: int, payload: object) -> None:
    data = json.dumps(payload).encode()
    head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(data)}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + data)


async def _chat(backend: LocalBackend, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    messages = [Message(turn["role"], turn["content"]) for turn in body["messages"]]
    sampling = Sampling(
        temperature=body["temperature"],
        top_p=body["top_p"],
        max_tokens=body["max_tokens"],
        seed=body["seed"],
        stop=tuple(body.get("stop", ())),
    )
    try:
        async with aclosing(backend.generate(messages, sampling)) as items:
            head = False
            async for item in items:
                if not head:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
                    head = True
                if isinstance(item, Piece):
                    _event(writer, {"choices": [{"delta": {"content": item.text}, "finish_reason": None}]})
                elif isinstance(item, Generated):
                    _event(writer, {"choices": [{"delta": {}, "finish_reason": _FINISH[item.reason]}]})
                    _event(writer, {"choices": [], "usage": _usage(item)})
                    writer.write(b"data: [DONE]\n\n")
                await writer.drain()
    except ContextFullError as exc:
        _respond(writer, 400, {"error": {"message": f"the context has {exc} tokens"}})


def _event(writer: asyncio.StreamWriter, payload: object) -> None:
    writer.write(f"data: {json.dumps(payload)}\n\n".encode())


def _usage(item: Generated) -> dict[str, Any]:
    return {
        "prompt_tokens": item.n_prompt,
        "completion_tokens": item.n_generated,
        "prompt_tokens_details": {"cached_tokens": item.n_reused},
    }
