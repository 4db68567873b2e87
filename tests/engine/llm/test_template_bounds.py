"""What a template may make is bounded before it is made, and what templates of chats need is there."""

from __future__ import annotations

import tracemalloc

import pytest

from engine.llm.template_bounds import BUDGET_BYTES, Beyond, Refused
from engine.llm.template_sandbox import Template
from engine.llm.templates import REFUSED_NOTE, ChatFormat

NS = "{%- set ns = namespace(x='x', l=[1], t=(1,), n=3) -%}"
LOOP, END = "{% for i in range(60) %}", "{% endfor %}"
# Each makes twice as much, or more, each time round.
GROWING = (
    "{% set ns.x = ns.x ~ ns.x %}",
    "{% set ns.x = ns.x ~ ns.x ~ 'xx' %}",
    "{% set ns.x = ns.x + ns.x %}",
    "{% set ns.x = [ns.x, ns.x] | join %}",
    "{% set ns.x = [ns.x, ns.x] | join(ns.x) %}",
    "{% set ns.x = ns.x.join([ns.x, ns.x]) %}",
    "{% set ns.x = ns.x.replace('x', 'xx') %}",
    "{% set ns.x = ns.x | replace('', 'xx') %}",
    "{% set ns.x = [ns.x] | map('replace', 'x', 'xx') | join %}",
    "{% set ns.x = ns.x | tojson | tojson %}",
    "{% set ns.x = [ns.x, ns.x] | string %}",
    "{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}",
    "{% set ns.x %}{% filter replace('x', 'xx') %}{{ ns.x }}{% endfilter %}{% endset %}",
    "{% set ns.l = ns.l + ns.l %}",
    "{% set ns.l = [ns.l, ns.l] %}",
    "{% set ns.l = {'a': ns.l, 'b': ns.l} %}",
    "{% set ns.l = dict(a=ns.l, b=ns.l) %}",
    "{% set ns.t = (ns.t, ns.t) %}",
    "{% set ns.n = ns.n * ns.n %}",
)
# Each has no end that anybody would wait for, or keeps much that is different.
ENDLESS = (
    "{% set x %}{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}{% endset %}",
    "{% for i in range(9999) %}{% for j in range(9999) if false %}{% endfor %}{% endfor %}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    NS + "{% for i in range(20) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
    "{% for i in range(9999) %}{% set ns.l = ns.l + [ns.x[i:]] %}{% endfor %}",
)  # fmt: skip
# Each would take much in one step.
LARGE = (
    "{{ (1).to_bytes(4000000000, 'big') }}",
    "{{ [1] | tojson(indent=2000000000) }}",
    "{{ [1] | batch(1000000000, 'x') | list }}",
    "{{ 1.5 | round(999999999, 'ceil') }}",
    "{{ lipsum(n=100000000) }}",
    "{{ 'x' | center(1000000000) }}",
    "{{ ['x'] | map('center', 1000000000) | list }}",
    "{{ ('x' | attr('ljust'))(1000000000) }}",
    "{% autoescape 'x' | replace('x', 'xx') %}{% endautoescape %}",
    "{% for i in range(9) %}" * 25 + "{% endfor %}" * 25,
    "{{ a" + ".b" * 300 + " }}",
)


def _render(source: str, n_messages: int = 1) -> str:
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": f"words {n}"} for n in range(n_messages)]
    return Template(source, "<s>", "</s>", with_clock=False).render(messages)


def _refused_within(source: str) -> type[Refused]:
    """How a template was refused; it took no more memory than it may."""
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as refused:
            _render(source)
        assert tracemalloc.get_traced_memory()[1] < 1.5 * BUDGET_BYTES
    finally:
        tracemalloc.stop()
    return refused.type


@pytest.mark.parametrize("step", GROWING)
def test_what_doubles_is_stopped_before_it_is_large(step: str) -> None:
    assert _refused_within(NS + LOOP + step + END) is Beyond


@pytest.mark.parametrize("source", ENDLESS)
def test_what_has_no_end_is_stopped(source: str) -> None:
    assert _refused_within(source) is Beyond


@pytest.mark.parametrize("source", LARGE)
def test_what_is_large_at_once_is_refused(source: str) -> None:
    _refused_within(source)


def test_a_template_that_doubles_gives_way_to_chatml_with_a_note() -> None:
    chat_format = ChatFormat(NS + LOOP + GROWING[0] + END + "{{ ns.x | length }}", lambda _mark: False)
    assert (chat_format.name, chat_format.note) == ("chatml", REFUSED_NOTE)


def test_a_thousand_messages_are_put_together_piece_by_piece() -> None:
    source = (
        "{%- set ns = namespace(out='', last=messages | length - 1) -%}"
        "{%- for m in messages -%}{%- if m.role in ['user', 'assistant'] -%}"
        "{%- set ns.out = ns.out ~ '<|' + m.role ~ '|>' + m.content | trim ~ '<|end|>' -%}"
        "{%- endif -%}{%- endfor -%}{{ ns.out }}"
    )
    assert _render(source, 1000).endswith("<|assistant|>words 999<|end|>")


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{% for m in messages %}{{ m.content.split(' ')[-1].replace('0', '7') }}{% endfor %}", "7"),
        ("{% for m in messages %}{{ '-'.join(m.content.split()) | upper }}{% endfor %}", "WORDS-0"),
        ("{{ messages | map(attribute='role') | join(', ') }}", "user"),
        ("{{ messages | join('+', attribute='content') }}", "words 0"),
        ("{{ messages | selectattr('role', 'equalto', 'user') | list | length }}", "1"),
        ("{{ {'b': [1, 'é'], 'a': none} | tojson }}", '{"b": [1, "é"], "a": null}'),
        ("{{ {'a': 1} | tojson(indent=2) }}", '{\n  "a": 1\n}'),
        ("{% for k, v in {'b': 1, 'a': 2} | dictsort %}{{ k }}{{ v }}{% endfor %}", "a2b1"),
        ("{% for k, v in messages[0].items() %}{{ k }} {% endfor %}", "role content "),
        ("{% macro f(x, y=2) %}<{{ x }}{{ y }}>{% endmacro %}{{ f(1) }}{{ f(3, y=4) }}", "<12><34>"),
        ("{{ ['a', 1, none, 2.5] }} {{ missing }}|{{ true }}", "['a', 1, None, 2.5] |True"),
        ("{{ messages[0].get('tool_calls', 'none') }} {{ 7 * 6 // 4 % 6 + 1 }}", "none 5"),
        ("{{ [3, 1] | sort | first }} {{ 'a' if 'or' in messages[0].content else 'b' }}", "1 a"),
        ("{% set ns = namespace(n=0) %}{% for i in range(3) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "3"),
    ],
)
def test_what_templates_of_chats_use_is_there(source: str, written: str) -> None:
    assert _render(source) == written
