"""The bundle's first lines: the same entry point as `scrubjay`, as a script that PyInstaller can start."""

import os
import sys
from pathlib import Path


def _spare_old_processors() -> None:
    """Tell OpenBLAS, which NumPy brings, what it has to do with where there is no AVX.

    Left to itself it ended on an emulated Nehalem and Westmere with an illegal instruction; told so it did not.
    """
    try:
        flags = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags"))
    except (OSError, StopIteration):
        return
    if "avx" not in flags.split():
        os.environ.setdefault("OPENBLAS_CORETYPE", "Nehalem")


_spare_old_processors()

from desktop.__main__ import main  # noqa: E402

sys.exit(main())
