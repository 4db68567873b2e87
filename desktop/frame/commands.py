"""The commands that the window itself carries out: look, help, settings, find everywhere.

What opens is imported when it is first asked for, so that the first paint does not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QDialog
from shiboken6 import isValid

from desktop.context import Context
from desktop.look.theme import Mode

MODES: tuple[Mode, ...] = ("system", "light", "dark")
# Commands of panels that may not have been made yet: the panel is made and the command given again.
OF_PANELS = {
    "file.open": "documents",
    "file.add_folder": "documents",
    "memory.add": "memory",
    "memory.undo": "memory",
    "memory.trash": "memory",
}


class WindowCommands(QObject):
    """Connects the actions of a window to what they do."""

    def __init__(self, context: Context, has_panel: Callable[[str], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._has_panel = has_panel
        self._dialogs: dict[str, QDialog] = {}
        self._connect_look()
        for id, keys in context.state.get("shortcuts", {}).items():
            if id in context.actions.commands:
                context.actions.set_shortcut(id, str(keys))
        for id, open_dialog in (
            ("app.settings", _settings),
            ("help.shortcuts", _shortcuts),
            ("help.setup", _setup),
            ("help.report", _report),
            ("help.licences", _licences),
            ("help.about", _about),
        ):
            self._on(id, lambda id=id, make=open_dialog: self.open_dialog(id, make))
        self._on("edit.find_everywhere", self._find)
        self._on("help.guide", self._guide)
        self._on("file.import", self._import)
        self._on("file.export", self._export)
        self._on("file.backup", self._backup)
        for id, panel in OF_PANELS.items():
            self._on(id, lambda id=id, panel=panel: self._make_panel(id, panel))

    def open_dialog(self, id: str, make: Callable[[Context], QDialog]) -> QDialog:
        """Open a dialog, or bring it to the front where it is open; never modal, so that nothing waits for it."""
        dialog = self._dialogs.get(id)
        if dialog is None or not isValid(dialog):
            dialog = self._dialogs[id] = make(self._context)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    def _on(self, id: str, act: Callable[[], object]) -> None:
        self._context.actions[id].triggered.connect(lambda _=False: act())

    # Look

    def _connect_look(self) -> None:
        theme = self._context.theme
        # One of three: menus and screen readers say so.
        modes = QActionGroup(self)
        for mode in MODES:
            modes.addAction(self._context.actions[f"view.theme_{mode}"])
            self._on(f"view.theme_{mode}", lambda mode=mode: theme.set_mode(mode))
        for step, name in ((1, "zoom_in"), (-1, "zoom_out"), (0, "zoom_reset")):
            self._on(f"view.{name}", lambda step=step: theme.step_zoom(step))
        theme.changed.connect(self._keep_look)
        self._show_mode()

    def _keep_look(self) -> None:
        self._context.state.set("theme", self._context.theme.mode)
        self._context.state.set("zoom", self._context.theme.zoom)
        self._show_mode()

    def _show_mode(self) -> None:
        for mode in MODES:
            self._context.actions[f"view.theme_{mode}"].setChecked(mode == self._context.theme.mode)

    # Others

    def _make_panel(self, id: str, panel: str) -> None:
        if not self._has_panel(panel):
            self._context.frame.open_panel(panel)
            # What the panel connected just now is not called by the signal that is being given.
            self._context.actions[id].trigger()

    def _find(self) -> None:
        from desktop.find.palette import open_palette

        open_palette(self._context)

    def _import(self) -> None:
        from desktop.memory.transfer import choose_import

        choose_import(self._context)

    def _export(self) -> None:
        from desktop.memory.transfer import choose_export

        choose_export(self._context)

    def _backup(self) -> None:
        from desktop.memory.transfer import choose_backup

        choose_backup(self._context)

    def _guide(self) -> None:
        from desktop.operations.help import open_guide

        open_guide(self._context)


def _settings(context: Context) -> QDialog:
    from desktop.settings.dialog import SettingsDialog

    return SettingsDialog(context)


def _shortcuts(context: Context) -> QDialog:
    from desktop.dialogs.shortcuts import ShortcutsDialog

    return ShortcutsDialog(context)


def _setup(context: Context) -> QDialog:
    from desktop.dialogs.setup import SetupDialog

    return SetupDialog(context)


def _report(context: Context) -> QDialog:
    from desktop.dialogs.report import ReportDialog

    return ReportDialog(context)


def _licences(context: Context) -> QDialog:
    from desktop.dialogs.licences import LicencesDialog

    return LicencesDialog(context)


def _about(context: Context) -> QDialog:
    from desktop.dialogs.about import AboutDialog

    return AboutDialog(context)
