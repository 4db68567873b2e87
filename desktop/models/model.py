"""The models as a Qt item model, filtered by place and by the words that were typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.chat.words import tip
from desktop.models.words import facts, place_name, short_verdict
from desktop.operations.models import state_words

if TYPE_CHECKING:
    from engine.models_face import ModelEntry

ENTRY = Qt.ItemDataRole.UserRole
AnyIndex = QModelIndex | QPersistentModelIndex


class ModelsModel(QAbstractListModel):
    """One row per model that passes the filter."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: list[ModelEntry] = []
        self._rows: list[ModelEntry] = []
        self._place = ""
        self._words: list[str] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        entry = self._rows[index.row()]
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(f"{entry.name}\n{entry.problem or entry.path}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return describe(entry)
        return None

    def show(
        self, entries: list[ModelEntry] | None = None, *, place: str | None = None, words: str | None = None
    ) -> None:
        """Show these entries, or the same ones through another filter; what is None stays."""
        self._all = self._all if entries is None else entries
        self._place = self._place if place is None else place
        self._words = self._words if words is None else words.lower().split()
        rows = [entry for entry in self._all if self._fits(entry)]
        if [e.source for e in rows] == [e.source for e in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def set_state(self, source: str, state: str, share: float = 0.0) -> None:
        """A model does something else now."""
        changes = {"state": state, "loaded_share": share} | ({"problem": ""} if state == "ready" else {})
        self._all = [replace(e, **changes) if e.source == source else e for e in self._all]
        self.show()

    def _fits(self, entry: ModelEntry) -> bool:
        if self._place == "usable":
            if entry.problem or (entry.plan is not None and entry.plan.verdict == "too_large"):
                return False
        elif self._place and entry.place != self._place:
            return False
        text = " ".join([entry.name, entry.path, entry.architecture, *facts(entry)]).lower()
        return all(word in text for word in self._words)

    @property
    def entries(self) -> list[ModelEntry]:
        """All entries, filtered or not."""
        return self._all

    def row_of(self, source: str) -> int:
        """The row of a model, -1 where it is not shown."""
        return next((row for row, entry in enumerate(self._rows) if entry.source == source), -1)

    def places(self) -> dict[str, int]:
        """How many models each place has, in the order in which they are listed."""
        found: dict[str, int] = {}
        for entry in self._all:
            found[entry.place] = found.get(entry.place, 0) + 1
        return found


def describe(entry: ModelEntry) -> str:
    """A row in words, for screen readers."""
    parts = [entry.name, place_name(entry.place), short_verdict(entry)[0]]
    if entry.chosen or entry.state != "asleep":
        parts.append(state_words(entry.state, entry.loaded_share, is_server=entry.place == "server"))
    return ", ".join(part for part in parts if part)


def rank(entry: ModelEntry) -> tuple[int, int, str]:
    """The guide, then what fits, the largest first, then servers, then what does not fit or cannot be used."""
    if entry.source == "guide":
        return 0, 0, ""
    if entry.place == "server":
        return 3, 0, entry.name.lower()
    if entry.plan is None or entry.problem:
        return 5, 0, entry.name.lower()
    return {"fits": 1, "fits_smaller": 2, "too_large": 4}[entry.plan.verdict], -entry.n_params, entry.name.lower()
