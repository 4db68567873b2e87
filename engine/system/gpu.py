"""One true sentence about the graphics processor.

It comes from what is installed, not from what the computer has: a fast GPU that this build of llama.cpp
cannot use is not used. The libraries of llama.cpp's back-ends lie beside it by name.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

_BACKENDS = {"cuda": "CUDA", "vulkan": "Vulkan", "metal": "Metal", "hip": "ROCm", "sycl": "SYCL", "opencl": "OpenCL"}


@cache
def gpu_backends() -> tuple[str, ...] | None:
    """Names of the GPU back-ends in this installation's llama.cpp; None where it is not installed."""
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or not spec.origin:
        return None
    names = [file.name.lower() for file in (Path(spec.origin).parent / "lib").glob("*ggml-*")]
    return tuple(label for word, label in _BACKENDS.items() if any(f"ggml-{word}" in name for name in names))


def gpu_sentence() -> str:
    """Whether models use the GPU here, and why not."""
    found = gpu_backends()
    if found is None:
        return "The GPU is not used: llama.cpp is not installed here."
    if found:
        return f"Models are put on the GPU through {' or '.join(found)}, as far as its memory goes."
    if sys.platform == "linux" and _has_gpu():
        return "The GPU is not used: this build of llama.cpp runs on the processor only."
    return "No GPU is used: this build of llama.cpp runs on the processor only."


@cache
def _has_gpu() -> bool:
    return any(Path("/dev").glob("nvidia[0-9]*")) or any(Path("/dev/dri").glob("renderD*"))


class GpuReader:
    """Load and memory of the graphics processors here, as their drivers tell it: sysfs for AMD, NVML for NVIDIA.

    Cheap enough for every second: three small files, or two calls into a library that is loaded once. Where there
    is no such driver nothing is read. Intel and Apple tell no figures to an ordinary program.

    Args:
        drm: where Linux has its graphics cards.
    """

    def __init__(self, drm: Path = Path("/sys/class/drm")) -> None:
        self._cards = sorted(p.parent for p in drm.glob("card[0-9]*/device/gpu_busy_percent"))
        self._nvml = _Nvml.open()

    def read(self) -> list[dict[str, Any]]:
        """One row per processor: name, used_share 0…1, memory_bytes, memory_total."""
        rows = [row for n, card in enumerate(self._cards) if (row := _read_card(card, n)) is not None]
        return rows + (self._nvml.read() if self._nvml is not None else [])


def _read_card(card: Path, n: int) -> dict[str, Any] | None:
    try:
        used, total = (int((card / f"mem_info_vram_{name}").read_text()) for name in ("used", "total"))
        busy = int((card / "gpu_busy_percent").read_text())
    except (OSError, ValueError):
        return None
    return {"name": f"AMD {n}", "used_share": busy / 100, "memory_bytes": used, "memory_total": total}


class _Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


class _Utilization(ctypes.Structure):
    _fields_ = [("gpu", ctypes.c_uint), ("memory", ctypes.c_uint)]


class _Nvml:
    """NVIDIA's management library. Source: nvml.h; written and untried, because no computer of ours has one."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        count = ctypes.c_uint()
        library.nvmlDeviceGetCount_v2(ctypes.byref(count))
        self._devices = []
        for n in range(count.value):
            device = ctypes.c_void_p()
            if library.nvmlDeviceGetHandleByIndex_v2(n, ctypes.byref(device)) == 0:
                self._devices.append(device)

    @classmethod
    def open(cls) -> _Nvml | None:
        """The library, if a driver brought it."""
        name = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(name)
            if library.nvmlInit_v2() == 0:
                return cls(library)
        return None

    def read(self) -> list[dict[str, Any]]:
        """One row per device that answers."""
        rows = []
        for n, device in enumerate(self._devices):
            memory, load = _Memory(), _Utilization()
            if (
                self._library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory)) == 0
                and self._library.nvmlDeviceGetUtilizationRates(device, ctypes.byref(load)) == 0
            ):
                rows.append(
                    {
                        "name": f"NVIDIA {n}",
                        "used_share": load.gpu / 100,
                        "memory_bytes": int(memory.used),
                        "memory_total": int(memory.total),
                    }
                )
        return rows
