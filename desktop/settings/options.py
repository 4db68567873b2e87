"""The options of the window, declared once; those of the engine are declared in engine/settings.py.

Both become rows of the settings dialog. `declared_options` imports the engine's declarations, so it is called
when the dialog opens, never before the first paint.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from PySide6.QtCore import QCoreApplication

from desktop.chat.words import role_name
from desktop.look.tokens import ZOOMS

Kind = Literal["choice", "offer", "switch", "integer", "number", "duration", "text", "path", "paths", "lines", "file"]
SECTIONS = ("window", "answers", "models", "memory", "search", "data")


@dataclass(frozen=True)
class Option:
    """One option as the dialog shows it.

    Attributes:
        of_engine: kept in settings.toml and read when the engine opens; else kept by the window, and it takes
            effect at once.
        at_once: of the engine, but read whenever it is needed: a change waits for nothing.
        kind: an "offer" is a choice that may also be typed; a "duration" is kept in seconds; "lines" are texts, one
            a line, "paths" folders; "file" is what only the settings file can hold (tables).
        choices: values with their words.
        unit: stands behind a number.
        zero: what 0 means, where it is no amount.
    """

    id: str
    title: str
    description: str
    section: str
    kind: Kind
    default: Any
    of_engine: bool = False
    at_once: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    zero: str = ""

    def fits(self, words: str) -> bool:
        """Whether every word of a search occurs in it."""
        text = f"{self.id} {self.title} {self.description} {' '.join(label for _, label in self.choices)}".casefold()
        return all(word in text for word in words.casefold().split())


def tr(text: str) -> str:
    return QCoreApplication.translate("Options", text)


def section_titles() -> dict[str, str]:
    """Words of the sections, in their order."""
    return {
        "window": tr("Window"),
        "answers": tr("Answers"),
        "models": tr("Models"),
        "memory": tr("Memory"),
        "search": tr("Search"),
        "data": tr("Data"),
    }


def window_options() -> tuple[Option, ...]:
    """What the window itself keeps; a function, because the words depend on the language."""
    return (
        Option(
            "theme", tr("Colours"), tr("Light or dark; the system's choice is followed while Scrubjay runs."), "window",
            "choice", "system", choices=(("system", tr("As the system")), ("light", tr("Light")), ("dark", tr("Dark"))),
        ),
        Option(
            "zoom", tr("Size of text"), tr("Of everything in the window; Ctrl + and Ctrl − step through it."), "window",
            "choice", 100, choices=tuple((zoom, tr("{n} %").format(n=zoom)) for zoom in ZOOMS),
        ),
        Option(
            "when_closed", tr("When the window is closed"),
            tr("Running in the tray, Scrubjay answers at once; models are released after 10 minutes."), "window",
            "choice", "", choices=(("", tr("Ask")), ("keep", tr("Keep running")), ("quit", tr("Quit"))),
        ),
        Option(
            "at_login", tr("Start at login"), tr("Scrubjay starts in the tray when you log in."), "window",
            "switch", False,
        ),
        Option(
            "notifications", tr("Notifications"),
            tr("Tell when a long answer is ready while the window is not in front."), "window", "switch", True,
        ),
    )  # fmt: skip


def declared_options() -> tuple[Option, ...]:
    """All options of the dialog, the window's first."""
    from engine.settings import Settings

    found = [
        _from_field(name, field)
        for name, field in Settings.model_fields.items()
        # The folder is chosen before anything can be read from it: the data section tells where it is.
        if name != "data_dir"
    ]
    return (*window_options(), *found)


def _from_field(name: str, field: Any) -> Option:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    section = str(extra.get("section", "data"))
    bounds = _bounds(field.metadata)
    return Option(
        id=name,
        title=tr(field.title or name.replace("_", " ").capitalize()),
        description=tr(str(extra.get("window") or field.description or "")),
        section=section if section in SECTIONS else "data",
        kind=_kind_of_option(name, field.annotation),
        default=field.get_default(call_default_factory=True),
        of_engine=True,
        at_once=bool(extra.get("at_once")),
        choices=tuple((value, word_for(name, value)) for value in _values_of(name, field.annotation)),
        minimum=bounds[0],
        maximum=bounds[1],
        unit=tr("tokens") if name in ("n_ctx", "max_tokens") else "",
        zero=word_for(name, 0) if (name, 0) in _words() else "",
    )


def _kind_of_option(name: str, annotation: Any) -> Kind:
    """What the type alone does not say."""
    # A list of texts is a list of folders, but for the addresses of servers.
    kinds: dict[str, Kind] = {"model_servers": "lines", "model": "offer", "role": "choice"}
    return kinds.get(name, "duration" if name.endswith("_s") else kind_of(annotation))


def _values_of(name: str, annotation: Any) -> tuple[Any, ...]:
    if name != "role":
        return _literals(annotation)
    from engine.agent.roles import list_roles

    return tuple(list_roles())


def kind_of(annotation: Any) -> Kind:
    """The control that fits a type."""
    inner = [a for a in get_args(annotation) if a is not type(None)]
    if get_origin(annotation) in (types.UnionType, Union) and len(inner) == 1:
        annotation = inner[0]
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) in (list, tuple) and get_args(annotation)[0] in (Path, str):
        return "paths"
    kinds: dict[Any, Kind] = {bool: "switch", int: "integer", float: "number", str: "text", Path: "path"}
    return kinds.get(annotation, "file")


def _literals(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _bounds(metadata: list[Any]) -> tuple[float | None, float | None]:
    lows = [getattr(m, "ge", getattr(m, "gt", None)) for m in metadata]
    highs = [getattr(m, "le", getattr(m, "lt", None)) for m in metadata]
    return next((b for b in lows if b is not None), None), next((b for b in highs if b is not None), None)


def word_for(name: str, value: Any) -> str:
    """What a choice is called; its own name where nobody named it."""
    return role_name(value) if name == "role" else _words().get((name, value), str(value))


def _words() -> dict[tuple[str, Any], str]:
    return {
        ("inference_process", "worker"): tr("In a process of their own"),
        ("inference_process", "in_process"): tr("In the window's process"),
        ("embedder", "onnx"): tr("Built-in model"),
        ("embedder", "sentence-transformers"): tr("sentence-transformers"),
        ("embedder", "none"): tr("By words only"),
        ("suggestions", "ask"): tr("Ask me"),
        ("suggestions", "automatic"): tr("Remember by itself"),
        ("suggestions", "off"): tr("Never"),
        ("log_level", "DEBUG"): tr("Everything"),
        ("log_level", "INFO"): tr("What happens"),
        ("log_level", "WARNING"): tr("Warnings"),
        ("log_level", "ERROR"): tr("Errors only"),
        ("idle_unload_s", 0): tr("Never"),
        ("n_threads", 0): tr("All but one core"),
        ("embed_threads", 0): tr("All cores"),
    }
