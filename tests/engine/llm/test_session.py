"""Reading and generating on a loaded model, where what happens must be forced from inside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from engine.errors import ContextFullError
from engine.llm.backend import Sampling
from engine.llm.llama_sampler import Sampler
from engine.llm.llamacpp import Llama
from engine.llm.session import Session
from tests.bench.tiny_gguf import write_gguf

PROMPT = list(range(97, 122)) * 8


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    llama = Llama(write_gguf(tmp_path_factory.mktemp("m") / "tiny.gguf", plain=True), 2048, 1, lambda _: True)
    yield llama
    llama.close()


@pytest.fixture
def session(llama: Llama) -> Session:
    session = Session(llama)
    for seq in range(3):
        session.drop(seq)
    llama.clear_abort()
    return session


def _prefill(session: Session, ids: list[int], seq: int = 0) -> list[int]:
    told: list[int] = []
    assert session.prefill(seq, ids, lambda: False, told.append)
    return told


def _generate(session: Session, n: int, disturb_at: int = -1, sampler: Sampler | None = None) -> list[int]:
    said: list[int] = []
    sampler = sampler or session.sampler(Sampling(), None, ())

    def emit(token: int, _now_ns: int) -> bool:
        said.append(token)
        if len(said) == disturb_at:
            session.llama.abort()
        return False

    assert session.generate(0, Sampling(max_tokens=n), sampler, lambda: False, emit) == "length"
    sampler.close()
    return said


def test_progress_is_told_for_each_micro_batch_and_these_grow(session: Session) -> None:
    told = _prefill(session, PROMPT)
    steps = [after - before for before, after in pairwise(told)]
    assert (told[0], told[-1]) == (0, len(PROMPT))
    assert steps[0] == 8
    assert max(steps) > 8


def test_an_abort_that_was_meant_for_another_request_changes_nothing(session: Session, llama: Llama) -> None:
    # Read in one micro-batch: how a prompt is cut changes the last digits of its logits.
    prompt = PROMPT[:8]
    _prefill(session, prompt)
    expected = _generate(session, 20)
    session.drop(0)
    llama.abort()
    _prefill(session, prompt)
    assert _generate(session, 20, disturb_at=7) == expected
    assert session.tokens(0) == [*prompt, *expected[:-1]]
    assert llama.positions(0) == (0, len(prompt) + 18)


def test_a_cancelled_reading_keeps_whole_micro_batches(session: Session, llama: Llama) -> None:
    told: list[int] = []
    assert not session.prefill(0, PROMPT, lambda: len(told) > 2, told.append)
    assert session.tokens(0) == PROMPT[: told[-1]]
    assert llama.positions(0)[1] == told[-1] - 1
    assert _prefill(session, PROMPT)[0] == told[-1]


def test_what_was_generated_is_read_already(session: Session, llama: Llama) -> None:
    _prefill(session, PROMPT)
    first = _generate(session, 12)
    longer = [*PROMPT, *first, 100, 101]
    _prefill(session, longer)
    assert session.meter.n_reused == len(PROMPT) + 11
    assert session.tokens(0) == longer
    assert llama.positions(0) == (0, len(longer) - 1)


def test_a_side_sequence_gives_way_when_a_generation_needs_its_room(session: Session) -> None:
    _prefill(session, PROMPT * 5, seq=2)
    _prefill(session, PROMPT * 5)
    assert len(session.tokens(2)) == 1000
    said = _generate(session, 300)
    assert len(said) == 300
    assert session.tokens(2) == []


def test_side_sequences_are_bounded(session: Session) -> None:
    assert (session.limit(0), session.limit(1), session.limit(2)) == (2048, 1024, 1024)
    with pytest.raises(ContextFullError):
        session.prefill(1, PROMPT * 6, lambda: False, lambda _: None)


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_a_refused_token_is_drawn_again_as_if_from_all(session: Session, temperature: float) -> None:
    sampling = Sampling(temperature=temperature, top_k=3, min_p=0.0, seed=5)
    said = []
    for looks_at_all in (False, True):
        session.drop(0)
        _prefill(session, PROMPT[:8])
        sampler = session.sampler(sampling, "root ::= [a-z, .]{1500}", ())
        sampler.enough = 0 if looks_at_all else sampler.enough
        said.append(_generate(session, 40, sampler=sampler))
        assert sampler.n_refused > 10
    assert said[0] == said[1]
