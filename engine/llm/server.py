"""A model behind a URL that speaks the OpenAI protocol: llama.cpp's server, Ollama, LM Studio, vLLM, and services.

The server renders the prompt and keeps its own cache, so there are no token ids and no grammar here, and
counts are the server's where it gives them. Roles are told in the three that every server knows: what a tool
said goes as the user's, and neighbours of one role are joined, because many templates refuse two in a row.
Closing the generator closes the connection, which is how these servers are told to stop.

Whatever a server can do wrong becomes one sentence: nobody there, not a model server, a wrong key, no such
model, an error page, silence, garbage, an end in the middle of an answer. One that does not end where it was
told to is left (engine.llm.event_stream).
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from engine.errors import ContextFullError, ModelError, ServerError, UsageError
from engine.llm.address import split_address
from engine.llm.backend import Generated, Message, ModelInfo, Piece, Prefilled, Sampling, SequenceName
from engine.llm.event_stream import (
    MAX_LINE,
    Allowance,
    count,
    largest_number,
    parse,
    read_bounded,
    read_lines,
    reason_of,
)
from engine.llm.keys import load_key
from engine.llm.reasoning import THOUGHT_BEGINS, THOUGHT_ENDS, ReasoningReader
from engine.llm.text import StopFilter

CONNECT_LIMIT_S = 10.0
# Longest silence of a server; a long prompt on a slow computer takes minutes before the first word.
SILENCE_LIMIT_S = 300.0
LIST_LIMIT_S = 10.0
# Of a refusal so much is read for its reason.
_MAX_REFUSAL = 16 * 1024
# Characters per token where a server does not count: English prose in common vocabularies.
_CHARACTERS_PER_TOKEN = 4
_API_SUFFIX = re.compile(r"/(chat/completions|completions|models)/?$")


def api_root(url: str) -> str:
    """The address that `/chat/completions` is appended to; a pasted longer or shorter one is put right.

    Raises:
        UsageError: it is not an http or https address.
    """
    parts = split_address(url)
    path = _API_SUFFIX.sub("", parts.path).rstrip("/")
    if not re.search(r"/v\d+\w*$|/openai$", path):
        path += "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_here(url: str) -> bool:
    """Whether an address is this computer."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(slots=True)
class _Answer:
    """What came of a stream so far, and how much may."""

    allowance: Allowance
    text: str = ""
    n_pieces: int = 0
    finish: str = ""
    n_prompt: int = 0
    n_reused: int = 0
    n_generated: int = 0
    complete: bool = False
    is_thinking: bool = False
    has_spoken: bool = False


class ServerBackend:
    """Runs a model at a server.

    Args:
        url: the server's address, with or without /v1.
        model: name of the model; empty takes the first that the server lists.
        key_file: file with the key; without one the keychain is asked.
        n_ctx: context to assume; servers do not tell theirs.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str = "",
        key_file: Path | None = None,
        n_ctx: int = 4096,
        connect_limit_s: float = CONNECT_LIMIT_S,
        silence_limit_s: float = SILENCE_LIMIT_S,
    ) -> None:
        self._root = api_root(url)
        self._model, self._key_file, self._n_ctx = model, key_file, n_ctx
        self._limits = httpx.Timeout(silence_limit_s, connect=connect_limit_s)
        self._client: httpx.AsyncClient | None = None
        self._info: ModelInfo | None = None

    @property
    def info(self) -> ModelInfo:
        """What is used; valid after `load`."""
        if self._info is None:
            raise ModelError("The model server was not asked yet.")
        return self._info

    async def load(self) -> ModelInfo:
        """Ask the server what it has; a second call returns at once."""
        if self._info is None:
            key = await load_key(self._root, self._key_file)
            client = self._open(key)
            name = self._model or await self._first_model(client)
            unsafe = self._root.startswith("http:") and not _is_here(self._root)
            self._info = ModelInfo(
                name=name,
                source=self._root,
                backend="server",
                n_ctx=self._n_ctx,
                n_ctx_train=self._n_ctx,
                has_grammar=False,
                template="server",
                note="What you write travels to this server without encryption." if unsafe else "",
            )
        return self._info

    async def reach(self) -> None:
        """Find out whether anybody is there, whatever is said.

        Raises:
            ServerError: nobody answers.
        """
        client = self._open(await load_key(self._root, self._key_file))
        limits = httpx.Timeout(LIST_LIMIT_S, connect=self._limits.connect)
        async with self._errors(), client.stream("GET", f"{self._root}/models", timeout=limits):
            pass

    def _open(self, key: str) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=self._limits,
                headers={"Authorization": f"Bearer {key}"} if key else {},
                # A proxy of the environment must not see what is said to a server on this computer.
                trust_env=not _is_here(self._root),
            )
        return self._client

    @property
    def _host(self) -> str:
        return urlsplit(self._root).netloc

    async def list_models(self, key: str = "") -> list[str]:
        """Names of the models that the server has, in its order.

        Args:
            key: to try, where the keychain has none yet.

        Raises:
            ServerError: nobody answers, it is no model server, or it refuses the key.
        """
        client = self._open(key or await load_key(self._root, self._key_file))
        return await self._list(client)

    async def _first_model(self, client: httpx.AsyncClient) -> str:
        names = await self._list(client)
        if not names:
            raise ServerError(f"The model server {self._host} has no model; load one there first.")
        return names[0]

    async def _list(self, client: httpx.AsyncClient) -> list[str]:
        # A list is there in a moment; only answers may take as long as a prompt takes to be read.
        limits = httpx.Timeout(LIST_LIMIT_S, connect=self._limits.connect)
        async with self._errors(), client.stream("GET", f"{self._root}/models", timeout=limits) as response:
            await self._check(response)
            listed = parse(await read_bounded(response, MAX_LINE))
        models = listed.get("data") if isinstance(listed, dict) else None
        if not isinstance(models, list):
            raise ServerError(f"{self._host} answers, but it is not a model server; check the address.")
        return [m["id"] for m in models if isinstance(m, dict) and isinstance(m.get("id"), str)]

    async def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        grammar: str | None = None,
        sequence: SequenceName = "chat",
    ) -> AsyncGenerator[Prefilled | Piece | Generated, None]:
        """Have the server answer; see `Backend.generate`. A grammar is not obeyed (`info.has_grammar`)."""
        info = await self.load()
        if self._client is None:
            raise ModelError("The model server was closed.")
        body = {"model": info.name, "messages": to_chat(messages), **_options(sampling)}
        began = time.perf_counter()
        first = 0.0
        answer, stops = _Answer(Allowance(sampling.max_tokens)), StopFilter(sampling.stop)
        request = self._client.stream("POST", f"{self._root}/chat/completions", json=body)
        # Each stream is closed here, also where the asker stops: left to the garbage collector it would end elsewhere.
        async with self._errors(), request as response, aclosing(self._pieces(response, answer)) as pieces:
            await self._check(response)
            async for text in pieces:
                if not first:
                    first = time.perf_counter()
                    yield Prefilled(answer.n_prompt, answer.n_prompt, answer.n_reused)
                answer.n_pieces += 1
                if certain := stops.feed(text):
                    answer.text += certain
                    yield Piece(certain)
                if stops.stopped:
                    break
        if tail := stops.flush():
            answer.text += tail
            yield Piece(tail)
        yield _finish(answer, stops.stopped, began, first or time.perf_counter())

    async def _pieces(self, response: httpx.Response, answer: _Answer) -> AsyncGenerator[str, None]:
        """Texts of the stream; what else it tells goes into `answer`."""
        n_lines, other = 0, ""
        async with aclosing(read_lines(response, answer.allowance.most_bytes)) as lines:
            async for line in lines:
                if not line.startswith("data:"):
                    other += line if not n_lines and len(other) <= MAX_LINE else ""
                    continue
                data = line[5:].strip()
                if data == "[DONE]":
                    answer.complete = True
                    break
                n_lines += 1
                if text := self._read_event(parse(data), answer):
                    yield text
                if answer.allowance.is_over:
                    # A server that does not stop where it was told to; leaving closes the connection.
                    answer.finish = answer.finish or "length"
                    break
        if not n_lines and isinstance(whole := parse(other), dict) and (whole.get("choices") or whole.get("error")):
            # It does not stream, and says all at once.
            if text := self._read_event(whole, answer):
                yield text
            answer.complete, n_lines = True, 1
        if not n_lines and not answer.complete:
            raise ServerError(f"{self._host} answers, but not as a model server does; check the address.")
        if not answer.complete and not answer.finish:
            raise ServerError(f"The model server {self._host} broke off in the middle of its answer; ask again.")

    def _read_event(self, event: Any, answer: _Answer) -> str:
        if not isinstance(event, dict):
            raise ServerError(f"The model server {self._host} sent something that cannot be read; ask again.")
        if event.get("error"):
            raise ServerError(f"The model server {self._host} failed: {reason_of(event)}")
        if isinstance(usage := event.get("usage"), dict):
            answer.n_prompt = count(usage.get("prompt_tokens"))
            answer.n_generated = count(usage.get("completion_tokens"))
            answer.allowance.take_count(answer.n_generated)
            details = usage.get("prompt_tokens_details")
            answer.n_reused = count(details.get("cached_tokens")) if isinstance(details, dict) else 0
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return ""
        answer.finish = str(choice.get("finish_reason") or answer.finish)
        delta = choice.get("delta") or choice.get("message")
        said = {key: text for key, text in delta.items() if isinstance(text, str)} if isinstance(delta, dict) else {}
        thought, text = said.get("reasoning_content") or said.get("reasoning", ""), said.get("content", "")
        # Thoughts are a part of what was asked for.
        for part in (thought, text):
            answer.allowance.take(part)
        return _join(answer, thought, text)

    async def _check(self, response: httpx.Response) -> None:
        """Turn a refusal into a sentence."""
        status = response.status_code
        if status < 300:
            return
        reason = reason_of(parse(await read_bounded(response, _MAX_REFUSAL)))
        if status in (401, 403):
            raise ServerError(f"The model server {self._host} refuses the key; give the right one with --key-file.")
        if status == 404:
            raise ServerError(f"{self._host} has no such model or is no model server; check the address and the name.")
        if status == 429:
            raise ServerError(f"The model server {self._host} has too much to do; ask again later.")
        if status == 400 and re.search(r"context|too long|maximum.*token|token.*limit", reason, re.IGNORECASE):
            raise ContextFullError(largest_number(reason) or self._n_ctx, self._n_ctx)
        if status < 400:
            raise ServerError(f"{self._host} sends to another address; use that one.")
        raise ServerError(f"The model server {self._host} failed (HTTP {status}): {reason}")

    @asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        """Say in a sentence what went wrong with a connection."""
        try:
            yield
        except httpx.ConnectTimeout as exc:
            raise ServerError(
                f"{self._host} does not answer; check the address and whether it is switched on."
            ) from exc
        except (httpx.ConnectError, httpx.InvalidURL, UnicodeError) as exc:  # the last: a name that cannot be one
            raise ServerError(f"No model server answers at {self._host}; start it, or check the address.") from exc
        except httpx.TimeoutException as exc:
            raise ServerError(f"The model server {self._host} has been silent for too long; ask again later.") from exc
        except (httpx.HTTPError, httpx.StreamError) as exc:
            raise ServerError(
                f"The connection to the model server {self._host} broke in the middle of its answer; ask again."
            ) from exc

    async def count(self, text: str) -> int:
        """An estimate: servers do not count."""
        return -(-len(text) // _CHARACTERS_PER_TOKEN)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def to_chat(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as servers take them: three roles, neighbours of one role joined."""
    if not messages:
        raise UsageError("There is nothing to answer: the list of messages is empty.")
    chat: list[dict[str, str]] = []
    for message in messages:
        late_note = message.role == "system" and any(turn["role"] != "system" for turn in chat)
        role = "user" if message.role == "tool" or late_note else message.role
        text = _without_thought(message.text) if role == "assistant" else message.text
        if chat and chat[-1]["role"] == role:
            chat[-1]["content"] += "\n\n" + text
        else:
            chat.append({"role": role, "content": text})
    return chat


def _without_thought(text: str) -> str:
    """What an assistant said: its thoughts are its own, and servers do not want them back."""
    reader = ReasoningReader()
    said = "".join(part for kind, part in (*reader.feed(text), *reader.finish()) if kind == "text")
    return said or text


def _join(answer: _Answer, thought: str, text: str) -> str:
    """What a server sends apart, in the form in which other models say it, so that one reader does for all."""
    joined = ""
    if thought and not answer.has_spoken:
        joined = thought if answer.is_thinking else THOUGHT_BEGINS + thought
        answer.is_thinking = True
    if text and answer.is_thinking:
        joined += THOUGHT_ENDS
        answer.is_thinking = False
    answer.has_spoken = answer.has_spoken or bool(text.strip())
    return joined + text


def _options(sampling: Sampling) -> dict[str, Any]:
    options: dict[str, Any] = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
    }
    # Servers take four at most; all are watched for here as well.
    return {**options, "stop": list(sampling.stop[:4])} if sampling.stop else options


def _finish(answer: _Answer, stopped: bool, began: float, first: float) -> Generated:
    reason: Literal["end", "stop", "length"] = "end"
    if stopped:
        reason = "stop"
    elif answer.finish == "length":
        reason = "length"
    return Generated(
        text=answer.text,
        ids=(),
        reason=reason,
        n_prompt=answer.n_prompt,
        n_reused=answer.n_reused,
        n_generated=answer.n_generated or answer.n_pieces,
        prefill_ms=(first - began) * 1000,
        decode_ms=(time.perf_counter() - first) * 1000,
    )
