"""About Scrubjay: what it is, its version, where the data is, what it runs on."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QIcon
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label
from desktop.operations.help import list_versions
from resources import resource_path


class AboutDialog(Dialog):
    """Versions can be copied, the folder opened."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, QCoreApplication.translate("AboutDialog", "About Scrubjay"), (540, 440))
        self._versions = list_versions()
        self._icon = QLabel(self)
        self._icon.setAccessibleName(self.tr("Scrubjay's icon"))
        self.heading.setText(f"Scrubjay {self._versions['Scrubjay']}")
        self.body.removeWidget(self.heading)
        head = QHBoxLayout()
        head.addWidget(self._icon)
        words = QVBoxLayout()
        words.addWidget(self.heading)
        what = self.tr("A private assistant: nothing leaves this computer unasked.")
        words.addWidget(text_label(what, self, look="muted"))
        head.addLayout(words, 1)
        self.body.addLayout(head)
        self.body.addWidget(self._build_table(), 1)
        self._add_buttons()
        self._on_theme_changed()

    def _build_table(self) -> QScrollArea:
        page = QWidget(self)
        form = QFormLayout(page)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setHorizontalSpacing(self.context.theme.px(16))
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        # The others are names of programs.
        titles = {"Data": self.tr("Data"), "System": self.tr("System")}
        for name, value in {"Data": str(self.context.data_dir), **self._versions}.items():
            if name != "Scrubjay":
                form.addRow(text_label(titles.get(name, name), page, look="muted"), text_label(value, page))
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(page)
        area.setAccessibleName(self.tr("Versions"))
        return area

    def _add_buttons(self) -> None:
        row = QHBoxLayout()
        for words, act in (
            (self.tr("Open data folder"), self._open_folder),
            (self.tr("Copy versions"), self._copy),
            (self.tr("Licences"), self.context.actions["help.licences"].trigger),
        ):
            button = QPushButton(words, self)
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        self.body.addLayout(row)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.context.data_dir)))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{name} {value}" for name, value in self._versions.items()))

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        if hasattr(self, "_icon"):
            side = self.context.theme.px(56)
            icon = QIcon(str(resource_path("icons", "app.svg")))
            self._icon.setPixmap(icon.pixmap(side, side))
            self._icon.setFixedWidth(side + self.context.theme.px(8))
            self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
