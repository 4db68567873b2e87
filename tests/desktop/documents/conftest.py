"""A window with the documents panel in front, its engine open and its library empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF

from desktop.app import open_engine
from desktop.documents.panel import DocumentsPanel
from desktop.main_window import MainWindow
from desktop.operations.documents import reading_of

LEASE = (
    "The rent is 640 euros a month. It is due on the third working day.",
    "The notice period is three months to the end of a quarter. Notice must be given in writing.",
    "The boiler stands in the cellar. It is serviced by the landlord in autumn.",
)


@pytest.fixture
def library(make_window: Callable[..., MainWindow], until) -> MainWindow:
    """The window."""
    window = make_window(engine=False, panel="documents")
    window.state.set("sample_read", True)
    open_engine(window)
    until(lambda: panel_of(window).model.is_loaded)
    return window


@pytest.fixture
def lease(tmp_path: Path) -> Path:
    """A PDF of three pages."""
    pdf = FPDF()
    for text in LEASE:
        pdf.add_page()
        pdf.set_font("helvetica", size=12)
        pdf.multi_cell(0, 7, text)
    path = tmp_path / "lease.pdf"
    pdf.output(str(path))
    return path


def panel_of(window: MainWindow) -> DocumentsPanel:
    panel = window.panels["documents"]
    assert isinstance(panel, DocumentsPanel)
    return panel


@pytest.fixture
def add(until) -> Callable[..., None]:
    """Drop files on the window and wait until all is told."""

    def drop(window: MainWindow, *paths: Path) -> None:
        window.take_files([str(path) for path in paths])
        reading = reading_of(window.context)
        assert reading.batches
        until(lambda: not reading.batches)
        model = panel_of(window).model
        until(lambda: not model._timer.isActive() and not model._changed)

    return drop
