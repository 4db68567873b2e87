"""The reader in PyTorch: the upper half of all-MiniLM-L6-v2 over a question and a window of a passage.

The lower half reads both apart and is not changed, so that its states are computed once for a whole training
and, in the application, by the model that is loaded anyway. BERT's layers as published: Devlin et al., 2018.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "embedding_model"))

from weights import DIM, LAYER_NORM_EPSILON, MAX_TOKENS, N_HEADS, N_LAYERS, load_safetensors

LOWER = 3
N_WORDS = 30522
# (states of the question, states of the window, first and end token of each sentence in the window)
Pair = tuple[Tensor, Tensor, Sequence[tuple[int, int]]]


class Layer(nn.Module):
    """One transformer layer, norms after the sums.

    Dropout is one draw per feature and text instead of one per number: on a processor drawing cost a sixth of a step.
    """

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(DIM, DIM) for _ in range(4))
        self.n1, self.n2 = (nn.LayerNorm(DIM, eps=LAYER_NORM_EPSILON) for _ in range(2))
        self.a, self.b = nn.Linear(DIM, 4 * DIM), nn.Linear(4 * DIM, DIM)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(batch, tokens, DIM) → the same; `mask` is added to the attention's logits."""
        batch, n, _ = x.shape
        q, k, v = (part(x).view(batch, n, N_HEADS, DIM // N_HEADS).transpose(1, 2) for part in (self.q, self.k, self.v))
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(batch, n, DIM)
        x = self.n1(x + self._dropped(self.o(seen)))
        done: Tensor = self.n2(x + self._dropped(self.b(F.gelu(self.a(x)))))
        return done

    def _dropped(self, y: Tensor) -> Tensor:
        return dropped(y, self.dropout if self.training else 0.0)


class Lower(nn.Module):
    """Words, places and the lower layers: token ids to the states that the reader begins with."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(N_WORDS, DIM), nn.Embedding(MAX_TOKENS, DIM)
        self.norm = nn.LayerNorm(DIM, eps=LAYER_NORM_EPSILON)
        self.layers = nn.ModuleList(Layer(0.0) for _ in range(LOWER))

    @torch.no_grad()
    def states(self, texts: Sequence[Sequence[int]]) -> list[Tensor]:
        """(tokens, DIM) float16 of each text."""
        found: list[Tensor] = [torch.empty(0)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), 16):
            part = order[start : start + 16]
            ids = nn.utils.rnn.pad_sequence([torch.tensor(texts[i]) for i in part], batch_first=True)
            lengths = torch.tensor([len(texts[i]) for i in part])
            x = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                mask = attention_mask(lengths, ids.shape[1])
                for layer in self.layers:
                    x = layer(x, mask)
            for row, i in enumerate(part):
                found[i] = x[row, : len(texts[i])].half()
        return found


class Reader(nn.Module):
    """The upper layers over both, then a score of each sentence's mean beside the question's mean."""

    def __init__(self, dropout: float = 0.1, input_dropout: float = 0.0, hidden: int = 128) -> None:
        super().__init__()
        self.input_dropout = input_dropout
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(N_LAYERS - LOWER))
        self.seg = nn.Parameter(torch.zeros(2, DIM))
        self.h1, self.h2 = nn.Linear(3 * DIM, hidden), nn.Linear(hidden, 1)
        nn.init.zeros_(self.h2.bias)
        # The cosine of the embeddings is where a reader that has learned nothing begins.
        self.cosk, self.bias = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-6.0))
        self.dropout = dropout

    def forward(self, pairs: Sequence[Pair]) -> list[Tensor]:
        """Logits of the sentences of each pair."""
        logits: list[Tensor] = [torch.empty(0)] * len(pairs)
        order = sorted(range(len(pairs)), key=lambda i: -len(pairs[i][0]) - len(pairs[i][1]))
        step = -(-len(order) // 3)  # three batches of like lengths: less padding
        for start in range(0, len(order), step):
            part = order[start : start + step]
            for i, found in zip(part, self._batch([pairs[i] for i in part]), strict=True):
                logits[i] = found
        return logits

    def _batch(self, pairs: Sequence[Pair]) -> list[Tensor]:
        joint = [torch.cat([q.float(), p.float()]) for q, p, _ in pairs]
        lengths = torch.tensor([len(x) for x in joint])
        x = nn.utils.rnn.pad_sequence(joint, batch_first=True)
        n_asked = torch.tensor([len(q) for q, _, _ in pairs])
        is_asked = torch.arange(x.shape[1])[None] < n_asked[:, None]
        x = dropped(x + self.seg[(~is_asked).long()], self.input_dropout if self.training else 0.0)
        mask = attention_mask(lengths, x.shape[1])
        for layer in self.layers:
            x = layer(x, mask)
        x = x.float()
        asked = (x * is_asked[..., None]).sum(1) / n_asked[:, None]
        return [
            self._score(x[row, n:], asked[row], pair[2])
            for row, (n, pair) in enumerate(zip(n_asked, pairs, strict=True))
        ]

    def _score(self, x: Tensor, asked: Tensor, sentences: Sequence[tuple[int, int]]) -> Tensor:
        means = torch.stack([x[start:end].mean(0) for start, end in sentences])
        both = torch.cat([means, asked.expand_as(means), means * asked], -1)
        hidden = F.dropout(F.gelu(self.h1(both)), self.dropout, self.training)
        score: Tensor = self.h2(hidden).squeeze(-1) + self.cosk * F.cosine_similarity(means, asked[None]) + self.bias
        return score


def dropped(y: Tensor, share: float) -> Tensor:
    """Without a share of the features of each text."""
    return y * F.dropout(torch.ones(len(y), 1, y.shape[-1]), share).to(y.dtype) if share else y


def attention_mask(lengths: Tensor, n: int) -> Tensor:
    """(batch, 1, n, n) of 0 and −10,000, in the type that is computed in."""
    kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32
    hidden = (torch.arange(n)[None] >= lengths[:, None]).to(kind) * -1e4
    return hidden[:, None, None, :].expand(-1, 1, n, n)


def load_halves(weights: Path, reader: Reader) -> tuple[Lower, Reader]:
    """Both halves with the published weights.

    Args:
        weights: folder with model.safetensors, see packaging/embedding_model/README.md.
        reader: fresh; its layers get the published ones.
    """
    w = {
        name: torch.from_numpy(array.copy()) for name, array in load_safetensors(weights / "model.safetensors").items()
    }
    lower = Lower().eval()
    lower.words.weight.data = w["embeddings.word_embeddings.weight"]
    # Every token is of segment 0, so its row is part of the place.
    places, segments = (w[f"embeddings.{kind}_embeddings.weight"] for kind in ("position", "token_type"))
    lower.places.weight.data = places[:MAX_TOKENS] + segments[0]
    for part in ("weight", "bias"):
        getattr(lower.norm, part).data = w[f"embeddings.LayerNorm.{part}"]
    for index, layer in enumerate([*lower.layers, *reader.layers]):
        for own, published in _NAMES.items():
            for part in ("weight", "bias"):
                getattr(getattr(layer, own), part).data = w[f"encoder.layer.{index}.{published}.{part}"]
    return lower, reader


_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "o": "attention.output.dense",
    "n1": "attention.output.LayerNorm", "a": "intermediate.dense", "b": "output.dense", "n2": "output.LayerNorm",
}  # fmt: skip
