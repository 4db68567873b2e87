"""What the side sheet shows behind a citation: the page with the sentence marked, or the passage in its text.

One sheet goes through all sources of an answer (Alt+Left, Alt+Right), and through the pages of the one shown.
A page is asked for as wide as it is shown; what is there is shown larger or smaller until the picture comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from desktop.bridge import Job
from desktop.chat.words import tip
from desktop.context import Context
from desktop.documents.page_view import PageArea
from desktop.documents.text_view import TextView
from desktop.documents.words import name_of, tr
from desktop.errors import sentence_of
from desktop.look.tokens import FONT_SMALL
from desktop.operations import documents as document_operations
from desktop.operations import sources as operations
from desktop.operations.sources import Cited, Found

if TYPE_CHECKING:
    from engine.documents.types import RenderedPage

# A picture of another width is asked for so long after the last change.
SHARPEN_MS = 80
# A page is opened at most so large, in pixels at 100 % for each of its points: ten points as large as our words.
PIXELS_PER_POINT = 1.4
# Lower than this, in pixels at 100 %, the heading and the large buttons make room for the page.
LOW = 300
# Less than this much wider than the picture there is: it stays.
_SHARP_ENOUGH = 1.05


class SourceSheet(Widget):
    """The sources of an answer, one at a time."""

    def __init__(self, context: Context, sources: Sequence[Cited], index: int) -> None:
        super().__init__()
        self._context = context
        self.sources = list(sources)
        self.index = index
        self.found: Found | None = None
        self.page, self.pages = 0, 0
        self._full_name = ""
        self._rendered_width = 0
        self._job: Job | None = None
        self._sharpen = QTimer(self, singleShot=True, interval=SHARPEN_MS, timeout=self._on_sharpen)
        self._build()
        self._connect()
        self._on_theme_changed()
        self.setFocusProxy(self.area)
        self.show_source(index)

    @property
    def cited(self) -> Cited:
        return self.sources[self.index]

    # Building

    def _build(self) -> None:
        self._name = _label(self)
        self._place = _label(self, "muted")
        self._notice = _label(self, "warning")
        self._notice.setWordWrap(True)
        self._place.setWordWrap(True)
        self.previous_source = self._tool("left", tr("Previous source"), "Alt+Left", lambda: self.step_source(-1))
        self.next_source = self._tool("right", tr("Next source"), "Alt+Right", lambda: self.step_source(1))
        self._source_number = _label(self, "muted")
        self._sources_row = _row(self.previous_source, self._source_number, self.next_source)
        self.previous_page = self._tool("up", tr("Previous page"), "Ctrl+PgUp", lambda: self.step_page(-1))
        self.next_page = self._tool("down", tr("Next page"), "Ctrl+PgDown", lambda: self.step_page(1))
        self._page_number = _label(self, "muted")
        self._smaller = self._tool("minus", tr("Smaller page"), "", lambda: self.area.step_zoom(-1))
        self._larger = self._tool("plus", tr("Larger page"), "", lambda: self.area.step_zoom(1))
        # Where the sheet is low these stand for the two buttons below.
        self._copy_tool = self._tool("copy", tr("Copy quote"), "", self.copy_quote)
        self._open_tool = self._tool("open", tr("Open file"), "", self.open_file)
        self._page_tools = Widget(self)
        page_row = _row(self.previous_page, self._page_number, self.next_page)
        page_row.addStretch(1)
        page_row.addWidget(self._smaller)
        for tool in (self._larger, self._copy_tool, self._open_tool):
            page_row.addWidget(tool)
        self._page_tools.setLayout(page_row)
        self.area = PageArea(self._context.theme, self)
        self.text = TextView(self._context.theme, self)
        self._waiting = _label(self, "muted")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget(self)
        for widget in (self.area, self.text, self._waiting):
            self.stack.addWidget(widget)
        self.open_button = QPushButton(tr("Open file"), self)
        self.copy_button = QPushButton(tr("Copy quote"), self)
        self.at_foot = Widget(self)
        self._buttons = QHBoxLayout(self.at_foot)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.addWidget(self.open_button)
        self._buttons.addWidget(self.copy_button)
        self._buttons.addStretch(1)
        top = QHBoxLayout()
        top.addWidget(self._name, 1)
        top.addLayout(self._sources_row)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(top)
        for widget in (self._place, self._notice, self._page_tools):
            self._layout.addWidget(widget)
        self._layout.addWidget(self.stack, 1)
        self._layout.addWidget(self.at_foot)

    def _connect(self) -> None:
        self.area.resized.connect(self._sharpen.start)
        self.area.page_asked.connect(self.step_page)
        self.open_button.clicked.connect(self.open_file)
        self.copy_button.clicked.connect(self.copy_quote)
        self._context.theme.changed.connect(self._on_theme_changed)

    def _tool(self, icon: str, name: str, keys: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setAccessibleName(name)
        shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{name} ({shown})" if keys else name)
        button.clicked.connect(lambda _=False: act())
        self._context.theme.bind_icon(button, icon)
        if keys:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        return button

    # Sources

    def step_source(self, step: int) -> None:
        """Show the next (1) or previous (-1) source of the answer."""
        if 0 <= self.index + step < len(self.sources):
            self.show_source(self.index + step)

    def show_source(self, index: int) -> None:
        """Show one of the sources."""
        self.index, self.found = index, None
        self.page, self.pages = self.cited.page or 1, 0
        self._show_head()
        self._wait(tr("Looking it up…"))
        self._start(operations.find(self._context, self.cited, self._on_found, owner=self))

    def _on_found(self, found: Found) -> None:
        self.found = found
        self._show_head()
        if found.has_pages and self.cited.page is not None:
            self._ask_page(fresh=True)
        else:
            self._show_text(found)

    def _show_text(self, found: Found) -> None:
        if found.passages:
            self.text.show_passages(found.passages, self.cited.id, self.cited.text)
        else:
            self.text.show_words(found.words or self.cited.text)
        self.text.setAccessibleDescription(self.cited.text)
        self._page_tools.hide()
        self._show(self.text)
        QTimer.singleShot(0, self.text, self.text.show_mark)

    def _show(self, widget: Widget) -> None:
        had_focus = self.isAncestorOf(self.window().focusWidget() or self)
        self.stack.setCurrentWidget(widget)
        self.setFocusProxy(widget)
        if had_focus or self.hasFocus():
            widget.setFocus()

    # Pages

    def step_page(self, step: int) -> None:
        """Show the next (1) or previous (-1) page of the file."""
        if self.pages and 1 <= self.page + step <= self.pages:
            self.page += step
            self._ask_page(fresh=True)

    def _ask_page(self, *, fresh: bool) -> None:
        if self.found is None or not self.found.has_pages:
            return
        self._page_tools.show()
        if fresh and not self.area.page.has_page:
            self._wait(tr("Opening the page…"))
        page, width = self.page, self.area.wanted_width
        self._start(
            operations.render(
                self._context,
                self.found,
                page,
                width,
                lambda rendered: self._on_rendered(rendered, fresh=fresh),
                failed=self._on_failed,
                owner=self,
            )
        )

    def _on_rendered(self, rendered: RenderedPage, *, fresh: bool) -> None:
        self.page, self.pages = rendered.page, rendered.pages
        self._rendered_width = rendered.width
        image = QImage(
            rendered.pixels, rendered.width, rendered.height, rendered.stride, QImage.Format.Format_BGR888
        ).copy()  # the bytes go, the picture stays
        marks = rendered.marks[0] if rendered.marks else ()
        self._show(self.area)
        self.area.comfortable_width = rendered.width_pt * PIXELS_PER_POINT * self._context.theme.zoom / 100
        self.area.show_page(image, marks, fresh=fresh)
        number = QLocale().toString
        words = tr("Page {n} of {total}").format(n=number(self.page), total=number(self.pages))
        self._page_number.setAccessibleName(words)
        self._arrange()
        self.previous_page.setEnabled(self.page > 1)
        self.next_page.setEnabled(self.page < self.pages)
        self.area.setAccessibleName(tr("{page} of {name}").format(page=words, name=name_of(self.cited.path)))
        self.area.setAccessibleDescription(self._description(bool(marks)))
        if self.area.wanted_width > self._rendered_width * _SHARP_ENOUGH:
            self._sharpen.start()

    def _description(self, marked: bool) -> str:
        """What a screen reader says of the picture: the passage, the marked sentence first."""
        if self.found is None or not marked:
            return ""
        passage = self.found.passage.text if self.found.passage is not None else ""
        return tr("Marked: {quote}").format(quote=self.cited.text) + (f"\n{passage}" if passage else "")

    def _on_failed(self, error: Exception) -> None:
        """The page cannot be shown: the words can."""
        if self.found is not None:
            self._notice.setText(sentence_of(error))
            self._notice.show()
            operations.load_passages(self._context, self.found, self._show_text, owner=self)

    def _on_sharpen(self) -> None:
        if self.area.page.has_page and self.stack.currentWidget() is self.area:
            wanted = self.area.wanted_width
            if not self._rendered_width / _SHARP_ENOUGH <= wanted <= self._rendered_width * _SHARP_ENOUGH:
                self._ask_page(fresh=False)

    def _start(self, job: Job) -> None:
        """Only the last thing that was asked for is shown."""
        if self._job is not None:
            self._job.cancel()
        self._job = job

    def _wait(self, words: str) -> None:
        self._waiting.setText(words)
        if not self.area.page.has_page:
            self.stack.setCurrentWidget(self._waiting)

    # Head and foot

    def _show_head(self) -> None:
        cited, found = self.cited, self.found
        name = name_of(cited.path) if cited.path else cited.place
        self._name.setToolTip(tip("\n".join(filter(None, (cited.path, cited.heading)))))
        self._full_name = name
        self._elide()
        self._place.setText(cited.heading)
        number = QLocale().toString
        many = len(self.sources) > 1
        self._source_number.setText(
            tr("{n} of {total}").format(n=number(self.index + 1), total=number(len(self.sources)))
        )
        for widget in (self.previous_source, self._source_number, self.next_source):
            widget.setVisible(many)
        self.previous_source.setEnabled(self.index > 0)
        self.next_source.setEnabled(self.index < len(self.sources) - 1)
        self._notice.setText(self._notice_words())
        self._notice.setVisible(bool(self._notice.text()))
        self._page_tools.setVisible(found is not None and found.has_pages and cited.page is not None)
        self._arrange()
        self._context.frame.announce(cited.place)

    def _notice_words(self) -> str:
        if self.found is None:
            return ""
        if self.cited.kind == "memory":
            return tr("This memory is not there any more.") if self.found.state == "removed" else ""
        words = {
            "changed": tr("The file has changed since it was read; the sentence may stand elsewhere or be gone."),
            "missing": tr("The file is not where it was when it was read. This is what was read."),
            "removed": tr("This document is no longer in Scrubjay. This is what was quoted."),
        }
        return words.get(self.found.state, "")

    def open_file(self) -> None:
        """Open the file with the program of the system, at this page where that can."""
        path = self.found.path if self.found is not None and self.found.path else self.cited.path
        document_operations.open_file(self._context, path, self.page if self.pages else None)

    def copy_quote(self) -> None:
        """Copy the quoted sentence with its place."""
        quote = " ".join(self.cited.text.split())
        QGuiApplication.clipboard().setText(f"“{quote}” ({self.cited.place})")
        self._context.frame.say(tr("Copied the quote with its place."))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._elide()
        self._arrange()

    def _arrange(self) -> None:
        """Show what there is room for."""
        found, cited = self.found, self.cited
        low = self.height() < self._context.theme.px(LOW)
        has_tools = found is not None and found.has_pages and cited.page is not None
        can_open = bool(cited.path) and (found is None or found.state in ("there", "changed"))
        as_tools = low and has_tools
        self._place.setVisible(bool(cited.heading) and not low)
        # The sheet's own title says it too, or the page does.
        self._name.setVisible(not as_tools)
        self.open_button.setVisible(can_open and not as_tools)
        self.copy_button.setVisible(bool(cited.text) and not as_tools)
        number = QLocale().toString
        short = f"{number(self.page)} / {number(self.pages)}" if self.pages else ""
        self._page_number.setText(short if low else self._page_number.accessibleName())
        self._open_tool.setVisible(can_open and as_tools)
        self._copy_tool.setVisible(bool(cited.text) and as_tools)

    def _elide(self) -> None:
        room = max(60, self._name.width())
        self._name.setText(self._name.fontMetrics().elidedText(self._full_name, Qt.TextElideMode.ElideMiddle, room))
        self._name.setAccessibleName(self._full_name)

    def _on_theme_changed(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(px(8))
        self._buttons.setSpacing(px(8))
        self._name.setFont(theme.font(bold=True))
        for label in (self._place, self._notice, self._source_number, self._page_number):
            label.setFont(theme.font(FONT_SMALL))
        self.area.viewport().update()


def _label(parent: Widget, look: str = "") -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("look", look)
    label.setMinimumWidth(1)
    if not look:
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _row(*widgets: Widget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    return row
