"""Tokens per second under a grammar beside without one: with a model that obeys it, and with one that never does.

The first is what happens: a model that was asked for a tool call writes one, and the grammar is asked about the one
token that it chose. The guide does so by itself. The second is the worst: random weights know nothing of the grammar,
so that nearly every token is refused and chosen again. Times are the worker's own, of its loop over the tokens; reading
the grammar, once per answer, is not among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from measured import create_backend, generate, ratio

from engine.agent.guide.understand.grammar import guide_grammar
from engine.llm.backend import Message
from engine.llm.local import LocalBackend
from engine.system.figures import Figure
from resources import resource_path
from tests.bench.tiny_gguf import SMALL, write_gguf

ROUNDS = 9
N_DECODE = 64
# Members of an array, as arguments of tools are; no end before the tokens are used up.
GRAMMAR = r"""root ::= "[" item ("," item){400} "]"
item ::= "{\"name\": \"" [a-z ]{1,12} "\", \"n\": " [0-9]{1,4} "}"
"""
# Long choices, so that it is tokens that are measured.
REQUESTS = (
    "Remember that my sister's birthday is on the third of May and that she likes white flowers",
    "Forget that my bike code is written on the inside of the shed door",
    "Note that the key of the village hall hangs behind the blue cupboard beside the stairs to the cellar",
    "Remember that the boiler was repaired in March by the firm from the market square and cost 340 euros",
)


@dataclass(frozen=True)
class _Answers:
    """What the answers to some requests took and said."""

    token_ms: float
    n_tokens: int
    n_refused: int
    texts: tuple[str, ...]


async def obeyed_figure(folder: Path) -> Figure:
    """The guide, choosing: it says the same without its grammar."""
    backend = create_backend(resource_path("models", "guide.gguf"), folder, 2048)
    ratios, forced, free = await _compare(backend, {words: guide_grammar(words) for words in REQUESTS})
    assert forced.texts == free.texts, f"the guide says something else without its grammar: {free.texts}"
    detail = f"the guide under its own: {forced.n_refused} of {forced.n_tokens} tokens refused"
    return ratio("tokens per second with a grammar that the model obeys", ratios, "without", 0.9, detail)


async def refused_figure(folder: Path) -> Figure:
    """Random weights of 100 million parameters."""
    backend = create_backend(write_gguf(folder / "random.gguf", SMALL, plain=True), folder, 512)
    ratios, forced, _ = await _compare(backend, {"x": GRAMMAR})
    detail = f"random weights: {forced.n_refused} of {forced.n_tokens} tokens refused, {SMALL.n_vocab:,} to choose from"
    return ratio("tokens per second with a grammar that refuses nearly every choice", ratios, "without", 0.9, detail)


async def _compare(backend: LocalBackend, grammars: Mapping[str, str]) -> tuple[list[float], _Answers, _Answers]:
    """Ratios of the rounds, and the last answers with and without the grammars of these requests."""
    ratios, told = [], {}
    try:
        for number in range(ROUNDS):
            # In turns, each first every other time.
            for has_grammar in (True, False) if number % 2 else (False, True):
                told[has_grammar] = await _ask(backend, grammars if has_grammar else dict.fromkeys(grammars))
            # The first round warms up.
            ratios += [told[False].token_ms / told[True].token_ms] if number else []
    finally:
        await backend.aclose()
    return ratios, told[True], told[False]


async def _ask(backend: LocalBackend, grammars: Mapping[str, str | None]) -> _Answers:
    ms, n_tokens, n_refused, texts = 0.0, 0, 0, []
    for words, grammar in grammars.items():
        end, _ = await generate(backend, [Message("user", words)], N_DECODE, grammar=grammar)
        ms, n_tokens = ms + end.decode_ms, n_tokens + end.n_generated
        n_refused += (await backend.stats())["n_refused"]
        texts.append(end.text)
    return _Answers(ms / n_tokens, n_tokens, n_refused, tuple(texts))
