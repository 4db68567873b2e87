"""Report a problem: a text that the person reads, copies or saves. Nothing is sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QPushButton

from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label
from desktop.look.tokens import FONT_SMALL
from desktop.operations.help import write_report


class ReportDialog(Dialog):
    """The report, read-only."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, QCoreApplication.translate("ReportDialog", "Report a problem"), (760, 600))
        self.body.addWidget(
            text_label(
                self.tr(
                    "Read what stands here, then copy or save it and give it to whoever helps you. It holds versions, "
                    "the state of Scrubjay and the end of its log; no chats, memories or documents. Nothing is sent."
                ),
                self,
            )
        )
        self.text = QPlainTextEdit(self.tr("Looking…"), self)
        self.text.setProperty("look", "input")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(self.tr("Report"))
        self.body.addWidget(self.text, 1)
        self._buttons: list[QPushButton] = []
        row = QHBoxLayout()
        for words, act in (
            (self.tr("Copy"), self._copy),
            (self.tr("Save as…"), self._save),
            (self.tr("Open log folder"), self._open_logs),
        ):
            button = QPushButton(words, self)
            button.clicked.connect(act)
            row.addWidget(button)
            self._buttons.append(button)
        row.addStretch(1)
        self.body.addLayout(row)
        self._buttons[0].setProperty("look", "primary")
        self._on_theme_changed()
        write_report(context, self._on_written, self)

    def _on_written(self, report: str) -> None:
        self.text.setPlainText(report)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self._buttons[0].setText(self.tr("Copied"))

    def _save(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the report"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        stamp = QDateTime.currentDateTime().toString(Qt.DateFormat.ISODate).split("T")[0]
        dialog.selectFile(f"scrubjay-report-{stamp}.txt")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def save_to(self, path: str) -> None:
        """Write the report into a file."""
        try:
            Path(path).write_text(self.text.toPlainText(), "utf-8")
        except OSError as error:
            self.context.frame.show_error(error)

    def _open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.context.data_dir / "logs")))

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        if hasattr(self, "text"):
            self.text.setFont(self.context.theme.font(FONT_SMALL, fixed=True))
