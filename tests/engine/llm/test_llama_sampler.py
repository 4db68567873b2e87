"""Choosing again where a grammar refuses: what is left out without asking is what the grammar forbids."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from engine.llm.backend import Sampling
from engine.llm.llama_sampler import Sampler
from engine.llm.opening import open_model
from engine.llm.session import Session
from engine.llm.token_starts import TokenStarts
from resources import resource_path
from tests.bench.tiny_gguf import Shape, write_gguf

GRAMMARS = {
    "literal": 'root ::= "{\\"name\\": \\"" [a-z ]{1,12} "\\", \\"n\\": " [0-9]{1,4} "}" root?',
    "everything": "root ::= [^\\x00]*",
    "letters of two bytes": "root ::= ([à-ü] | [0-9])+",
    "letters of three and four bytes": "root ::= ([一-龥] | [😀-🙏] | " + '"ab")+',
    "all but quotes": 'root ::= [^"\\\\]+ "\\""',
    "words": 'root ::= ("the" | "then" | "one ten" | " near") root?',
    "an end": 'root ::= "ab"',
}


@pytest.fixture(scope="module", params=["random", "guide"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    path = resource_path("models", "guide.gguf")
    if request.param == "random":
        shape = Shape(n_embd=64, n_layer=1, n_ff=128, n_vocab=3000)
        path = write_gguf(tmp_path_factory.mktemp("model") / "m.gguf", shape, plain=True)
    runner = open_model({"path": str(path), "n_ctx": 512, "n_threads": 1}, lambda share: True).runner
    assert isinstance(runner, Session)
    yield runner
    runner.close()


@pytest.mark.parametrize("grammar", GRAMMARS.values(), ids=GRAMMARS.keys())
def test_no_token_that_the_grammar_allows_is_left_out(session: Session, grammar: str) -> None:
    chance, n = random.Random(7), session.vocab.n_tokens
    sampler = session.sampler(Sampling(), grammar, [])
    assert isinstance(sampler, Sampler)
    everything = np.arange(n)
    for _ in range(40):
        allowed = set(np.flatnonzero(np.isfinite(sampler._apply_grammar(everything, np.float32(0.0)))))
        able = set(sampler._able_to_come())
        assert allowed <= able
        go_on = sorted(allowed - set(session.vocab.ends))
        if not go_on:
            break
        sampler._check(int(chance.choice(go_on)))
    sampler.close()


def _say(session: Session, sampler: Sampler, sampling: Sampling) -> list[int]:
    tokens: list[int] = []

    def emit(token: int, _ns: int) -> bool:
        tokens.append(token)
        return False

    session.drop(0)
    session.prefill(0, session.vocab.tokenize("near the sound", special=False), lambda: False, lambda n: None)
    session.generate(0, sampling, sampler, lambda: False, emit)
    return tokens


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_the_choice_is_that_among_all_that_are_allowed(session: Session, temperature: float) -> None:
    sampling, said = Sampling(temperature=temperature, max_tokens=60, seed=3), []
    for all_are_asked in (False, True):
        sampler = session.sampler(sampling, GRAMMARS["literal"], [])
        assert isinstance(sampler, Sampler)
        if all_are_asked:
            sampler._able_to_come = lambda: np.arange(session.vocab.n_tokens)  # type: ignore[method-assign]
        said.append(_say(session, sampler, sampling))
        assert sampler.n_refused > 10
        sampler.close()
    assert said[0] == said[1]


def test_where_one_character_is_wanted_few_tokens_are_asked_about(session: Session) -> None:
    sampler = session.sampler(Sampling(), GRAMMARS["literal"], [])
    assert isinstance(sampler, Sampler)
    assert len(sampler._able_to_come()) < session.vocab.n_tokens / 50
    sampler.close()


def test_tokens_without_text_and_bytes_that_are_no_token_are_always_asked_about() -> None:
    pieces = [b"a", b"ab", b"", b"b", b"ba", "é".encode(), b"c?"]
    starts = TokenStarts(len(pieces), pieces.__getitem__)
    assert starts.probes.tolist() == [0, 3]
    assert starts.tokens(np.array([True, False])).tolist() == [0, 1, 2, 5, 6]
    assert starts.tokens(np.array([False, True])).tolist() == [2, 3, 4, 5, 6]
