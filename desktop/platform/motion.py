"""Whether the person asked the system for less motion; Qt 6.11 has no call for it.

Tried on Linux; macOS and Windows are written and untried. Called once, after the first paint.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

# SystemParametersInfo: animations inside windows.
SPI_GETCLIENTAREAANIMATION = 0x1042
# The portal answers at once or is not there.
PORTAL_LIMIT_MS = 300


def wants_less_motion() -> bool:
    """True where the system says so; False where it says nothing."""
    if sys.platform == "win32":
        return _windows_wants_less()
    if sys.platform == "darwin":
        return _mac_wants_less()
    return _linux_wants_less()


def _linux_wants_less() -> bool:
    """Ask the desktop portal; GNOME, KDE and others answer for their own setting."""
    from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    portal = QDBusInterface(
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Settings",
        bus,
    )
    portal.setTimeout(PORTAL_LIMIT_MS)
    for namespace, key, less in (
        ("org.freedesktop.appearance", "reduced-motion", 1),
        ("org.gnome.desktop.interface", "enable-animations", False),
        ("org.kde.kdeglobals.KDE", "AnimationDurationFactor", "0"),
    ):
        answer = portal.call("Read", namespace, key)
        if answer.type() != QDBusMessage.MessageType.ReplyMessage or not answer.arguments():
            continue
        if plain_value(answer.arguments()[0]) == less:
            return True
    return False


def plain_value(value: object) -> object:
    """What a D-Bus variant holds, however often it is wrapped."""
    while hasattr(value, "variant"):
        value = value.variant()
    return value


def _mac_wants_less() -> bool:
    """NSWorkspace.sharedWorkspace.accessibilityDisplayShouldReduceMotion, through the Objective-C runtime."""
    objc = ctypes.cdll.LoadLibrary(ctypes.util.find_library("objc") or "/usr/lib/libobjc.dylib")
    objc.objc_getClass.restype = ctypes.c_void_p
    objc.objc_getClass.argtypes = [ctypes.c_char_p]
    objc.sel_registerName.restype = ctypes.c_void_p
    objc.sel_registerName.argtypes = [ctypes.c_char_p]
    send_id = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", objc))
    send_bool = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", objc))
    workspace = send_id(objc.objc_getClass(b"NSWorkspace"), objc.sel_registerName(b"sharedWorkspace"))
    if not workspace:
        return False
    return bool(send_bool(workspace, objc.sel_registerName(b"accessibilityDisplayShouldReduceMotion")))


def _windows_wants_less() -> bool:
    if sys.platform != "win32":
        return False
    animates = ctypes.c_int(1)
    asked = ctypes.windll.user32.SystemParametersInfoW(SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(animates), 0)
    return bool(asked) and not animates.value
