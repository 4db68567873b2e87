"""Start at login, the way each system wants it: a desktop file, a LaunchAgent, a Run key.

Tried on Linux; macOS and Windows are written and untried. The program starts in the tray (`--tray`).
"""

from __future__ import annotations

import os
import plistlib
import sys
from pathlib import Path

APP_ID = "io.github.scrubjay.Scrubjay"
IN_TRAY = "--tray"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


def is_at_login() -> bool:
    """Whether Scrubjay starts at login."""
    if sys.platform == "win32":
        return _windows_command() is not None
    return _entry_path().exists()


def set_at_login(wanted: bool, data_dir: Path | None = None) -> None:
    """Start at login from now on, or no longer.

    Args:
        data_dir: given to the program where it is not the default one.

    Raises:
        OSError: the system does not let us.
    """
    command = start_command(data_dir)
    if sys.platform == "win32":
        _set_windows_command(command if wanted else None)
    elif not wanted:
        _entry_path().unlink(missing_ok=True)
    else:
        path = _entry_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_launch_agent(command) if sys.platform == "darwin" else _desktop_file(command))


def start_command(data_dir: Path | None = None) -> list[str]:
    """What starts this program in the tray: the bundle's own file, or the interpreter on the installed one."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "desktop"]
    # An installed script outlives a change of the working directory, `-m desktop` needs the package installed.
    script = Path(sys.executable).with_name("scrubjay.exe" if sys.platform == "win32" else "scrubjay")
    if not getattr(sys, "frozen", False) and script.exists():
        program = [str(script)]
    folder = ["--data-dir", str(data_dir)] if data_dir is not None else []
    return [*program, *folder, IN_TRAY]


def _entry_path() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{APP_ID}.plist"
    config = os.environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "autostart" / f"{APP_ID}.desktop"


def _desktop_file(command: list[str]) -> bytes:
    lines = (
        "[Desktop Entry]",
        "Type=Application",
        "Name=Scrubjay",
        f"Exec={' '.join(quote_exec(word) for word in command)}",
        f"Icon={APP_ID}",
        "Terminal=false",
        "X-GNOME-Autostart-enabled=true",
    )
    return ("\n".join(lines) + "\n").encode()


def quote_exec(word: str) -> str:
    """A word of an Exec line, quoted twice as the Desktop Entry Specification asks."""
    inner = word.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$").replace("%", "%%")
    return '"' + inner.replace("\\", "\\\\") + '"'


def _launch_agent(command: list[str]) -> bytes:
    return plistlib.dumps(
        {"Label": APP_ID, "ProgramArguments": command, "RunAtLoad": True, "ProcessType": "Interactive"}
    )


def _windows_command() -> str | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
            return str(winreg.QueryValueEx(key, APP_ID)[0])
    except FileNotFoundError:
        return None


def _set_windows_command(command: list[str] | None) -> None:
    if sys.platform != "win32":
        return
    import subprocess
    import winreg

    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
        if command is not None:
            winreg.SetValueEx(key, APP_ID, 0, winreg.REG_SZ, subprocess.list2cmdline(command))
        elif _windows_command() is not None:
            winreg.DeleteValue(key, APP_ID)
