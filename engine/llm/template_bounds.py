"""Jinja's sandbox, in which every step of a template is counted and none may make more than its share.

The immutable sandbox keeps a template from the computer; it does not keep it from the computer's memory and time:
forty times `x ~ x` make a terabyte of one letter. So a template has a budget, in bytes,
for all that it makes while it is rendered once:

    a text that is joined, cut, replaced, or comes out of a filter      its size, known before it is made
    a list that is made                                                 8 bytes for each entry
    a block: a pass of a loop, a branch, a call of a macro              BLOCK_BYTES, so that steps end as well
    what nests (`[x, x]`), or is compared, sorted or written as text    every value inside, however often it is met

Because all is paid for and nothing is given back, what is in memory at once is less than the budget. It is the
same on every computer, however busy; the deadline stands behind it, for what is cheap in bytes and dear in time.

What cannot be counted is not there: filters, tests and methods are those on the lists below. They hold all that
the templates which llama.cpp ships with use, but those that pad.

Rejected: a limit on the worker's address space (the weights are mapped into it, and not every system has one); a
trace function (debuggers and coverage have theirs, and it never sees what happens inside of one C call).
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jinja2 import nodes, pass_context, pass_environment
from jinja2.compiler import CodeGenerator, Frame, operators
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS, make_attrgetter
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import Namespace

__all__ = ["Beyond", "BoundedEnvironment", "Refused"]

# What a template may make while it is rendered once; what 1,000 messages take is far below.
BUDGET_BYTES = 64 << 20
# Longest text in characters; the words are not in it, only marks and slots.
MAX_TEXT = 2 << 20
RENDER_LIMIT_S = 2.0
BLOCK_BYTES = 64
_ENTRY_BYTES, _NODE_BYTES = 8, 16
# Of a text of one character, which a text that is split may become many of.
_PIECE_BYTES = 64
# Characters that one may become where a value is written as JSON or as Python does.
_ESCAPED = 10
_MAX_INT_BITS, _MAX_INDENT = 4096, 8

_TEXT_FILTERS = ("capitalize", "e", "escape", "lower", "safe", "title", "trim", "upper")
_WHOLE_FILTERS = ("dictsort", "groupby", "list", "max", "min", "sort", "unique")
_OTHER_FILTERS = (
    "abs", "count", "d", "default", "first", "float", "int", "items", "last", "length", "map", "reject", "rejectattr",
    "reverse", "select", "selectattr",
)  # fmt: skip
_WHOLE_TESTS = (
    "!=", "<", "<=", "==", ">", ">=", "eq", "equalto", "ge", "greaterthan", "gt", "in", "le", "lessthan", "lt", "ne",
)  # fmt: skip
_OTHER_TESTS = (
    "boolean", "callable", "defined", "divisibleby", "even", "false", "filter", "float", "integer", "iterable",
    "mapping", "none", "number", "odd", "sameas", "sequence", "string", "test", "true", "undefined",
)  # fmt: skip
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        (
            "capitalize", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal", "isdigit", "islower",
            "isnumeric", "isspace", "istitle", "isupper", "join", "lower", "lstrip", "partition", "removeprefix",
            "removesuffix", "replace", "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines",
            "startswith", "strip", "swapcase", "title", "upper",
        )
    ),
    dict: frozenset(("copy", "get", "items", "keys", "values")),
    list: frozenset(("copy", "count", "index")),
    tuple: frozenset(("count", "index")),
}  # fmt: skip
_SPLITTING = frozenset(("rsplit", "split", "splitlines"))
# Their attributes are their own, and bounded.
_HELPERS = (LoopContext, Macro, Namespace, Undefined)


class Refused(Exception):
    """The template cannot be used for this list of roles; not an error that anybody sees."""


class Beyond(Refused):
    """It took too long or made too much, and would again in other clothes."""


class _Meter:
    """What is left of the budget and the time of one rendering."""

    def __init__(self) -> None:
        self._left, self._deadline = BUDGET_BYTES, time.monotonic() + RENDER_LIMIT_S

    def spend(self, n_bytes: int) -> None:
        """Pay for what is about to be made; Beyond where that is too much."""
        self._left -= n_bytes
        if self._left < 0 or time.monotonic() > self._deadline:
            raise Beyond("beyond its budget")


class _CountedCode(CodeGenerator):
    """Compiles a template so that it asks the environment at each step that could grow."""

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        self.writeline("environment.pay_block()")
        super().blockvisit(nodes, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write('environment.join_texts("", (')
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:
        self.write("(")
        self._ask("pay_inside", lambda: self.visit(node.expr, frame))
        for operand in node.ops:
            self.visit(operand, frame)
        self.write(")")

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:
        self.write(f" {operators[node.op]} ")
        self._ask("pay_inside", lambda: self.visit(node.expr, frame))

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        plain = super().visit_Getitem
        if isinstance(node.arg, nodes.Slice):
            self._ask("pay_result", lambda: plain(node, frame))
        else:
            plain(node, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:
        plain = super().visit_Tuple
        if node.ctx == "load":
            self._ask("pay_inside", lambda: plain(node, frame))
        else:
            plain(node, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:
        plain = super().visit_List
        self._ask("pay_inside", lambda: plain(node, frame))

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:
        plain = super().visit_Dict
        self._ask("pay_inside", lambda: plain(node, frame))

    def _ask(self, what: str, write: Callable[[], None]) -> None:
        """Hand the value that `write` writes the expression of to a method of the environment."""
        self.write(f"environment.{what}(")
        write()
        self.write(")")


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Compiles templates whose every rendering has a budget; `begin` one before each."""

    code_generator_class = _CountedCode
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        # Not optimised: a constant expression would be worked out at once, uncounted.
        super().__init__(optimized=False, **options)
        self.finalize = self.pay_output
        names = _TEXT_FILTERS + _WHOLE_FILTERS + _OTHER_FILTERS
        self.filters = {name: self._bounded(name, FILTERS[name]) for name in names}
        self.filters |= {"join": _join, "replace": self.replace_text, "string": self.to_text, "tojson": self.to_json}
        self.tests = {name: TESTS[name] for name in _OTHER_TESTS}
        self.tests |= {name: self._bounded(name, TESTS[name]) for name in _WHOLE_TESTS}
        self.globals = {"dict": dict, "namespace": Namespace}
        self._meter = _Meter()

    def begin(self) -> None:
        """A new rendering, with a budget of its own."""
        self._meter = _Meter()

    def pay_block(self) -> None:
        """A block is entered."""
        self._meter.spend(BLOCK_BYTES)

    def pay_inside(self, value: Any) -> Any:
        """A value that nests, or whose insides are looked at."""
        if isinstance(value, list | tuple | dict):
            self._walk(value)
        return value

    def pay_result(self, value: Any) -> Any:
        """A value that was made."""
        if isinstance(value, str):
            self._pay_text(len(value), sys.getsizeof(value))
        elif isinstance(value, list | tuple | dict):
            self._meter.spend(_ENTRY_BYTES * len(value))
        elif isinstance(value, int) and value.bit_length() > _MAX_INT_BITS:
            raise Beyond("a number without end")
        return value

    @pass_context
    def pay_output(self, _context: Context, value: Any) -> str:
        """What is written, as text."""
        text = self.to_text(value)
        self._meter.spend(BLOCK_BYTES + sys.getsizeof(text))
        return text

    def _pay_text(self, n_chars: int, n_bytes: int) -> None:
        if n_chars > MAX_TEXT:
            raise Beyond("a text without end")
        self._meter.spend(n_bytes)

    def _walk(self, value: Any, *, written: bool = False) -> None:
        """Pay for every value inside of one, as often as it is met; for its text where that is to be written."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            self._meter.spend(_NODE_BYTES)
            if isinstance(item, dict):
                waiting += [*item.keys(), *item.values()]
            elif isinstance(item, list | tuple):
                waiting += item
            elif written and isinstance(item, str):
                self._meter.spend(_ESCAPED * len(item))
            elif written and not (item is None or isinstance(item, int | float | Undefined)):
                raise SecurityError("a value that is no text")

    def to_text(self, value: Any) -> str:
        """A value as `str` gives it."""
        if isinstance(value, list | tuple | dict):
            self._walk(value, written=True)
        elif not (value is None or isinstance(value, str | int | float | Undefined)):
            raise SecurityError("a value that is no text")
        return value if isinstance(value, str) else str(value)

    def to_json(self, value: Any, indent: int | None = None, **_options: Any) -> str:
        """A value as JSON, as the templates' usual host writes it: characters as they are."""
        if isinstance(indent, int) and indent > _MAX_INDENT:
            raise SecurityError("a template that pads texts")
        self._walk(value, written=True)
        return str(self.pay_result(json.dumps(value, ensure_ascii=False, indent=indent)))

    def join_texts(self, between: str, values: Iterable[Any]) -> str:
        """Texts as one."""
        texts, n_between = [self.to_text(value) for value in values], sys.getsizeof(between)
        n_chars = sum(map(len, texts)) + len(between) * len(texts)
        self._pay_text(n_chars, sum(map(sys.getsizeof, texts)) + n_between * len(texts))
        return between.join(texts)

    def concat(self, parts: Iterable[str]) -> str:
        """What a block, a macro or a `set` wrote."""
        return self.join_texts("", parts)

    def replace_text(self, value: Any, old: Any, new: Any, count: int | None = None) -> str:
        """A text with some of it replaced; at most `count` times if that is given."""
        text, old, new = self.to_text(value), self.to_text(old), self.to_text(new)
        n_times = text.count(old)
        self._pay_text(len(text) + n_times * len(new), sys.getsizeof(text) + n_times * sys.getsizeof(new))
        return text.replace(old, new, -1 if count is None else count)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Numbers may be multiplied; texts and lists that are repeated, and padded texts, may grow without bounds."""
        if operator == "+":
            if isinstance(left, str) and isinstance(right, str):
                self._pay_text(len(left) + len(right), sys.getsizeof(left) + sys.getsizeof(right))
            elif isinstance(left, list | tuple) and isinstance(right, list | tuple):
                self._meter.spend(_ENTRY_BYTES * (len(left) + len(right)))
        elif not (isinstance(left, int | float) and isinstance(right, int | float)) or operator == "**":
            raise SecurityError("a template that repeats or pads texts")
        return self.pay_result(super().call_binop(context, operator, left, right))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A call of a method, a macro, or one of the few functions there are."""
        __self.pay_block()
        # Jinja tells the names of a loop or block along.
        told = {name: value for name, value in kwargs.items() if name not in ("_loop_vars", "_block_vars")}
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if __obj is dict or __obj is Namespace:
            __self.pay_inside([*args, told])
        elif isinstance(owner, str):
            if name == "join":
                return __self.join_texts(owner, *args, **told)
            if name == "replace":
                return __self.replace_text(owner, *args, **told)
            __self._meter.spend(_PIECE_BYTES * len(owner) if name in _SPLITTING else 0)
        elif isinstance(owner, list | tuple):
            __self.pay_inside(owner)
        return __self.pay_result(super().call(__context, __obj, *args, **kwargs))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An entry, by its name or number."""
        if not isinstance(argument, str | int | Undefined):
            raise SecurityError("an entry without a name")
        return super().getitem(obj, argument)

    def wrap_str_format(self, value: Any) -> None:
        """No `str.format`, which pads: `is_safe_attribute` does not let it through."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only what is known to be bounded."""
        for kind, names in _METHODS.items():
            if isinstance(obj, kind):
                return attr in names
        return isinstance(obj, _HELPERS) and super().is_safe_attribute(obj, attr, value)

    def _bounded(self, name: str, function: Any) -> Callable[..., Any]:
        """A filter or test of Jinja's whose argument and result are paid for."""
        at = 1 if hasattr(function, "jinja_pass_arg") else 0
        is_text, is_whole = name in _TEXT_FILTERS, name in _WHOLE_FILTERS + _WHOLE_TESTS

        @functools.wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            self.pay_block()
            if is_text:
                args = (*args[:at], self.to_text(args[at]), *args[at + 1 :])
            elif is_whole:
                self._pay_whole(args[at:])
            return self.pay_result(function(*args, **kwargs))

        return bounded

    def _pay_whole(self, values: Sequence[Any]) -> None:
        for value in values:
            self.pay_inside(value)
            if isinstance(value, str):
                self._meter.spend(_PIECE_BYTES * len(value))


@pass_environment
def _join(environment: BoundedEnvironment, value: Iterable[Any], d: Any = "", attribute: Any = None) -> str:
    entries = value if attribute is None else map(make_attrgetter(environment, attribute), value)
    return environment.join_texts(environment.to_text(d), entries)
