"""What the parent and the model worker say to each other: the names of the requests and their fields.

    load      →  done {info: {...ModelInfo fields}, bos, add_bos}         progress {loaded: 0…1} per tensor
    render    {roles, start}  →  done {pieces: [[[mark, -1] | ["", index], …], …], opening}
    tokenize  {segments: [[text, is_marks, has_text_before], …]}  →  done {ids: [[…], …]}
    prefill   {ids, seq}  →  progress {n_done, n_prompt, n_reused} per micro-batch; done {n_prompt, n_reused, …}
    generate  {ids, seq, sampling, grammar}  →  progress as above; token {ids, pieces, tail} for some tokens at once;
              done {reason, n_keep, n_prompt, n_reused, n_generated, prefill_ms, decode_ms}
    save, restore {seq, path}  →  done {n_tokens};   drop {seq};   stats → done {…}
    measure {n_threads, batch, read, said}  →  done {read_s, said_s} per token, for engine.llm.calibration
    cancel    is the framing's own: the running request ends with reason "cancelled"

The path of the model and its limits are the worker's configuration, so that a worker that was started again
after a crash loads its model by itself at the next request.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.llm.backend import Sampling, SequenceName

LOAD = "load"
RENDER = "render"
TOKENIZE = "tokenize"
PREFILL = "prefill"
GENERATE = "generate"
SAVE = "save"
RESTORE = "restore"
DROP = "drop"
STATS = "stats"
MEASURE = "measure"

TOKEN = "token"
PROGRESS = "progress"
DONE = "done"

# Sequences of the KV cache. Chat may fill the context, the other two a quarter of it.
SEQUENCES: dict[SequenceName, int] = {"chat": 0, "background": 1, "scratch": 2}


def sampling_to_wire(sampling: Sampling) -> dict[str, Any]:
    """Sampling as plain fields."""
    return {**asdict(sampling), "stop": list(sampling.stop)}


def sampling_from_wire(fields: dict[str, Any]) -> Sampling:
    """The Sampling that `sampling_to_wire` described."""
    return Sampling(**{**fields, "stop": tuple(fields.get("stop", ()))})
