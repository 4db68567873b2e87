"""Every option of Scrubjay, declared once: type, default, unit, range, one plain sentence.

The settings dialog, `--help`, the environment names and the table in the README are generated from
these declarations. Precedence: argument > environment (`SCRUBJAY_*`, or the field's own name such as
`REDIS_URL`) > `.env` > `settings.toml` in the data directory > default. There is no global: whoever
needs settings is given them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from engine.data_place import default_data_dir
from engine.errors import DataDirError, UsageError
from engine.settings_file import change_settings_file

# How a table is written in the environment.
# Least tokens of context that can be asked for; llama.cpp rounds up to it.
MIN_N_CTX = 256
_EXAMPLES = {
    "model_contexts": '{"/models/jay.gguf": 2048}',
    "memory_tiers": '{"semantic": {"capacity": 20000}}',
}


def _in(section: str, *, at_once: bool = False, window: str = "") -> dict[str, Any]:
    """The section of the settings dialog: answers, models, memory, search or data.

    Args:
        at_once: a change holds without opening the engine again, because it is read where it is needed.
        window: the sentence in the dialog, where the description is about how the file or the command line says it.
    """
    return {"section": section, "at_once": at_once, "window": window}


class Settings(BaseSettings):
    """What the person chose; frozen, passed in."""

    model_config = SettingsConfigDict(env_prefix="SCRUBJAY_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        title="Folder of all data",
        json_schema_extra=_in("data"),
        default_factory=default_data_dir,
        description="Folder that holds everything that lasts.",
    )
    redis_url: str = Field(
        title="Redis server",
        json_schema_extra=_in("data"),
        default="",
        validation_alias=AliasChoices("redis_url", "SCRUBJAY_REDIS_URL", "REDIS_URL"),
        description="A Redis server to use instead of the built-in one; its durability is its own.",
    )
    redis_server: str = Field(
        title="Program of the built-in server",
        json_schema_extra=_in("data"),
        default="",
        description="Path of a redis-server or valkey-server program to use.",
    )
    space: str = Field(
        title="Space",
        json_schema_extra=_in("data"),
        default="me",
        pattern=r"^[a-z0-9_-]{1,32}$",
        description="Name of the person's space in the store.",
    )
    project: str = Field(
        title="Project",
        json_schema_extra=_in("answers"),
        default="",
        description="Project that new chats, documents and memories belong to.",
    )
    model: str = Field(
        title="Model",
        json_schema_extra=_in("models", at_once=True),
        default="guide",
        description="Chat model: guide, a GGUF file, or the URL of a model server.",
    )
    server_model: str = Field(
        title="Model at the server",
        json_schema_extra=_in("models"),
        default="",
        description="Name of the model to ask for at a model server; empty takes its first.",
    )
    key_file: Path | None = Field(
        title="Key file of the server",
        json_schema_extra=_in("models"),
        default=None,
        description="File that holds the key of the model server that is chosen; no other server is sent it.",
    )
    n_ctx: int = Field(
        title="Context window",
        json_schema_extra=_in("models", window="How much of a chat a model is given to read at once."),
        default=4096,
        ge=MIN_N_CTX,
        le=1_048_576,
        description="Context window asked of the model, in tokens.",
    )
    n_threads: int = Field(
        title="Threads of the model",
        json_schema_extra=_in("models", window="How many threads of the processor the chat model may use."),
        default=0,
        ge=0,
        le=512,
        description="Threads of the chat model; 0 leaves one core free.",
    )
    inference_process: Literal["worker", "in_process"] = Field(
        title="Where models run",
        json_schema_extra=_in("models", window="In a process of their own a model that fails takes nothing with it."),
        default="worker",
        description="Run models in a process of their own, or in a thread (scripts, debuggers).",
    )
    model_contexts: Annotated[dict[str, int], NoDecode] = Field(
        title="Contexts of single models",
        json_schema_extra=_in(
            "models",
            at_once=True,
            window="Tokens of context for single models, by the path of their file, where they shall differ.",
        ),
        default_factory=dict,
        description="Tokens of context for single models, by the path of their file, where they shall differ; "
        f"in the environment as JSON: `{_EXAMPLES['model_contexts']}`.",
    )
    model_folders: Annotated[list[str], NoDecode] = Field(
        title="Folders of models",
        json_schema_extra=_in(
            "models",
            at_once=True,
            window="Folders, or single files, in which models are looked for; they stay where they are.",
        ),
        default_factory=list,
        description="Folders, or single files, in which models are looked for; they stay where they are; "
        "in the environment with a colon between them, as in PATH (on Windows a semicolon).",
    )
    model_servers: Annotated[list[str], NoDecode] = Field(
        title="Model servers",
        json_schema_extra=_in(
            "models",
            at_once=True,
            window="Servers that the list of models shows: a URL, and after a # the model's name there.",
        ),
        default_factory=list,
        description="Servers that the list of models shows: a URL, and after a # the model's name there; "
        "in the environment with a space between them.",
    )
    load_anyway: bool = Field(
        title="Load although it may not fit",
        json_schema_extra=_in("models", at_once=True),
        default=False,
        description="Load the chosen model even where the memory that is free may not be enough.",
    )
    model_by_content: bool = Field(
        title="Version by what is asked",
        json_schema_extra=_in("models", at_once=True),
        default=False,
        description="Of the versions of the chosen model that are here, take the precise one for code, the one that "
        "sees most for long texts, the fast one for talk.",
    )
    idle_unload_s: float = Field(
        title="Release idle models after",
        json_schema_extra=_in("models", window="Models that nobody used for so long give their memory back."),
        default=600.0,
        ge=0,
        description="Models that nobody used for so long give their memory back, in seconds; 0 keeps them.",
    )
    embedder: Literal["onnx", "sentence-transformers", "none"] = Field(
        title="Search by meaning",
        json_schema_extra=_in("search"),
        default="onnx",
        description="What finds by meaning; none finds by words only.",
    )
    embed_threads: int = Field(
        title="Threads of search by meaning",
        json_schema_extra=_in("search", window="How many threads of the processor search by meaning may use."),
        default=0,
        ge=0,
        le=64,
        description="Threads of the model that finds by meaning; 0 takes all cores.",
    )
    memory: bool = Field(
        title="Remember",
        json_schema_extra=_in("memory"),
        default=True,
        description="Remember across chats, and recall while answering.",
    )
    memory_tiers: Annotated[dict[str, dict[str, int]], NoDecode] = Field(
        title="Sizes of the memory tiers",
        json_schema_extra=_in("memory", window="How much a tier holds, and for how long, where it shall differ."),
        default_factory=dict,
        description="Capacity, ttl_s and half_life_s of memory tiers where they shall differ; "
        f"in the environment as JSON: `{_EXAMPLES['memory_tiers']}`.",
    )
    suggestions: Literal["ask", "automatic", "off"] = Field(
        title="Suggestions what to remember",
        json_schema_extra=_in("memory"),
        default="ask",
        description="Whether a chat model suggests what to remember, and who accepts it.",
    )
    consolidation_interval_s: float = Field(
        title="Tidy memories every",
        json_schema_extra=_in("memory", window="How often memories are tidied while Scrubjay runs."),
        default=300.0,
        ge=1,
        description="How often memories are tidied while Scrubjay runs, in seconds.",
    )
    role: str = Field(
        title="Role of new chats",
        json_schema_extra=_in("answers"),
        default="assistant",
        description="Role that new chats start with.",
    )
    step_limit: int = Field(
        title="Steps of an answer",
        json_schema_extra=_in("answers"),
        default=8,
        ge=1,
        le=64,
        description="Most tool calls in one answer.",
    )
    run_limit_s: float = Field(
        title="Longest time of an answer",
        json_schema_extra=_in("answers", window="An answer that takes longer is ended."),
        default=900.0,
        gt=0,
        description="Longest time for one answer, in seconds.",
    )
    temperature: float = Field(
        title="Temperature",
        json_schema_extra=_in("answers"),
        default=0.7,
        ge=0,
        le=2,
        description="How freely a chat model chooses its words.",
    )
    max_tokens: int = Field(
        title="Longest answer",
        json_schema_extra=_in("answers", window="An answer that is longer is cut."),
        default=2048,
        ge=1,
        description="Longest answer, in tokens.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        title="Log", json_schema_extra=_in("data"), default="INFO", description="How much the log tells."
    )

    @field_validator("model_folders", "model_servers", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        """In the environment a list is written like PATH; servers have colons in them and stand between spaces."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            try:
                return json.loads(value)
            except ValueError as exc:
                raise ValueError(f"{value} is no list") from exc
        return [part for part in (value.split() if "://" in value else value.split(os.pathsep)) if part.strip()]

    @field_validator("model_contexts", "memory_tiers", mode="before")
    @classmethod
    def _as_table(cls, value: object, info: ValidationInfo) -> object:
        """In the environment a table is written as JSON; an empty text is none, like an empty list."""
        if not isinstance(value, str):
            return value
        try:
            table = json.loads(value) if value.strip() else {}
        except ValueError:
            table = None
        if isinstance(table, dict):
            return table
        raise ValueError(f"{value[:80]!r} is no JSON object, like {_EXAMPLES[str(info.field_name)]}")

    @field_validator("data_dir", mode="before")
    @classmethod
    def _is_named(cls, value: object) -> object:
        """An empty name would be the current folder, which nobody means who leaves a variable of a script unset."""
        if isinstance(value, str) and not value.strip():
            raise UsageError("SCRUBJAY_DATA_DIR is empty; name a folder, or leave it unset.")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put settings.toml of the data directory that was asked for below the environment."""
        chosen = init_settings().get("data_dir") or os.environ.get("SCRUBJAY_DATA_DIR") or default_data_dir()
        folder = Path(str(chosen))
        return init_settings, env_settings, dotenv_settings, _settings_file(settings_cls, folder / "settings.toml")


def _settings_file(settings_cls: type[BaseSettings], path: Path) -> TomlConfigSettingsSource:
    try:
        return TomlConfigSettingsSource(settings_cls, path)
    except (OSError, ValueError) as exc:  # not TOML, not UTF-8, not to be read
        if isinstance(exc, PermissionError) and not os.access(path.parent, os.X_OK):
            raise DataDirError(
                f"The folder {path.parent} may not be entered; allow it, or choose another with --data-dir."
            ) from exc
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise UsageError(f"The settings in {path} cannot be read ({why}); correct or remove that file.") from exc


def overridden_settings() -> dict[str, str]:
    """Options that the environment or .env decides, so that settings.toml does not, each with who does."""
    names = Settings.model_fields
    found = dict.fromkeys(names.keys() & DotEnvSettingsSource(Settings)().keys(), ".env")
    return found | dict.fromkeys(names.keys() & EnvSettingsSource(Settings)().keys(), "environment")


def save_settings(data_dir: Path, changes: Mapping[str, Any]) -> None:
    """Keep what the person chose in settings.toml of the data directory; None is the default again.

    What else stands in the file, comments and options of other versions, stays. Whoever runs already goes
    on with the settings that it opened with.

    Raises:
        ValueError: no such option, a value that it cannot have, or the file is not TOML; nothing is changed.
        OSError: the file cannot be written; nothing is changed.
    """
    unknown = set(changes) - (set(Settings.model_fields) - {"data_dir"})
    if unknown:
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    chosen = {name: value for name, value in changes.items() if value is not None}
    Settings(data_dir=data_dir, **chosen)
    change_settings_file(Path(data_dir) / "settings.toml", changes)
