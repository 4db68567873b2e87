"""The models that can be chosen here, and what a name, a path or an address means.

Everything in here reads the disk and blocks; the owner calls it in a thread. What was found last is kept, so
that names and sizes of models are known without looking again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ModelBrokenError, ModelError, ModelNotFoundError, UnknownNameError, UsageError
from engine.llm.address import split_address
from engine.llm.choosing import GUIDE, host_of, is_url, split_server
from engine.llm.discovery import FoundModel, ModelFinder, Place, known_places
from engine.llm.factory import find_model
from engine.settings import MIN_N_CTX, Settings

__all__ = ["GUIDE_NAME", "Choice", "ModelShelf"]

GUIDE_NAME = "Guide"
GONE = "Gone: its file is not there any more. Put it back, or choose another model."


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that was asked for.

    Attributes:
        source: what identifies it: guide, the path of its file, or `URL#name`.
        name: for people.
        found: what is known of a file; None for a server's model.
    """

    source: str
    name: str
    found: FoundModel | None = None
    server_model: str = ""
    key_file: str = ""

    @property
    def is_guide(self) -> bool:
        return self.source == GUIDE

    def require_usable(self) -> None:
        """Raises ModelBrokenError where something is known against it."""
        if self.found is not None and self.found.problem:
            raise ModelBrokenError(f"{self.name} cannot be used. {self.found.problem}")

    def checked_context(self, n_ctx: int) -> int:
        """Tokens of context for it: as asked, and no more than it reads.

        Raises:
            UsageError: too few to ask anything.
        """
        most = self.found.n_ctx_train if self.found is not None else 0
        least = min(MIN_N_CTX, most or MIN_N_CTX)
        if n_ctx < least:
            raise UsageError(f"A context of {n_ctx} is too short to ask anything in; give it {least} tokens or more.")
        return min(n_ctx, most or n_ctx)


class ModelShelf:
    """Looks for models and says what was meant.

    Args:
        models_dir: of our own data.
        kept: the settings as they are kept now.
        places: where other programs keep models.
    """

    def __init__(
        self, models_dir: Path, kept: Callable[[], Settings], places: Callable[[], list[Place]] = known_places
    ) -> None:
        self._models_dir, self._kept, self._places = models_dir, kept, places
        self._finder = ModelFinder()
        self._found: dict[str, FoundModel] = {}

    def look(self) -> list[FoundModel]:
        """All models on this computer but the guide, each once."""
        folders = [Place("folder", Path(os.path.expanduser(folder))) for folder in self._kept().model_folders]
        models = self._finder.find([Place("scrubjay", self._models_dir), *folders, *self._places()])
        self._found = {os.path.realpath(model.path): model for model in models}
        return models

    def guide(self) -> FoundModel:
        """The model that comes with Scrubjay.

        Raises:
            ModelNotFoundError: it is missing.
        """
        return self._finder.describe(find_model(GUIDE, self._models_dir), "guide", GUIDE_NAME)

    def find(self, path: str) -> FoundModel:
        """What a file or an MLX folder is now: it may have been downloaded again since the list was made."""
        known = self._found.get(os.path.realpath(path))
        if known is None:
            return self._finder.describe(Path(os.path.expanduser(path)).absolute())
        return self._finder.describe(known.path, known.place, known.name if known.place == "ollama" else "")

    def resolve(self, model: str, server_model: str = "", key_file: str = "") -> Choice:
        """What a name, a path, an address or `URL#name` means.

        Raises:
            ModelNotFoundError, UnknownNameError: there is no such model.
            UsageError: it is no address of a server.
        """
        asked = model.strip() or GUIDE
        if asked.lower() == GUIDE:
            return Choice(GUIDE, GUIDE_NAME, self.guide())
        if is_url(asked):
            url, name = split_server(asked)
            split_address(url)
            name = name or server_model
            return Choice(f"{url}#{name}" if name else url, name or host_of(url), None, name, key_file)
        # Not Path's own questions: those raise for names that are too long, and for homes of nobody.
        path = Path(os.path.expanduser(asked))
        if os.path.isfile(path) or os.path.isfile(path / "config.json"):
            found = self.find(asked)
        elif path.suffix == ".gguf" or path.is_absolute():
            raise ModelNotFoundError(f"There is no model file {asked}; check the path or choose another model.")
        else:
            found = self._by_name(asked)
        return Choice(str(found.path), found.name, found)

    def resolve_chosen(self, chosen: str, server_model: str = "") -> Choice:
        """What the choice that is kept means; one that is there no more is told as what it was, with its problem."""
        try:
            return self.resolve(chosen, server_model)
        except (ModelNotFoundError, UnknownNameError) as exc:
            problem = GONE if isinstance(exc, ModelNotFoundError) else str(exc)
        except (ModelError, UsageError) as exc:
            problem = str(exc)
        if is_url(chosen):
            return Choice(chosen, self.name_of(chosen))
        path = Path(os.path.expanduser(chosen))
        return Choice(chosen, self.name_of(chosen), FoundModel(path.stem, path, "folder", "gguf", 0, problem=problem))

    def loss_of(self, source: str) -> str:
        """Why a choice cannot be asked: its file is gone, its address is none; "" where nothing is known. Cheap."""
        if is_url(source):
            try:
                split_address(split_server(source)[0])
            except UsageError as exc:
                return str(exc)
        return GONE if os.path.isabs(source) and not os.path.exists(source) else ""

    def is_chosen(self, asked: str, chosen: str) -> bool:
        """Whether somebody means the choice that is kept: by its path, the name of its file, or its name."""
        path = Path(chosen)
        return asked.strip() in (chosen, path.name, path.stem, self.name_of(chosen))

    def _by_name(self, asked: str) -> FoundModel:
        models = self.look()
        by_file = {model.path.stem.lower(): model for model in reversed(models) if model.path.suffix == ".gguf"}
        named = by_file | {model.name.lower(): model for model in reversed(models)}
        if asked.lower() in named:
            return named[asked.lower()]
        raise UnknownNameError("model", asked, [GUIDE, *(model.name for model in models)])

    def name_of(self, source: str) -> str:
        """The name of a model for people; reads its file at most once."""
        if source == GUIDE:
            return GUIDE_NAME
        if is_url(source):
            return split_server(source)[1] or host_of(source)
        real = os.path.realpath(source)
        if real not in self._found and os.path.isfile(real):
            self._found[real] = self.find(source)
        return self._found[real].name if real in self._found else Path(source).stem

    def examine(self, path: str) -> tuple[str, list[FoundModel]]:
        """The absolute path of a folder or file that somebody points at, and the models in it.

        Raises:
            ModelNotFoundError: there is nothing, or no model in it.
            ModelBrokenError: a single file that cannot be used.
        """
        place = Path(os.path.expanduser(path)).absolute()
        if not os.path.exists(place):
            raise ModelNotFoundError(f"There is nothing at {place}; check the path.")
        models = self._finder.find([Place("folder", place)])
        if not models:
            raise ModelNotFoundError(f"There is no model in {place}; models are files that end in .gguf.")
        if place.is_file() and models[0].problem:
            raise ModelBrokenError(models[0].problem)
        return str(place), models

    def folders_with(self, path: str) -> list[str] | None:
        """The setting `model_folders` that finds a path too; None where something finds it already."""
        kept = self._kept().model_folders
        listed = {os.path.realpath(model.path) for model in self.look()}
        if path in kept or os.path.realpath(path) in listed:
            return None
        return [*kept, path]
