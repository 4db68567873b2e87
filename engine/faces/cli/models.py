"""`scrubjay models`: what is on this computer, whether it fits, which one answers."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.engine import Engine
from engine.errors import ModelTooLargeError, UsageError
from engine.faces.cli.output import Invocation, note, one_line, run, say, say_json
from engine.llm.address import split_address
from engine.llm.choosing import is_url, split_server
from engine.llm.fit import FitPlan, gigabytes
from engine.models_face import ModelEntry

app = typer.Typer(help="Models on this computer, and which one answers.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Model = Annotated[str, typer.Argument(help="Name, path, or URL (of one model at a server: URL#name).")]

PLACES = {
    "guide": "comes with Scrubjay",
    "scrubjay": "Scrubjay",
    "ollama": "Ollama",
    "lm_studio": "LM Studio",
    "gpt4all": "GPT4All",
    "jan": "Jan",
    "huggingface": "Hugging Face cache",
    "folder": "your folder",
    "server": "server",
}


STATES = {"ready": "in memory", "thinking": "in memory, answering", "loading": "loading"}


@app.command("list")
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """List the models on this computer with their verdicts; * marks the one that answers."""

    async def work(engine: Engine) -> None:
        for entry in await engine.models.list():
            if as_json:
                say_json(_object(entry))
            else:
                say(_row(entry))

    run(context.obj, work, as_json=as_json)


def _object(entry: ModelEntry) -> dict[str, Any]:
    return {**asdict(entry), "plan": entry.plan.to_record() if entry.plan else None}


def _row(entry: ModelEntry) -> str:
    size = f", {gigabytes(entry.size_bytes)}" if entry.size_bytes else ""
    kind = f", {entry.quantisation}" if entry.quantisation else ""
    state = f" · {STATES[entry.state]}" if entry.state in STATES else ""
    head = f"{'*' if entry.chosen else ' '} {one_line(entry.name)} ({PLACES[entry.place]}{kind}{size}){state}"
    if entry.source == "guide":
        return f"{head}\n    Finds and quotes; writes nothing of its own."
    verdict = (
        entry.problem or entry.note or (_sentence(entry.plan) if entry.plan else f"Asked at {one_line(entry.path)}.")
    )
    template = f"\n    {entry.template_note}" if entry.template_note else ""
    where = f"\n    {one_line(entry.path)}" if entry.place != "server" else ""
    return f"{head}\n    {verdict}{template}{where}"


def _sentence(plan: FitPlan) -> str:
    if not plan.tokens_per_s:
        return plan.sentence
    measured = "measured" if plan.measured else "expected"
    speed = f"About {plan.tokens_per_s:.0f}" if plan.tokens_per_s >= 1 else "Less than 1"
    return f"{plan.sentence} {speed} tokens/s ({measured})."


@app.command("plan")
def plan_model(
    context: typer.Context,
    model: Model,
    n_ctx: Annotated[int, typer.Option("--context", min=0, help="Tokens of context; 0 as in the settings.")] = 0,
    as_json: Json = False,
) -> None:
    """Say whether a model fits into memory, with the sum, before it is loaded."""

    async def work(engine: Engine) -> None:
        if is_url(model):
            split_address(split_server(model)[0])
            sentence = "Fits: a model at a server takes no memory of this computer."
            if as_json:
                say_json({"model": model, "verdict": "fits", "needed_bytes": 0, "sentence": sentence})
            else:
                say(sentence)
            return
        plan = await engine.models.plan(_given(model), n_ctx=n_ctx)
        if as_json:
            say_json({"model": model, **plan.to_record()})
            return
        say(_sentence(plan))
        if n_ctx > plan.n_ctx:
            note(f"It reads no more than {plan.n_ctx:,} tokens.")
        parts = {
            "weights": plan.weights_bytes,
            f"context of {plan.n_ctx:,} tokens ({plan.kv_type})": plan.kv_bytes,
            "computing": plan.compute_bytes,
            "vocabulary and program": plan.other_bytes,
        }
        for name, size in parts.items():
            say(f"  {gigabytes(size):>8}  {name}")

    run(context.obj, work, as_json=as_json)


def _given(model: str) -> str | Path:
    path = os.path.expanduser(model)
    return Path(path) if "://" not in model and os.path.exists(path) else model


@app.command("add")
def add_models(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(help="A folder with models, or a .gguf file; it stays where it is.", readable=False)
    ],
    as_json: Json = False,
) -> None:
    """Look for models in a folder from now on, or take one file in place."""

    async def work(engine: Engine) -> None:
        if re.match(r"https?:/", str(path)):
            raise UsageError("A model server is not added but used: `scrubjay models use` with its address.")
        names = await engine.models.add(path)
        if as_json:
            place = str(path.expanduser().absolute())
            entries = [e for e in await engine.models.list() if e.path == place or e.path.startswith(place + os.sep)]
            say_json({"path": place, "models": names, "entries": [_object(entry) for entry in entries]})
        else:
            note(f"{len(names)} found: {', '.join(one_line(name) for name in names)}.")

    run(context.obj, work, as_json=as_json)


@app.command("use")
def use_model(
    context: typer.Context,
    model: Model,
    anyway: Annotated[bool, typer.Option("--anyway", help="Even if it may not fit into memory.")] = False,
    n_ctx: Annotated[int, typer.Option("--context", min=0, help="Tokens of context for it; 0 as in the settings.")] = 0,
    as_json: Json = False,
) -> None:
    """Have questions go to a model from now on."""

    async def work(engine: Engine) -> None:
        name = await _use(engine, _given(model), anyway, n_ctx)
        entry, _ = await engine.models.facts(engine.models.chosen)
        if as_json:
            used = {"plan": entry.plan.to_record() if entry.plan else None, "template_note": entry.template_note}
            say_json({"model": entry.source, "name": name, **used})
            return
        note(f"{one_line(name)} answers from now on.")
        if entry.plan is not None and entry.source != "guide":
            note(_sentence(entry.plan))
            if n_ctx > entry.n_ctx_train > 0:
                note(f"It reads no more than {entry.n_ctx_train:,} tokens, so that is the context it has.")
        if entry.template_note:
            note(entry.template_note)

    run(context.obj, work, as_json=as_json)


async def _use(engine: Engine, model: str | Path, anyway: bool, n_ctx: int) -> str:
    """Choose a model; a refusal names the option that goes on all the same, and what does fit."""
    try:
        return await engine.models.use(model, anyway=anyway, n_ctx=n_ctx)
    except ModelTooLargeError as exc:
        fitting = [e for e in await engine.models.list() if e.source != "guide" and _fits(e)]
        largest = max(fitting, key=lambda e: e.size_bytes, default=None)
        other = f' What fits: "{one_line(largest.name)}".' if largest is not None else ""
        raise ModelTooLargeError(f"{exc} Say --anyway to do so.{other}") from exc


def _fits(entry: ModelEntry) -> bool:
    return not entry.problem and entry.plan is not None and entry.plan.verdict != "too_large"


@app.command("unload")
def unload_models(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="Name or path; all if left out.")] = "",
    as_json: Json = False,
) -> None:
    """Give the memory of loaded models back; the next question loads what it needs."""

    async def work(engine: Engine) -> None:
        names = await engine.models.unload(_given(model) if model else "")
        if as_json:
            say_json({"released": names})
        else:
            note(f"Released: {', '.join(one_line(name) for name in names)}." if names else "Nothing was loaded.")

    run(context.obj, work, as_json=as_json)


@app.command("show")
def show_model(context: typer.Context, model: Model = "guide", as_json: Json = False) -> None:
    """Show what is known about a model; of the guide its card."""
    invocation: Invocation = context.obj

    async def work(engine: Engine) -> None:
        text = await engine.models.show(str(_given(model)))
        if as_json:
            entry, versions = await engine.models.facts(_given(model))
            say_json({"model": model, "text": text, **_object(entry), "versions": versions})
        else:
            say(text)

    run(invocation, work, as_json=as_json)
