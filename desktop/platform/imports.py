"""Imports cost what they must and no more.

From its first import on PySide reads the source of every module that is imported later, whoever's it is, to see
whether it may ask for other spellings of Qt's names (`from __feature__ import snake_case`): 136 files before our
first paint, a tenth of the time to it, and all their lines stay in memory. Nothing here asks for such spellings.
"""

from __future__ import annotations

import importlib
import sys

# A name inside PySide 6.11; a version without it starts as slowly as it does without us.
_MODULE, _READS_SOURCE = "shibokensupport.feature", "_mod_uses_pyside"


def import_without_reading_source() -> None:
    """Import PySide and have it take our word that no module asks for other spellings; call before importing more."""
    importlib.import_module("PySide6.QtCore")
    feature = sys.modules.get(_MODULE)
    if hasattr(feature, _READS_SOURCE):
        setattr(feature, _READS_SOURCE, lambda module: False)
