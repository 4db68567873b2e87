"""F6 and Shift+F6: from one region of the window to the next, each where the focus last was in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from desktop.panels import Panel

Find = Callable[[], QWidget | None]


class Regions(QObject):
    """Walks the regions; hidden and empty ones are passed over.

    Args:
        regions: in order; a function, because the panel in front changes.
    """

    def __init__(self, regions: Sequence[Find], parent: QObject) -> None:
        super().__init__(parent)
        self._regions = regions
        self._last: dict[QWidget, QWidget] = {}
        self._before: QWidget | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def step(self, by: int) -> None:
        """Focus the next (1) or previous (-1) region."""
        shown = [region for region in (find() for find in self._regions) if region is not None and region.isVisible()]
        focused = QApplication.focusWidget()
        here = next((i for i, r in enumerate(shown) if focused is not None and _holds(r, focused)), -1 if by > 0 else 0)
        for distance in range(1, len(shown) + 1):
            region = shown[(here + by * distance) % len(shown)]
            target = self._target(region)
            if target is not None:
                target.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def next_stop(self, forward: bool) -> QWidget | None:
        """Where Tab leads: through a region in its own order, then to the next region.

        Qt's own order is the one in which widgets were made, and panels are made when they are first shown.
        """
        focused = QApplication.focusWidget()
        shown = [region for region in (find() for find in self._regions) if region is not None and region.isVisible()]
        stops: list[QWidget] = []
        for region in shown:
            stops += tab_stops(region)
        if focused is None or focused not in stops:
            return None
        return stops[(stops.index(focused) + (1 if forward else -1)) % len(stops)]

    def haven(self, lost: QWidget, panel: Panel | None) -> QWidget | None:
        """Where the focus goes when what had it is hidden or switched off: never onto a button, which would act.

        That is what is read or written near the lost one; else where the focus was before it came to this region;
        else the panel in front.
        """
        regions = [region for region in (find() for find in self._regions) if region is not None]
        here = next((region for region in regions if _holds(region, lost)), None)
        home = None if panel is None else panel.home() or _near(panel, lost)
        near = home if here is panel else None if here is None else _near(here, lost)
        wanted = (near, self._before, home)
        return next((widget for widget in wanted if widget is not None and _can_have_focus(widget)), None)

    def _target(self, region: QWidget) -> QWidget | None:
        last = self._last.get(region)
        if last is not None and _can_have_focus(last) and _holds(region, last):
            return last
        return next(tab_stops(region), None)

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is None:
            return
        self._last = {region: widget for region, widget in self._last.items() if isValid(region)}
        for region in (find() for find in self._regions):
            if region is not None and _holds(region, new):
                self._last[region] = new
                if old is not None and isValid(old) and not _holds(region, old):
                    self._before = old


def tab_stops(region: QWidget) -> Iterator[QWidget]:
    """The widgets of a region that Tab reaches, in the order in which it does."""
    for widget in _chain(region):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled():
            proxy = widget.focusProxy()
            if _holds(region, widget) and (proxy is None or not _holds(region, proxy)):
                yield widget


def _chain(region: QWidget) -> Iterator[QWidget]:
    widget = region
    while True:
        yield widget
        following = widget.nextInFocusChain()
        if following is None or following is region:
            return
        widget = following


def _near(region: QWidget, lost: QWidget) -> QWidget | None:
    """What is read or written in a region: the last before a widget, else the first behind it."""
    from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QPlainTextEdit, QTextEdit

    # What a key does nothing to that cannot be seen and taken back: the focus may come here by itself.
    harmless = (QAbstractItemView, QLineEdit, QPlainTextEdit, QTextEdit)
    stops, before, is_behind = set(tab_stops(region)), None, False
    for widget in _chain(region):
        is_behind = is_behind or widget is lost
        if widget in stops and isinstance(widget, harmless):
            if is_behind:
                return before or widget
            before = widget
    return before


def _can_have_focus(widget: QWidget) -> bool:
    return isValid(widget) and widget.isVisible() and widget.isEnabled()


def _holds(region: QWidget, widget: QWidget) -> bool:
    return region is widget or region.isAncestorOf(widget)
