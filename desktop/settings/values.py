"""The values of the options: where they are read from, and what a change does.

Options of the window take effect at once. Options of the engine are written into settings.toml and hold when
the engine is opened again; `pending` tells whether some wait for that.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop.context import Context
from desktop.platform import autostart
from desktop.settings.options import Option, declared_options


class SettingValues(QObject):
    """Reads and writes options.

    Signals:
        changed(id): a value is another now.
    """

    changed = Signal(str)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._engine_values: Any = None
        self.problem = ""
        self.read()

    def read(self) -> None:
        """Read settings.toml again; `problem` says what is wrong with it."""
        from engine.settings import Settings, overridden_settings

        self.overridden: dict[str, str] = overridden_settings()
        try:
            self._engine_values = Settings(data_dir=self._context.data_dir)
            self.problem = ""
        except (ValueError, OSError) as error:
            self._engine_values = None
            self.problem = tr("settings.toml cannot be read, so the defaults hold: {why}").format(why=why_of(error))

    def get(self, option: Option) -> Any:
        """The value in force, or the one that is when the engine is opened again."""
        if option.of_engine:
            return option.default if self._engine_values is None else getattr(self._engine_values, option.id)
        if option.id == "theme":
            return self._context.theme.mode
        if option.id == "zoom":
            return self._context.theme.zoom
        if option.id == "at_login":
            return autostart.is_at_login()
        return self._context.state.get(option.id, option.default)

    def set(self, option: Option, value: Any) -> str:
        """Keep a value; returns why that is not possible, "" when it is kept."""
        if value == self.get(option):
            return ""
        if option.of_engine and not self._context.state.may_write:
            # A file of ours in a directory that is not ours yet would keep the engine out of it.
            return tr("Scrubjay is still opening; try again in a moment.")
        try:
            if option.of_engine:
                self._set_in_file(option, value)
            else:
                self._set_in_window(option, value)
        except (ValueError, OSError) as error:
            return why_of(error)
        self.changed.emit(option.id)
        if option.at_once:
            # It holds already: what tells of models looks again.
            self._context.bridge.changed.emit("model", option.id, "chosen")
        return ""

    def is_default(self, option: Option) -> bool:
        """Whether the value is the one that comes with Scrubjay."""
        return bool(self.get(option) == option.default)

    def pending(self) -> list[str]:
        """Titles of the options that the engine runs with otherwise than they are kept now."""
        engine = self._context.bridge.engine
        if engine is None or self._engine_values is None:
            return []
        return [
            option.title
            for option in declared_options()
            if option.of_engine
            and not option.at_once
            and getattr(engine.settings, option.id) != getattr(self._engine_values, option.id)
        ]

    def _set_in_file(self, option: Option, value: Any) -> None:
        from engine.settings import save_settings

        keep = None if value == option.default else value
        if option.kind == "path" and keep is not None:
            keep = str(keep)
        save_settings(self._context.data_dir, {option.id: keep})
        self.read()

    def _set_in_window(self, option: Option, value: Any) -> None:
        if option.id == "theme":
            self._context.theme.set_mode(value)
        elif option.id == "zoom":
            self._context.theme.set_zoom(value)
        elif option.id == "at_login":
            autostart.set_at_login(bool(value), _unusual_data_dir(self._context))
        else:
            self._context.state.set(option.id, None if value == option.default else value)


def _unusual_data_dir(context: Context) -> Any:
    from desktop.app import default_data_dir

    return None if context.data_dir == default_data_dir() else context.data_dir


def why_of(error: Exception) -> str:
    """The sentence of a refused value; pydantic's own is about types and places."""
    errors = getattr(error, "errors", None)
    if callable(errors):
        return "; ".join(str(each["msg"]) for each in errors())
    return str(error)


def tr(text: str) -> str:
    return QCoreApplication.translate("Settings", text)
