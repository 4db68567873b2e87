"""Asks which file memories or a backup go into, or memories come from; without blocking."""

from __future__ import annotations

import os
from typing import cast

from PySide6.QtCore import QCoreApplication, QDate, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.context import Context
from desktop.operations import transfer as operations

ENDING = "jsonl"
BACKUP = "scrubjay-backup"
# Where the last file was, in the state of the window.
FOLDER = "transfer_folder"


def tr(text: str) -> str:
    return QCoreApplication.translate("Transfer", text)


def choose_export(context: Context) -> QFileDialog:
    """Ask for a file, and write all memories into it."""
    dialog = _dialog(context, tr("Export memories"), QFileDialog.FileMode.AnyFile)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(ENDING)
    day = QDate.currentDate().toString(Qt.DateFormat.ISODate)
    dialog.selectFile(f"{tr('Scrubjay memories {day}').format(day=day)}.{ENDING}")
    dialog.fileSelected.connect(lambda path: operations.export_memories(context, path))
    dialog.open()
    return dialog


def choose_backup(context: Context) -> QFileDialog:
    """Ask for a file, and write everything that lasts into it."""
    dialog = _dialog(context, tr("Back up everything"), QFileDialog.FileMode.AnyFile)
    dialog.setNameFilters([tr("Backups ({pattern})").format(pattern=f"*.{BACKUP}"), tr("All files (*)")])
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(BACKUP)
    day = QDate.currentDate().toString(Qt.DateFormat.ISODate)
    dialog.selectFile(f"{tr('Scrubjay {day}').format(day=day)}.{BACKUP}")
    dialog.fileSelected.connect(lambda path: operations.back_up(context, path))
    dialog.open()
    return dialog


def choose_import(context: Context) -> QFileDialog:
    """Ask for a file, and take in the memories that are in it."""
    dialog = _dialog(context, tr("Import memories"), QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda path: operations.import_memories(context, path))
    dialog.open()
    return dialog


def _dialog(context: Context, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    dialog = QFileDialog(cast(QWidget, context.frame), title, str(context.state.get(FOLDER, documents)))
    dialog.setFileMode(mode)
    dialog.setNameFilters([tr("Memories ({pattern})").format(pattern=f"*.{ENDING}"), tr("All files (*)")])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: context.state.set(FOLDER, os.path.dirname(path)))
    return dialog
