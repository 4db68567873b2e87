"""What a folder with an embedding model says about itself; read by the parent, checked by the worker."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EmbedderError

CARD_NAME = "card.json"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card of an embedding model.

    Attributes:
        id: changes with every byte of the model or its tokenizer; vectors of two ids do not mix.
        max_tokens: longer texts are cut there, the marks at both ends included.
        files: name → (size in bytes, sha256).
    """

    folder: Path
    id: str
    dim: int
    max_tokens: int
    files: dict[str, tuple[int, str]]


def load_card(folder: Path) -> ModelCard:
    """The card of a model folder, with the sizes of its files checked (their hashes are not).

    Raises:
        EmbedderError: the folder is missing, incomplete or damaged.
    """
    try:
        fields = json.loads((folder / CARD_NAME).read_text(encoding="utf-8"))
        card = _parse_card(folder, fields)
        sizes = {name: (folder / name).stat().st_size for name in card.files}
    except FileNotFoundError as exc:
        raise _broken(folder, f"{Path(str(exc.filename)).name} is missing") from exc
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise _broken(folder, f"its {CARD_NAME} cannot be read") from exc
    for name, (size, _) in card.files.items():
        if sizes[name] != size:
            raise _broken(folder, f"{name} has {sizes[name]} bytes instead of {size}")
    return card


def read_checked(card: ModelCard, name: str) -> bytes:
    """The bytes of one file of the model, exactly those that its card names.

    Raises:
        EmbedderError: they are others, or cannot be read.
    """
    try:
        data = (card.folder / name).read_bytes()
    except OSError as exc:
        raise _broken(card.folder, f"{name} cannot be read ({exc.strerror})") from exc
    if hashlib.sha256(data).hexdigest() != card.files[name][1]:
        raise _broken(card.folder, f"{name} is damaged")
    return data


def _parse_card(folder: Path, fields: dict[str, Any]) -> ModelCard:
    files = {str(name): (int(entry["size"]), str(entry["sha256"])) for name, entry in fields["files"].items()}
    if not {"model.onnx", "tokenizer.json"} <= files.keys():
        raise ValueError("the card names no model")
    return ModelCard(folder, str(fields["id"]), int(fields["dim"]), int(fields["max_tokens"]), files)


def _broken(folder: Path, why: str) -> EmbedderError:
    return EmbedderError(
        f"The embedding model in {folder} cannot be used ({why}); install Scrubjay again. "
        "Until then search goes by words alone."
    )
