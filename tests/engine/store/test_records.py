from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EntryDamagedError, UsageError
from engine.store.records import COMPRESS_ABOVE_BYTES, pack_record, unpack_record

_plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=8), _plain, max_size=6))
def test_a_record_comes_back_as_it_went_in(record):
    assert unpack_record("sj:me:mem:1", pack_record("sj:me:mem:1", record)) == record


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.data())
def test_any_flipped_bit_is_found(text, data):
    packed = bytearray(pack_record("sj:me:mem:1", {"text": text}))
    position = data.draw(st.integers(0, len(packed) - 1))
    packed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(EntryDamagedError) as caught:
        unpack_record("sj:me:mem:1", bytes(packed))
    assert caught.value.key == "sj:me:mem:1"


@given(st.integers(0, 60))
def test_a_record_that_was_cut_off_is_found(length):
    packed = pack_record("sj:me:mem:1", {"text": "a sentence that is long enough to be cut anywhere"})
    with pytest.raises(EntryDamagedError):
        unpack_record("sj:me:mem:1", packed[: min(length, len(packed) - 1)])


def test_a_whole_record_under_another_key_is_damage():
    packed = pack_record("sj:me:mem:1", {"text": "mine"})
    with pytest.raises(EntryDamagedError):
        unpack_record("sj:me:mem:2", packed)


def test_long_records_are_compressed_and_short_ones_are_not():
    assert len(pack_record("k", {"text": "word " * 400})) < 150
    short = {"text": "w" * (COMPRESS_ABOVE_BYTES // 2)}
    assert b"w" * (COMPRESS_ABOVE_BYTES // 2) in pack_record("k", short)


def test_a_file_name_that_is_no_utf8_survives():
    record = {"path": b"caf\xe9.pdf".decode("utf-8", "surrogateescape")}
    assert unpack_record("k", pack_record("k", record)) == record


@pytest.mark.parametrize("value", [object(), 2**80, {1, 2}])
def test_what_is_not_plain_is_refused_with_a_sentence(value):
    with pytest.raises(UsageError, match="cannot be stored"):
        pack_record("sj:me:mem:1", {"value": value})
