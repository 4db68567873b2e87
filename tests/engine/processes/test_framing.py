"""Frames: what is sent arrives, and nothing else is taken for a message."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.processes.framing import (
    MAX_FRAME_BYTES,
    PROTOCOL_VERSION,
    BlockingChannel,
    FrameError,
    decode_body,
    encode_frame,
    read_frame,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


async def _read_all(data: bytes) -> list[dict[str, Any]]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    messages = []
    while (message := await read_frame(reader)) is not None:
        messages.append(message)
    return messages


@given(PLAIN)
def test_every_plain_value_arrives_unchanged(value: object) -> None:
    frame = encode_frame({"id": 7, "op": "x", "value": value})
    assert decode_body(frame[4:]) == {"v": PROTOCOL_VERSION, "id": 7, "op": "x", "value": value}


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_bytes_that_are_no_message_are_refused_and_never_raise_anything_else(data: bytes) -> None:
    try:
        decode_body(data)
    except FrameError:
        return
    raise AssertionError("random bytes were taken for a message")


async def test_frames_follow_each_other() -> None:
    frames = b"".join(encode_frame({"id": i, "op": "x"}) for i in range(3))
    assert [m["id"] for m in await _read_all(frames)] == [0, 1, 2]


@pytest.mark.parametrize("n_bytes", [1, 3, 4, 5, 10])
async def test_frame_that_breaks_off_is_an_error(n_bytes: int) -> None:
    with pytest.raises(FrameError, match="broke off"):
        await _read_all(encode_frame({"id": 1, "op": "x"})[:n_bytes])


async def test_announced_length_above_the_limit_is_refused_before_anything_is_read() -> None:
    with pytest.raises(FrameError, match="allowed"):
        await _read_all(struct.pack("<I", MAX_FRAME_BYTES + 1))


def test_message_above_the_limit_is_not_sent() -> None:
    with pytest.raises(FrameError, match="in parts"):
        encode_frame({"id": 1, "op": "x", "data": bytes(MAX_FRAME_BYTES)})


def test_other_version_is_refused() -> None:
    with pytest.raises(FrameError, match="version 2"):
        decode_body(encode_frame({"id": 1, "op": "x", "v": 2})[4:])


def test_deeply_nested_message_is_refused() -> None:
    with pytest.raises(FrameError):
        decode_body(b"\x91" * 5000 + b"\x01")


def test_messages_of_many_threads_do_not_mix() -> None:
    ours, theirs = socket.socketpair()
    sender, receiver = BlockingChannel.from_socket(ours), BlockingChannel.from_socket(theirs)

    def send(thread_id: int) -> None:
        for _ in range(20):
            sender.send({"id": thread_id, "op": "x", "data": bytes([thread_id]) * 100_000})

    threads = [threading.Thread(target=send, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(80):
        message = receiver.receive()
        assert message is not None
        assert message["data"] == bytes([message["id"]]) * 100_000
    for thread in threads:
        thread.join(timeout=10)
    sender.close()
    assert receiver.receive() is None
    receiver.close()


def test_channel_over_two_pipes_carries_both_ways() -> None:
    (read_a, write_a), (read_b, write_b) = os.pipe(), os.pipe()
    one, other = BlockingChannel.from_fds(read_a, write_b), BlockingChannel.from_fds(read_b, write_a)
    one.send({"id": 1, "op": "there"})
    other.send({"id": 2, "op": "back"})
    assert other.receive() == {"v": 1, "id": 1, "op": "there"}
    assert one.receive() == {"v": 1, "id": 2, "op": "back"}
    one.close()
    assert other.receive() is None
    other.close()


def test_closing_wakes_a_receiver_that_waits() -> None:
    ours, theirs = socket.socketpair()
    channel = BlockingChannel.from_socket(ours)
    received: list[object] = []
    thread = threading.Thread(target=lambda: received.append(channel.receive()))
    thread.start()
    channel.close()
    thread.join(timeout=10)
    assert received == [None]
    theirs.close()
