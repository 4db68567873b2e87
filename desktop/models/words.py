"""What the models panel says about a model: places, sizes, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.chat.turn import is_local

if TYPE_CHECKING:
    from engine.llm.fit import FitPlan
    from engine.models_face import ModelEntry

GB = 1 << 30
# A space that does not break and is narrow, between a number and its unit.
THIN = "\u202f"


def tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


def place_name(place: str) -> str:
    """Whose a model is."""
    return {
        "guide": tr("Comes with Scrubjay"),
        "scrubjay": tr("Scrubjay"),
        "ollama": "Ollama",
        "lm_studio": "LM Studio",
        "gpt4all": "GPT4All",
        "jan": "Jan",
        "huggingface": tr("Hugging Face cache"),
        "folder": tr("Your folders"),
        "server": tr("Model server"),
    }.get(place, place)


def size(n_bytes: float) -> str:
    """A size with its unit, as the person's language writes numbers."""
    locale = QLocale()
    if n_bytes >= GB:
        return f"{locale.toString(n_bytes / GB, 'f', 1)}{THIN}GB"
    return f"{locale.toString(max(1, round(n_bytes / (1 << 20))))}{THIN}MB"


def number(value: float, digits: int = 0) -> str:
    """A number as the person's language writes it."""
    return QLocale().toString(float(value), "f", digits)


def speed(tokens_per_s: float) -> str:
    """Tokens per second: whole ones, and one decimal where there are few."""
    digits = 0 if tokens_per_s >= 10 else 1
    return f"{number(tokens_per_s, digits)}{THIN}tok/s"


def parameters(n: int) -> str:
    """Parameters, rounded."""
    if n >= 1e9:
        return tr("{n} billion parameters").format(n=number(n / 1e9, 1))
    return tr("{n} million parameters").format(n=number(max(1, round(n / 1e6))))


def verdict(plan: FitPlan) -> str:
    """The verdict with its sum, in a sentence."""
    needs, free = size(plan.needed_bytes), size(plan.free_bytes)
    if plan.verdict == "fits":
        return tr("Fits: needs {needs}, {free} are free.").format(needs=needs, free=free)
    if plan.verdict == "fits_smaller":
        return tr("Fits with {n} tokens of context: needs {needs}, {free} are free.").format(
            n=number(plan.n_ctx), needs=needs, free=free
        )
    return tr("Does not fit: needs {needs}, {free} are free and {kept} of it is kept for other programs.").format(
        needs=needs, free=free, kept=size(plan.reserve_bytes)
    )


def sum_words(plan: FitPlan) -> str:
    """The sum behind a verdict."""
    cache = tr(", kept in 8 bits") if plan.kv_type == "q8_0" else ""
    return tr("Weights {weights} + context of {n} tokens {kv}{cache} + computing {compute} + program {rest}").format(
        weights=size(plan.weights_bytes),
        n=number(plan.n_ctx),
        kv=size(plan.kv_bytes),
        cache=cache,
        compute=size(plan.compute_bytes),
        rest=size(plan.other_bytes),
    )


def short_verdict(entry: ModelEntry) -> tuple[str, str]:
    """The verdict in two words, and the token of its colour."""
    if entry.problem and entry.place == "server":
        # Its state says what is the matter, for as long as it is.
        return "", "danger"
    if entry.problem:
        return tr("Cannot be used") if entry.plan is None else tr("Problem"), "danger"
    if entry.source == "guide":
        return tr("Always fits"), "success"
    if entry.place == "server":
        return (tr("Stays on this computer") if is_local(entry.path) else tr("Asked over the network")), "muted"
    if entry.plan is None:
        return "", "muted"
    return {
        "fits": (tr("Fits"), "success"),
        "fits_smaller": (tr("Fits with less context"), "warning"),
        "too_large": (tr("Does not fit"), "danger"),
    }[entry.plan.verdict]


def how_many(entries: Sequence[ModelEntry]) -> str:
    """How many models there are besides the guide."""
    n = sum(entry.place not in ("guide", "server") for entry in entries)
    n_at_servers = sum(entry.place == "server" for entry in entries)
    if n:
        return tr("One model on this computer.") if n == 1 else tr("{n} models on this computer.").format(n=number(n))
    if n_at_servers:
        return (
            tr("One model at a server.")
            if n_at_servers == 1
            else tr("{n} models at servers.").format(n=number(n_at_servers))
        )
    return tr("No model besides the guide yet.")


def facts(entry: ModelEntry) -> list[str]:
    """What the second line of a row says: place, quantisation, size, speed."""
    words = [place_name(entry.place)]
    if entry.format == "mlx":
        words.append("MLX")
    if entry.quantisation:
        words.append(entry.quantisation)
    if entry.size_bytes:
        words.append(size(entry.size_bytes))
    if entry.n_params:
        words.append(parameters(entry.n_params))
    if entry.plan is not None and entry.plan.tokens_per_s and not entry.problem:
        about = "{speed}" if entry.plan.measured else tr("about {speed}")
        words.append(about.format(speed=speed(entry.plan.tokens_per_s)))
    return words
