"""The settings: one page of rows in sections, made from the declarations, with a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label
from desktop.look.tokens import FONT_LARGE
from desktop.operations.models import list_models
from desktop.settings.controls import Offer
from desktop.settings.data import BackupRow, FolderRow, KeysRow
from desktop.settings.options import declared_options, section_titles
from desktop.settings.row import OptionRow, Row
from desktop.settings.values import SettingValues
from desktop.widgets.search_field import SearchField
from desktop.widgets.side_list import Place, SideList

if TYPE_CHECKING:
    from engine.models_face import ModelEntry

# Pixels at 100 %: the sections stand beside the rows in a dialog at least this wide.
WIDE = 640
SECTIONS_WIDTH = 150


class Section(QWidget):
    """A heading and its rows."""

    def __init__(self, title: str, rows: list[Row | KeysRow], parent: QWidget) -> None:
        super().__init__(parent)
        self.rows = rows
        self.heading = QLabel(title, self)
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.heading)
        for index, row in enumerate(rows):
            if index:
                line = QFrame(self)
                line.setProperty("look", "hairline")
                line.setFixedHeight(1)
                self._layout.addWidget(line)
            self._layout.addWidget(row)

    def filter(self, words: str) -> bool:
        """Show only the rows that fit; returns whether any does."""
        any_fits = False
        for row in self.rows:
            fits = not words or row.fits(words)
            row.setVisible(fits)
            any_fits = any_fits or fits
        self.setVisible(any_fits)
        return any_fits


class SettingsDialog(Dialog):
    """All options of the window and of the engine."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, QCoreApplication.translate("SettingsDialog", "Settings"), (820, 640))
        self.values = SettingValues(context, self)
        self.rows: dict[str, OptionRow] = {}
        self.sections: dict[str, Section] = {}
        self._is_going = False
        self._build()
        self._connect()
        self._on_theme_changed()
        self._show_pending()
        self.search.setFocus()

    # Building

    def _build(self) -> None:
        self.search = SearchField(self.context.theme, self.tr("Search settings"), self)
        self.body.addWidget(self.search)
        if self.values.problem:
            self.body.addWidget(text_label(self.values.problem, self, look="danger"))
        self.list = SideList(self.context.theme, self.tr("Sections"), self)
        self.page = QWidget(self)
        self.page.setProperty("look", "page")
        column = QVBoxLayout(self.page)
        for key, title in section_titles().items():
            self.sections[key] = Section(title, self._rows_of(key), self.page)
            column.addWidget(self.sections[key])
        self.list.show_places(Place(key, title) for key, title in section_titles().items())
        self._nothing = text_label(self.tr("No setting is called that."), self.page, look="muted")
        self._nothing.hide()
        column.addWidget(self._nothing)
        column.addStretch(1)
        self.scroll = QScrollArea(self)
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The rows in it take the focus, and scroll into view.
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(self.page)
        middle = QHBoxLayout()
        middle.addWidget(self.list)
        middle.addWidget(self.scroll, 1)
        self.body.addLayout(middle, 1)
        self.body.addWidget(self._build_bar())

    def _rows_of(self, section: str) -> list[Row | KeysRow]:
        rows: list[Row | KeysRow] = []
        if section == "data":
            rows += [FolderRow(self.context), BackupRow(self.context), KeysRow(self.context)]
        for option in declared_options():
            if option.section == section:
                row = OptionRow(option, self.values, self.context.theme, self._open_file)
                self.rows[option.id] = row
                rows.append(row)
        if section == "window":
            keys = Row(
                self.tr("Keyboard shortcuts"), self.tr("All commands with their keys."), self.context.theme, self.page
            )
            button = QPushButton(self.tr("Change…"), keys)
            button.setAccessibleName(self.tr("Change keyboard shortcuts"))
            button.clicked.connect(self.context.actions["help.shortcuts"].trigger)
            keys.add_side(button)
            rows.append(keys)
        return rows

    def _build_bar(self) -> QFrame:
        self.bar = QFrame(self)
        self.bar.setProperty("look", "card")
        self._bar_words = text_label("", self.bar)
        self.apply = QPushButton(self.tr("Apply now"), self.bar)
        self.apply.setProperty("look", "primary")
        self.apply.clicked.connect(self._on_apply)
        row = QHBoxLayout(self.bar)
        row.addWidget(self._bar_words, 1)
        row.addWidget(self.apply)
        return self.bar

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_search)
        self.list.currentRowChanged.connect(self._on_section)
        self.scroll.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.values.changed.connect(self._show_pending)
        self.context.bridge.opened.connect(self._show_pending)
        self.context.bridge.open_failed.connect(self._show_pending)
        self.context.bridge.jobs_changed.connect(self._show_pending)
        self.context.theme.changed.connect(self._show_values)
        list_models(self.context, self._on_models, failed=lambda _: None, owner=self)

    def _on_models(self, models: list[ModelEntry]) -> None:
        """The models that can be chosen are known."""
        control = self.rows["model"].control
        assert isinstance(control, Offer)
        control.offer([(model.source, model.name) for model in models if not model.problem])

    # Search and sections

    def _on_search(self, text: str) -> None:
        words = text.strip()
        found = [section.filter(words) for section in self.sections.values()]
        for index, shown in enumerate(found):
            item = self.list.item(index)
            if item is not None:
                item.setHidden(not shown)
        self._nothing.setVisible(not any(found))

    def _on_section(self, index: int) -> None:
        if index < 0:
            return
        section = list(self.sections.values())[index]
        # Behind the layout, which may not have placed the rows yet.
        QTimer.singleShot(0, section, lambda: self._go_to(section))

    def _go_to(self, section: Section) -> None:
        # The last ones cannot come to the top; they stay chosen all the same.
        self._is_going = True
        self.scroll.verticalScrollBar().setValue(section.y())
        self._is_going = False

    def _on_scrolled(self, value: int) -> None:
        """The list of sections follows the page."""
        above = [i for i, section in enumerate(self.sections.values()) if section.isVisible() and section.y() <= value]
        if above and not self._is_going:
            self.list.blockSignals(True)
            self.list.setCurrentRow(above[-1])
            self.list.blockSignals(False)

    # What waits for the engine

    def _show_values(self) -> None:
        for row in self.rows.values():
            if not row.option.of_engine:
                row.show_value()

    def _show_pending(self) -> None:
        changed = self.values.pending()
        self.bar.setVisible(bool(changed))
        self.apply.setEnabled(True)
        if not changed:
            return
        running = [job.title for job in self.context.bridge.jobs]
        if self.context.actions["chat.stop"].isEnabled():
            running.append(self.tr("an answer"))
        if running:
            self._bar_words.setText(
                self.tr("Something runs ({what}). Applying your changes stops it.").format(what=", ".join(running))
            )
            self.apply.setText(self.tr("Stop it and apply"))
        else:
            self._bar_words.setText(
                self.tr("{what}: what you changed holds at the next start, or now, after a moment.").format(
                    what=QLocale().createSeparatedList(changed)
                )
            )
            self.apply.setText(self.tr("Apply now"))

    def _on_apply(self) -> None:
        self.apply.setEnabled(False)
        self._bar_words.setText(self.tr("Opening again…"))
        self.context.bridge.reopen()

    def _open_file(self) -> None:
        path = self.context.data_dir / "settings.toml"
        if not path.exists():
            from engine.settings import save_settings

            save_settings(self.context.data_dir, {})
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sections()

    def _fit_sections(self) -> None:
        if hasattr(self, "list"):
            self.list.setVisible(self.width() >= self.context.theme.px(WIDE))

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        if not hasattr(self, "sections"):
            return
        px = self.context.theme.px
        self.list.setFixedWidth(px(SECTIONS_WIDTH))
        self.page.layout().setContentsMargins(px(8), 0, px(12), 0)  # type: ignore[union-attr]
        for section in self.sections.values():
            section.heading.setFont(self.context.theme.font(FONT_LARGE, bold=True))
            section.layout().setContentsMargins(0, px(4), 0, px(20))  # type: ignore[union-attr]
        self._fit_sections()
