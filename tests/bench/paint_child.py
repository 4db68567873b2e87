"""A window from the start of its process to the first paint; nothing is imported here that the window would not.

python paint_child.py bare|ours DIR: prints one line of JSON, the time by the clock that the parent reads as well.
"""

import os
import sys
import time

HEAVY = ("numpy", "redis", "onnxruntime", "llama_cpp", "pyqtgraph", "torch")


def now():
    """When it was painted, and the processor time until then."""
    return {"painted_s": time.perf_counter(), "cpu_s": time.process_time()}


def bare():
    """A main window of PySide6 with nothing in it."""
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.resize(1120, 740)
    window.show()
    app.processEvents()
    say(**now(), own_mb=own_mb())


def ours(data_dir):
    """The program as it starts (`desktop.__main__`); the engine is not imported."""
    from desktop.__main__ import import_app

    app = import_app()
    painted = []

    class Window(app.MainWindow):
        def paintEvent(self, event):
            painted.append(now())
            super().paintEvent(event)

    def go_on(application, window, files, in_tray):
        # The window's own paint comes first, its children's with it: `painted` says that it came at all.
        say(**now(), paints=len(painted), heavy=[name for name in HEAVY if name in sys.modules])

    app.MainWindow, app._run_painted = Window, go_on
    app.run_window(data_dir)


def own_mb():
    """Memory of this process alone."""
    import psutil

    return psutil.Process().memory_full_info().uss / 2**20


def say(**figures):
    """The result; nothing else is open yet, and what a window's end costs is not asked here."""
    import json

    print(json.dumps(figures), flush=True)
    os._exit(0)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    if sys.argv[1] == "bare":
        bare()
    else:
        from pathlib import Path

        ours(Path(sys.argv[2]))
