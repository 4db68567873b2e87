"""The chip in the composer: which role answers, and whether it remembers."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QToolButton

from desktop.chat.words import role_name
from desktop.context import Context
from desktop.operations import chat as operations


class RoleMenu(QObject):
    """Fills the menu of the chip.

    Attributes:
        role: name of the chosen role, "" for the chat's own.
        memory: False while nothing is to be remembered or recalled, None as in the settings.
    """

    def __init__(self, context: Context, button: QToolButton) -> None:
        super().__init__(button)
        self._context, self._button = context, button
        self.role = ""
        self.memory: bool | None = None
        self._group = QActionGroup(self)
        self._memory = QAction(self.tr("Remember and recall"), self)
        self._memory.setCheckable(True)
        self._memory.setChecked(True)
        self._memory.toggled.connect(self._on_memory)
        self._show_roles([])

    def load(self) -> None:
        """Ask which roles there are."""
        operations.list_roles(self._context, self._show_roles, owner=self)

    def _show_roles(self, roles: list[str]) -> None:
        menu = self._button.menu()
        menu.clear()
        for action in self._group.actions():
            self._group.removeAction(action)
        for role in roles or ["assistant"]:
            action = menu.addAction(role_name(role))
            action.setCheckable(True)
            action.setChecked(role == (self.role or "assistant"))
            action.triggered.connect(lambda _=False, role=role: self._on_role(role))
            self._group.addAction(action)
        menu.addSeparator()
        menu.addAction(self._memory)
        self._show()

    def _on_role(self, role: str) -> None:
        self.role = role
        self._show()

    def _on_memory(self, on: bool) -> None:
        self.memory = None if on else False
        self._show()

    def _show(self) -> None:
        name = role_name(self.role or "assistant")
        words = name if self.memory is None else self.tr("{role} · remembers nothing").format(role=name)
        self._button.setText(words)
        self._button.setAccessibleName(self.tr("Role: {role}").format(role=words))
        self._button.setToolTip(self.tr("Role, and whether it remembers"))
