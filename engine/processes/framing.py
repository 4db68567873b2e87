"""Messages between a process of ours and its children: u32 little endian length, then msgpack.

A message is a dict `{v: 1, id: int, op: str, …}`. `id` names the request it belongs to, 0 is the channel
itself (start-up, beats). A frame is at most 16 MiB, so that a length read from garbage is refused before
anybody allocates it. The reader never guesses: a wrong length, version or shape ends the channel, because
after one bad frame no later frame has a known beginning.

Text may hold lone surrogates (a file name that is not UTF-8, JSON with half an emoji); they cross
unchanged instead of ending a worker.

Both ends of a channel are here: `read_frame` for the event loop, `BlockingChannel` for the child, which
has no loop. The child imports this file at start-up, hence no asyncio, socket or dataclasses at run time.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgpack  # type: ignore[import-untyped,unused-ignore]

from engine.errors import WorkerError

if sys.platform == "win32":
    import msvcrt

if TYPE_CHECKING:
    import asyncio
    import socket

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 16 * 2**20
_READ_BYTES = 64 * 1024  # what one read asks the kernel for at least: the capacity of a pipe on Linux
_READ_MOST_BYTES = 2**20  # and at most: Python allocates it all before each read
_LENGTH = struct.Struct("<I")

Message = dict[str, Any]


class FrameError(WorkerError):
    """Bytes that are not a message of this protocol, or a message too large for one frame."""

    kind = "frame"


def encode_frame(message: Message) -> bytes:
    """The bytes of one frame; `v` is added.

    Raises:
        FrameError: the message is too large, or holds something that msgpack cannot carry.
    """
    try:
        body: bytes = msgpack.packb({"v": PROTOCOL_VERSION, **message}, unicode_errors="surrogatepass")
    except (TypeError, ValueError, OverflowError) as exc:
        raise FrameError(f"A message {message.get('op')!r} cannot be sent: {exc}.") from exc
    if len(body) > MAX_FRAME_BYTES:
        raise FrameError(
            f"A message {message.get('op')!r} of {len(body)} bytes is larger than the {MAX_FRAME_BYTES} "
            "that fit; send it in parts."
        )
    return _LENGTH.pack(len(body)) + body


def decode_body(body: bytes | bytearray | memoryview) -> Message:
    """The message in the body of a frame.

    Raises:
        FrameError: it is not a message, or of another version.
    """
    try:
        message: Message = msgpack.unpackb(body, unicode_errors="surrogatepass", strict_map_key=False)
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as exc:
        raise FrameError(f"A part of Scrubjay sent bytes that are no message: {exc}.") from exc
    is_message = isinstance(message, dict) and isinstance(message.get("op"), str)
    if not is_message or not isinstance(message.get("id"), int):
        raise FrameError("A part of Scrubjay sent something that is no message.")
    if message.get("v") != PROTOCOL_VERSION:
        raise FrameError(
            f"A part of Scrubjay speaks version {message.get('v')!r} of the protocol, this one "
            f"version {PROTOCOL_VERSION}; install it again."
        )
    return message


def _checked_length(header: bytes | bytearray) -> int:
    length: int = _LENGTH.unpack(header)[0]
    if length > MAX_FRAME_BYTES:
        raise FrameError(f"A part of Scrubjay announced a message of {length} bytes; {MAX_FRAME_BYTES} are allowed.")
    return length


async def read_sized_frame(reader: asyncio.StreamReader) -> tuple[Message, int] | None:
    """The next message with the bytes it took, or None at the end of the channel.

    Raises:
        FrameError: the bytes are no message, or end within one.
    """
    # IncompleteReadError is an EOFError; named by its base because this file must not import asyncio.
    try:
        header = await reader.readexactly(_LENGTH.size)
    except EOFError as exc:
        if exc.partial:  # type: ignore[attr-defined]
            raise FrameError("A part of Scrubjay broke off in the middle of a message.") from exc
        return None
    length = _checked_length(header)
    try:
        body = await reader.readexactly(length)
    except EOFError as exc:
        raise FrameError("A part of Scrubjay broke off in the middle of a message.") from exc
    return decode_body(body), _LENGTH.size + length


async def read_frame(reader: asyncio.StreamReader) -> Message | None:
    """The next message, or None at the end of the channel.

    Raises:
        FrameError: the bytes are no message, or end within one.
    """
    sized = await read_sized_frame(reader)
    return None if sized is None else sized[0]


class BlockingChannel:
    """The child's end of a channel. `send` may be called from any thread, `receive` from one.

    Args:
        read: returns at most n bytes, b"" at the end.
        write: writes some of the bytes and returns how many.
        close: wakes a `receive` that waits.
    """

    def __init__(
        self, read: Callable[[int], bytes], write: Callable[[memoryview], int], close: Callable[[], None]
    ) -> None:
        self._read, self._write, self._close = read, write, close
        self._buffer = bytearray()
        self._lock = threading.Lock()

    @classmethod
    def from_fds(cls, read_fd: int, write_fd: int) -> BlockingChannel:
        """A channel over descriptors: a pair of pipes, or a socket given twice."""
        if sys.platform == "win32":
            # Descriptors translate line ends by default.
            msvcrt.setmode(read_fd, os.O_BINARY)
            msvcrt.setmode(write_fd, os.O_BINARY)

        def close() -> None:
            for fd in {read_fd, write_fd}:
                os.close(fd)

        return cls(lambda n: os.read(read_fd, n), lambda data: os.write(write_fd, data), close)

    @classmethod
    def from_socket(cls, sock: socket.socket) -> BlockingChannel:
        """A channel over a connected stream socket, which it owns from now on."""

        def close() -> None:
            with contextlib.suppress(OSError):  # the other end was first
                sock.shutdown(2)  # SHUT_RDWR: a plain close would leave a waiting recv asleep
            sock.close()

        return cls(sock.recv, sock.send, close)

    def send(self, message: Message) -> int:
        """Send one message and return the bytes it took.

        Raises:
            FrameError: it cannot be encoded; nothing was sent.
            OSError: the other end is gone.
        """
        frame = encode_frame(message)
        with self._lock:
            rest = memoryview(frame)
            while rest:
                rest = rest[self._write(rest) :]
        return len(frame)

    def receive(self) -> Message | None:
        """The next message, or None when the other end is gone.

        Raises:
            FrameError: the bytes are no message.
        """
        header = self._take(_LENGTH.size)
        if header is None:
            return None
        body = self._take(_checked_length(header))
        return None if body is None else decode_body(body)

    def close(self) -> None:
        """End the channel; a `receive` that waits returns None."""
        self._close()

    def _take(self, n_bytes: int) -> bytearray | None:
        while len(self._buffer) < n_bytes:
            try:
                data = self._read(min(max(_READ_BYTES, n_bytes - len(self._buffer)), _READ_MOST_BYTES))
            except OSError:
                return None  # reset or closed under us: the same as the end
            if not data:
                return None
            self._buffer += data
        taken = self._buffer[:n_bytes]
        del self._buffer[:n_bytes]
        return taken
