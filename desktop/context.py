"""What every panel is given: the few things that a view may use besides its own widgets."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from PySide6.QtWidgets import QWidget

from desktop.actions import Actions
from desktop.bridge import Bridge
from desktop.look.theme import Theme
from desktop.state import WindowState

if TYPE_CHECKING:
    from desktop.frame.undo import Undo


class Frame(Protocol):
    """What the main window does for its panels."""

    def open_panel(self, key: str) -> QWidget:
        """Bring a panel (chat, memory, documents, models, resources) to the front and return it."""
        ...

    def offer_undo(self, sentence: str, undo: Undo, redo: Undo | None = None, about: Collection[str] = ()) -> None:
        """Say at the foot what was done, with a button that undoes it; also Edit → Undo, then Redo.

        Args:
            undo: undoes it, and offers nothing itself; gives back its job, if that can fail.
            redo: does it once more after that, and offers nothing itself; None where that cannot be.
            about: ids of the change and the memory that it was: forgotten for good, nothing says it any longer.
        """
        ...

    def show_error(self, error: Exception, act: Callable[[], None] | None = None, button: str = "") -> None:
        """Put an error into words (desktop/errors.py), with what can be done on a button: "Try again" if not named."""
        ...

    def say(self, sentence: str) -> None:
        """A line at the foot that goes by itself, announced to screen readers."""
        ...

    def offer(self, sentence: str, button: str, act: Callable[[], None]) -> None:
        """A line at the foot with a button; it stays until it is closed."""
        ...

    def announce(self, sentence: str, *, assertive: bool = False) -> None:
        """Tell screen readers only."""
        ...

    def notify(self, title: str, sentence: str, opened: Callable[[], None] | None = None) -> None:
        """Tell of something that ended while the window is not in front; `opened` is called on a click."""
        ...

    def show_sheet(self, content: QWidget, title: str) -> None:
        """Show a widget in the side sheet; Esc closes it, and the focus goes back."""
        ...

    def close_sheet(self) -> None:
        """Close the side sheet."""
        ...


class Context(NamedTuple):
    """The surroundings of a view.

    Attributes:
        data_dir: where everything lives, known before the engine is imported.
        state: what the window remembers between starts.
    """

    bridge: Bridge
    theme: Theme
    actions: Actions
    state: WindowState
    frame: Frame
    data_dir: Path
