"""`scrubjay bench accel`: the memory scan and the self-join beside the libraries that do parts of them.

Measured in a child with one thread for every library, because their thread pools are fixed when they load.
Peers that are not installed (faiss-cpu, numkong, hnswlib) leave their figure undecided.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.system.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def figures() -> Iterator[Figure]:
    """The figures of the memory scan, in the order in which the child measures them."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.accel_measures"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": path},
    )
    with child:
        assert child.stdout is not None
        for line in child.stdout:
            yield Figure(**json.loads(line))
    if child.returncode:
        raise RuntimeError(f"the measurements ended with code {child.returncode}")
