"""Every template gives a prompt that only grows, or is replaced by a format that does."""

from __future__ import annotations

import pytest

from engine.llm.templates import CHATML_NOTE, FAMILY_NOTE, REFUSED_FAMILY_NOTE, REFUSED_NOTE, ChatFormat

CHATML = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
NO_SYSTEM = (
    "{{ bos_token }}"
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}"
    "{% if message['role'] == 'assistant' %}{% set role = 'model' %}"
    "{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
# Rewrites an older answer: the thoughts of the last one are shown, those of the others are not.
REWRITES = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# The opening holds a mark that the template does not repeat in old answers.
OPENS_THOUGHT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
)
CHAT = ("system", "user", "assistant", "tool", "assistant", "user")


def _no_token(_mark: str) -> bool:
    return False


def _prompt(chat_format: ChatFormat, roles: tuple[str, ...]) -> str:
    parts = [part for n in range(len(roles)) for part in chat_format.piece(roles[: n + 1])]
    return "".join(mark or f"[{slot}]" for mark, slot in parts)


def test_a_template_of_the_file_is_used_as_it_is() -> None:
    chat_format = ChatFormat(CHATML, _no_token)
    assert (chat_format.name, chat_format.note) == ("file", "")
    assert _prompt(chat_format, CHAT[:3]) == (
        "<|im_start|>system\n[0]<|im_end|>\n<|im_start|>user\n[1]<|im_end|>\n<|im_start|>assistant\n[2]<|im_end|>\n"
    )
    assert chat_format.opening(CHAT[:2]) == "<|im_start|>assistant\n"


def test_a_template_without_a_system_role_gets_it_in_front_of_the_first_user_message() -> None:
    chat_format = ChatFormat(NO_SYSTEM, _no_token, bos="<bos>")
    assert chat_format.name == "file"
    assert chat_format.piece(("system",)) == []
    assert _prompt(chat_format, CHAT[:4]) == (
        "<bos><start_of_turn>user\n[0]\n\n[1]<end_of_turn>\n<start_of_turn>model\n[2]<end_of_turn>\n"
        "<start_of_turn>user\n[3]<end_of_turn>\n"
    )


def test_two_users_in_a_row_are_written_in_the_family_format_where_the_template_refuses_them() -> None:
    chat_format = ChatFormat(NO_SYSTEM, _no_token, bos="<bos>")
    assert _prompt(chat_format, ("user", "user")).endswith("<end_of_turn>\n<start_of_turn>user\n[1]<end_of_turn>\n")


def test_an_answer_begins_with_the_opening_it_was_generated_after() -> None:
    chat_format = ChatFormat(OPENS_THOUGHT, _no_token)
    assert chat_format.name == "file"
    assert _prompt(chat_format, CHAT[:3]).endswith("<|im_start|>assistant\n<think>\n[2]<|im_end|>\n")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (REWRITES, "chatml"),
        ("{% for m in messages %}[INST] {{ m.role }} [/INST]{% endfor %}", "mistral"),
        ("<|start_header_id|>{{ messages[7].content }}", "llama3"),
        ("{{ broken <start_of_turn>", "gemma"),
        ("<|im_start|>{% for a in range(999999999) %}{% endfor %}", "chatml"),
        ("<|im_start|>" + "{% for a in range(9999) %}" * 2 + "{{ 'x' * 99 }}" + "{% endfor %}" * 2, "chatml"),
        ("<|im_start|>{{ ''.__class__.__mro__[1].__subclasses__() }}", "chatml"),
        ("<|im_start|>{{ messages.append(1) }}", "chatml"),
        ("<|im_start|>" + "{{ 1 }}" * 50_000, "chatml"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_used_gives_way_to_its_family(template: str, name: str) -> None:
    chat_format = ChatFormat(template, _no_token)
    # What only rewrites what it said before is whole; its family's format is what it writes.
    assert (chat_format.name, chat_format.note) == (name, "" if template == REWRITES else REFUSED_FAMILY_NOTE)
    prompt = _prompt(chat_format, CHAT)
    assert all(prompt.count(f"[{slot}]") == 1 for slot in range(len(CHAT)))


def test_the_vocabulary_names_the_family_where_there_is_no_template() -> None:
    chat_format = ChatFormat("", {"<|user|>", "</s>"}.__contains__)
    assert (chat_format.name, chat_format.note) == ("zephyr", FAMILY_NOTE)
    assert _prompt(chat_format, ("user",)) == "<|user|>\n[0]</s>\n"


def test_an_unknown_model_speaks_chatml_with_a_note() -> None:
    chat_format = ChatFormat("", _no_token)
    assert (chat_format.name, chat_format.note) == ("chatml", CHATML_NOTE)
    assert ChatFormat("{{ broken", _no_token).note == REFUSED_NOTE


@pytest.mark.parametrize("template", [CHATML, NO_SYSTEM, REWRITES, OPENS_THOUGHT, ""])
@pytest.mark.parametrize(
    "roles",
    [
        CHAT,
        ("user", "assistant", "tool", "tool", "assistant", "system", "user", "assistant", "user"),
        ("system", "system", "user", "user", "assistant", "assistant"),
    ],
)
def test_a_prompt_only_grows(template: str, roles: tuple[str, ...]) -> None:
    chat_format, other = ChatFormat(template, _no_token), ChatFormat(template, _no_token)
    pieces = [chat_format.piece(roles[: n + 1]) for n in range(len(roles))]
    slots = [slot for piece in pieces for _, slot in piece if slot >= 0]
    assert slots == list(range(len(roles)))
    # The same whatever was rendered before.
    assert [other.piece(roles[: n + 1]) for n in reversed(range(len(roles)))] == pieces[::-1]
