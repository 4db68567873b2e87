"""Where the data lie when nobody names a folder: where the person put them once, else where the system says.

The system's folder may be unusable: somebody else's files are in it, it may not be written. The window then asks
for another one, and that choice must be found before any settings can be, because the settings are in the folder.
So it stands in a file of its own beside the folders of settings, `<config>/<application id>.folder`: one line, the
path. Not inside of such a folder, because on macOS and Windows that is the very folder which could not be used.
`--data-dir` and SCRUBJAY_DATA_DIR come before it. Imported by the window before anything else of the engine.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["APP_ID", "default_data_dir", "keep_data_dir", "kept_in"]

APP_ID = "io.github.scrubjay.Scrubjay"
_LONGEST_PATH = 4096


def default_data_dir() -> Path:
    """Where everything lives when nobody says otherwise."""
    return _kept() or _of_system()


def keep_data_dir(folder: Path) -> None:
    """Have the next start use a folder; the system's own is the default again.

    Raises:
        OSError: that cannot be written down.
    """
    file, text = kept_in(), f"{os.path.abspath(folder)}\n"
    if os.path.realpath(folder) == os.path.realpath(_of_system()):
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        # Created private: a path may say who somebody is.
        with open(fresh, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        fresh.replace(file)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def kept_in() -> Path:
    """The file that holds the person's folder."""
    import platformdirs  # 5 ms that a start with a named folder need not pay

    settings = Path(platformdirs.user_config_dir(APP_ID, appauthor=False))
    return settings.with_name(f"{settings.name}.folder")


def _kept() -> Path | None:
    try:
        text = kept_in().read_text("utf-8")
    except (OSError, ValueError):
        return None
    path = text.removesuffix("\n")
    is_path = os.path.isabs(path) and len(path) < _LONGEST_PATH and not any(c in path for c in "\0\n")
    return Path(path) if is_path else None


def _of_system() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir(APP_ID, appauthor=False))
