"""The tray: shows that Scrubjay runs and what it does; complete by keyboard, Quit last."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon
from shiboken6 import isValid

from desktop.bridge import Bridge
from resources import resource_path


class Tray(QObject):
    """The icon, where there is a tray; the state is asked anew each time, because trays come and go.

    Signals:
        opened: the person wants the window.
        notice_opened: the person clicked the last notification.
    """

    opened = Signal()
    notice_opened = Signal()

    def __init__(self, bridge: Bridge, new_chat: QAction, quit_action: QAction, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._icon = QSystemTrayIcon(QIcon(str(resource_path("icons", "app.svg"))), self)
        self._menu = QMenu()
        self._open = self._menu.addAction(self.tr("Open Scrubjay"))
        self._open.triggered.connect(self.opened)
        self._new = self._menu.addAction(new_chat.text())
        self._new.triggered.connect(self.opened)
        self._new.triggered.connect(new_chat.trigger)
        self._menu.addSeparator()
        self._work = self._menu.addAction("")
        self._work.setEnabled(False)
        self._menu.addSeparator()
        self._menu.addAction(quit_action)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self.notice_opened)
        bridge.jobs_changed.connect(self._show_work)
        self._show_work()

    @staticmethod
    def is_available() -> bool:
        """Whether there is a tray now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Show the icon, where there is a tray."""
        if self.is_available():
            self._icon.show()

    def hide(self) -> None:
        """Take the icon away."""
        self._icon.hide()

    def notify(self, title: str, sentence: str) -> None:
        """A notification; a click on it opens the window."""
        if self._icon.isVisible():
            self._icon.showMessage(title, sentence, self._icon.icon())

    def _show_work(self) -> None:
        titles = [job.title for job in self._bridge.jobs]
        words = " · ".join(titles) if titles else self.tr("Nothing is running")
        # Work may end after the menu: at the very end of the program.
        if isValid(self._work):
            self._work.setText(words)
        self._icon.setToolTip(f"Scrubjay: {words}")

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()
