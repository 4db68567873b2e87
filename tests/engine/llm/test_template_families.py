"""The main families' templates: the prompt that their makers document, and what a template must not do to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.llm.backend import Generated, Message, Sampling
from engine.llm.local import LocalBackend
from engine.llm.templates import ChatFormat
from tests.bench.tiny_gguf import Shape, write_gguf
from tests.engine.llm.families import FAMILIES

CHAT = ("system", "user", "assistant", "user")
ROLES = [
    ("system", "user", "assistant", "tool", "assistant", "user"),
    ("user", "assistant", "tool", "tool", "assistant", "user"),
    ("system", "user", "user", "assistant", "system", "user"),
    ("system", "system", "user", "assistant", "assistant", "user"),
]


def _format(name: str) -> ChatFormat:
    written = FAMILIES[name]
    return ChatFormat(written.template, lambda _mark: False, bos=written.bos, eos="</s>")


def _prompt(chat_format: ChatFormat, roles: tuple[str, ...]) -> str:
    parts = [part for n in range(len(roles)) for part in chat_format.piece(roles[: n + 1])]
    return "".join(mark or f"[{slot}]" for mark, slot in parts)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_asked_as_its_makers_say(name: str) -> None:
    chat_format, written = _format(name), FAMILIES[name]
    assert (chat_format.name, chat_format.note) == (written.name, "")
    if written.prompt:
        assert _prompt(chat_format, CHAT) + chat_format.opening(CHAT) == written.prompt


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("roles", ROLES)
def test_every_word_stands_in_the_prompt_once_and_the_prompt_only_grows(name: str, roles: tuple[str, ...]) -> None:
    chat_format = _format(name)
    grown = ""
    for n in range(1, len(roles) + 1):
        longer = _prompt(chat_format, roles[:n])
        assert longer.startswith(grown)
        grown = longer
    assert re.findall(r"\[(\d)\]", grown) == [str(n) for n in range(len(roles))]


def test_a_template_that_needs_a_clock_gets_one_date_and_one_that_does_not_gets_none() -> None:
    chat_format = _format("smollm 3")
    date = re.search(r"Today: (.+)\n", _prompt(chat_format, CHAT))
    assert date is not None
    assert _prompt(_format("smollm 3"), CHAT) == _prompt(chat_format, CHAT)
    assert "26 Jul 2024" in _prompt(_format("llama 3.1"), CHAT)


def test_a_model_that_begins_inside_of_a_thought_is_known() -> None:
    assert [name for name in FAMILIES if _format(name).opens_thought] == ["deepseek r1"]


async def test_a_prompt_begins_with_one_bos_whoever_writes_it(tmp_path: Path) -> None:
    template = "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    template += "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    counts = []
    for n, (written, adds) in enumerate([(True, True), (True, False), (False, True), (False, False)]):
        path = write_gguf(
            tmp_path / f"{n}.gguf",
            Shape(n_layer=1),
            tokenizer__chat_template=template if written else template.removeprefix("{{ bos_token }}"),
            tokenizer__ggml__add_bos_token=adds,
        )
        backend = LocalBackend(path, log_dir=tmp_path, n_ctx=512, n_threads=1, host="thread")
        try:
            items = [item async for item in backend.generate([Message("user", "hi")], Sampling(max_tokens=1))]
        finally:
            await backend.aclose()
        assert isinstance(items[-1], Generated)
        counts.append(items[-1].n_prompt)
    assert counts == [counts[3] + 1, counts[3] + 1, counts[3] + 1, counts[3]]
