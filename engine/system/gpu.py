"""One true sentence about the graphics processor.

It comes from what is installed, not from what the computer has: a fast GPU that this build of llama.cpp
cannot use is not used. The libraries of llama.cpp's back-ends lie beside it by name.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

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
