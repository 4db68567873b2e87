"""What must be known of the processor before NumPy is imported; Linux on x86-64, elsewhere there is nothing to say."""

from __future__ import annotations

import os
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# What the wheels of NumPy, Qt and ONNX Runtime are built with: without it they end with an illegal instruction.
NEEDED = ("sse4_2", "popcnt")
TOO_OLD = "This processor is too old for Scrubjay, which needs SSE4.2: Intel's since 2008, AMD's since 2011."


def prepare_processor(cpuinfo: Path = CPUINFO) -> str:
    """Tell libraries what they have to do with; a sentence where the processor cannot run them, else "".

    OpenBLAS, which NumPy brings, is told where there is no AVX: left to itself it ended on an emulated Nehalem and
    Westmere with an illegal instruction; told so it did not.
    """
    try:
        with cpuinfo.open() as lines:
            flags = next((line for line in lines if line.startswith("flags")), "").split()
    except OSError:
        return ""
    if not flags:
        return ""
    if not set(NEEDED) <= set(flags):
        return TOO_OLD
    if "avx" not in flags:
        os.environ.setdefault("OPENBLAS_CORETYPE", "Nehalem")
    return ""
