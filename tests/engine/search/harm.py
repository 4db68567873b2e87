"""Harms what ships, as a broken installation has it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path


def damage(folder: Path, harm: str) -> None:
    """Harm the folder of a model that goes on from the embedding model."""
    card = folder / "card.json"
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "not json":
        card.write_text("{")
    elif harm == "of another model":
        card.write_text(json.dumps({**json.loads(card.read_text()), "reads": "0" * 64}))
    else:
        file = folder / next(iter(json.loads(card.read_text())["files"]))
        data = bytearray(file.read_bytes())
        data[5000] ^= 1
        file.write_bytes(data)
