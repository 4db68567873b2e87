"""One memory in the side sheet: read, edit, pin, where it came from, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from desktop.context import Context
from desktop.errors import sentence_of
from desktop.memory.model import tier_name
from desktop.operations import memory as operations

if TYPE_CHECKING:
    from engine.memory.entry import MemoryEntry

TIERS = ("working", "short_term", "episodic", "long_term", "semantic")
STEPS = 100


def tr(text: str) -> str:
    return QCoreApplication.translate("MemoryDetail", text)


def source_words(entry: MemoryEntry) -> str:
    """Where a memory came from, in a line."""
    provenance = entry.provenance
    if provenance.file:
        name = provenance.file.rsplit("/", 1)[-1]
        return f"{name}, {provenance.place}" if provenance.place else name
    words = {
        "user": tr("You said it in a chat") if provenance.chat else tr("You wrote it here"),
        "assistant": tr("The model suggested it"),
        "document": tr("Read in a document"),
        "tool": tr("Found by a tool"),
        "import": tr("Imported"),
    }
    return words.get(provenance.source, provenance.source)


def keep_edit(context: Context, id: str, text: str) -> None:
    """Keep what was written in a sheet that has gone; where that cannot be, the sheet comes back with it."""

    def back() -> None:
        context.frame.show_sheet(MemoryDetail(context, id, text), tr("Memory"))

    def failed(error: Exception) -> None:
        context.frame.show_error(error, back, tr("Back to the text"))

    operations.edit(context, id, text=text, failed=failed)


class MemoryDetail(QScrollArea):
    """Edits one entry; what is changed is kept with "Save" or when the sheet is left, and can be undone."""

    def __init__(self, context: Context, id: str, draft: str = "") -> None:
        super().__init__()
        self._context, self._id, self._draft = context, id, draft
        self._entry: MemoryEntry | None = None
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body = QWidget()
        self._body.setProperty("look", "surface")
        self.setWidget(self._body)
        self._build()
        self.reload()
        context.bridge.changed.connect(self._on_changed)
        context.theme.changed.connect(self._align)

    def reload(self) -> None:
        """Read the entry again."""
        operations.load_entry(self._context, self._id, self._show, self)

    def _build(self) -> None:
        layout = QVBoxLayout(self._body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self._context.theme.px(12))
        self._text = QPlainTextEdit()
        self._text.setProperty("look", "input")
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName(tr("Text of the memory"))
        self._text.textChanged.connect(self._on_typed)
        layout.addWidget(self._text)
        self._problem = QLabel()
        self._problem.setProperty("look", "danger")
        self._problem.setWordWrap(True)
        self._problem.hide()
        layout.addWidget(self._problem)
        layout.addLayout(self._build_buttons())
        layout.addLayout(self._build_form())
        self._history = QLabel()
        self._history.setWordWrap(True)
        self._history.setProperty("look", "muted")
        self._history.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self._history.setAccessibleName(tr("History"))
        layout.addWidget(self._history)
        layout.addStretch(1)

    def _build_buttons(self) -> QHBoxLayout:
        self._save = QPushButton(tr("Save"))
        self._save.setProperty("look", "primary")
        self._save.setEnabled(False)
        self._save.setToolTip(
            QKeySequence(QKeySequence.StandardKey.Save).toString(QKeySequence.SequenceFormat.NativeText)
        )
        self._save.clicked.connect(self._on_save)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self._save.click)
        forget = QPushButton(tr("Forget"))
        forget.clicked.connect(self._on_forget)
        row = QHBoxLayout()
        row.addWidget(self._save)
        row.addStretch(1)
        row.addWidget(forget)
        return row

    def _build_form(self) -> QFormLayout:
        self._tier = QComboBox()
        for tier in TIERS:
            self._tier.addItem(tier_name(tier), tier)
        self._tier.activated.connect(lambda: self._change(tier=self._tier.currentData()))
        self._importance = QSlider(Qt.Orientation.Horizontal)
        self._importance.setRange(0, STEPS)
        self._importance.setPageStep(10)
        self._importance.valueChanged.connect(self._show_importance)
        self._importance.sliderReleased.connect(self._on_importance)
        self._figure = QLabel()
        self._figure.setMinimumWidth(self._context.theme.px(36))
        self._figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        importance = QHBoxLayout()
        importance.addWidget(self._importance, 1)
        importance.addWidget(self._figure)
        self._pinned = QCheckBox(tr("Pinned"))
        self._pinned.setToolTip(tr("What is pinned is never forgotten by itself and always in mind."))
        self._pinned.clicked.connect(lambda checked: operations.pin(self._context, [self._id], checked))
        self._tags = QLineEdit()
        self._tags.setPlaceholderText(tr("separated by commas"))
        self._tags.editingFinished.connect(self._on_tags)
        self._source, self._times = QLabel(), QLabel()
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for label, field, name in (
            (tr("Tier"), self._tier, tr("Tier")),
            (tr("Importance"), importance, ""),
            (tr("Tags"), self._tags, tr("Tags")),
            (tr("Source"), self._source, ""),
            (tr("Times"), self._times, ""),
        ):
            form.addRow(label, field)
            if isinstance(field, QWidget) and name:
                field.setAccessibleName(name)
        self._importance.setAccessibleName(tr("Importance"))
        for words in (self._source, self._times):
            words.setWordWrap(True)
            words.setProperty("look", "muted")
        self._rows = [(form.labelForField(field), field) for field in (self._tier, importance, self._tags)]
        form.insertRow(2, "", self._pinned)
        return form

    def _show(self, found: Any) -> None:
        entry, history = found
        was_edited = self._entry is not None and self._text.toPlainText() != self._entry.text
        self._entry = entry
        if not was_edited:
            self._text.setPlainText(self._draft or entry.text)
            self._draft = ""
        self._tier.setCurrentIndex(self._tier.findData(entry.tier))
        self._importance.setValue(round(entry.importance * STEPS))
        self._pinned.setChecked(entry.pinned)
        self._tags.setText(", ".join(entry.tags))
        self._source.setText(source_words(entry))
        self._times.setText(f"{tr('Kept {created}.').format(created=_date(entry.created_ms))} {_use_words(entry)}")
        lines = [f"{_date(change.at_ms)}  {change.sentence}" for change, _ in history[:10]]
        self._history.setText("\n".join([tr("History"), *lines]) if lines else "")

    def _change(self, **changes: Any) -> None:
        self._problem.hide()
        if self._entry is not None:
            operations.edit(
                self._context, self._id, lambda _: self._saved(), failed=self._on_failed, owner=self, **changes
            )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._align()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The text is as high as the sheet lets it be, whatever stands below: a longer history moves no button."""
        super().resizeEvent(event)
        px = self._context.theme.px
        self._text.setFixedHeight(min(max(self.height() * 2 // 5, px(96)), px(280)))

    def _align(self) -> None:
        """Words stand in the middle beside what they name; a form puts them higher where it is tall."""
        for label, field in self._rows:
            label.setMinimumHeight(field.sizeHint().height())

    def hideEvent(self, event: QHideEvent) -> None:
        """Esc, another memory, the cross: what was written is kept, never lost without a word."""
        super().hideEvent(event)
        if self._save.isEnabled() and not event.spontaneous():
            self._save.setEnabled(False)
            keep_edit(self._context, self._id, self._text.toPlainText())

    def _on_save(self) -> None:
        # Else Qt gives the focus of a button that is switched off to the next one, which forgets.
        self._text.setFocus()
        self._change(text=self._text.toPlainText())

    def _saved(self) -> None:
        self._save.setEnabled(False)
        self.reload()

    def _on_failed(self, error: Exception) -> None:
        self._problem.setText(sentence_of(error))
        self._problem.show()

    def _on_typed(self) -> None:
        changed = self._entry is not None and self._text.toPlainText() != self._entry.text
        self._save.setEnabled(changed and bool(self._text.toPlainText().strip()))

    def _on_importance(self) -> None:
        self._change(importance=self._importance.value() / STEPS)

    def _show_importance(self, value: int) -> None:
        self._figure.setText(QLocale().toString(value / STEPS, "f", 2))
        if (
            self._entry is not None
            and not self._importance.isSliderDown()
            and value != round(self._entry.importance * STEPS)
        ):
            self._on_importance()

    def _on_tags(self) -> None:
        tags = [tag.strip() for tag in self._tags.text().split(",") if tag.strip()]
        if self._entry is not None and tags != list(self._entry.tags):
            self._change(tags=tags)

    def _on_forget(self) -> None:
        self._save.setEnabled(False)
        if self._entry is not None:
            operations.trash(self._context, [self._id], self._entry.text)
            self._context.frame.close_sheet()

    def _on_changed(self, kind: str, id: str, what: str) -> None:
        if (kind, id, what) == ("memory", self._id, "forgotten"):
            # Before the sheet closes, which keeps what was written.
            self._save.setEnabled(False)
            if self.isVisible():
                self._context.frame.close_sheet()
        elif kind == "all" or (kind == "memory" and id == self._id and what != "delete"):
            self.reload()


def _use_words(entry: MemoryEntry) -> str:
    if not entry.uses:
        return tr("Not used for an answer yet.")
    used = _date(entry.last_used_ms)
    if entry.uses == 1:
        return tr("Used once, {used}.").format(used=used)
    return tr("Used {n} times, last {used}.").format(n=QLocale().toString(entry.uses), used=used)


def _date(ms: int) -> str:
    return QLocale().toString(QDateTime.fromMSecsSinceEpoch(ms), QLocale.FormatType.ShortFormat)
