"""The guide network: a small llama (RMSNorm, RoPE, SwiGLU, tied embeddings), laid out so that llama.cpp runs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

# Rows longer than this, in tokens, go through PyTorch's fused attention.
_LONG = 512
# Against learning the prompts that were written by hand by heart; each is seen some hundred times.
_DROPOUT = 0.08


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network. Row widths are multiples of 32, as q8_0 blocks need; so is the head size."""

    n_tokens: int
    width: int = 192
    n_layers: int = 5
    n_heads: int = 6
    hidden: int = 512
    context: int = 4096
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5

    @property
    def head_size(self) -> int:
        """Width of one attention head."""
        return self.width // self.n_heads

    def to_dict(self) -> dict[str, float]:
        """For a checkpoint."""
        return asdict(self)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE on neighbouring pairs, which is what llama.cpp's `llama` architecture does."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1).flatten(-2)


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention. PyTorch's fused kernel takes half of a training step on a CPU for rows as short as these."""
    length = query.shape[2]
    if query.is_cuda or length > _LONG:
        return functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    scores = (query @ key.transpose(-1, -2)) * query.shape[-1] ** -0.5
    later = torch.ones(length, length, dtype=torch.bool, device=query.device).triu(1)
    return torch.softmax(scores.masked_fill(later, float("-inf")), dim=-1).to(value.dtype) @ value


class Layer(nn.Module):
    """Attention and feed-forward, each behind its norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, hidden = shape.width, shape.hidden
        self.n_heads = shape.n_heads
        self.attention_norm = nn.RMSNorm(width, eps=shape.norm_epsilon)
        self.feed_norm = nn.RMSNorm(width, eps=shape.norm_epsilon)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.gate, self.up = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """`x` is (batch, length, width)."""
        batch, length, width = x.shape
        normed = self.attention_norm(x)
        query, key, value = (
            project(normed).view(batch, length, self.n_heads, -1).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        )
        mixed = _attend(_rotate(query, cos, sin), _rotate(key, cos, sin), value)
        x = x + self._thin(self.out(mixed.transpose(1, 2).reshape(batch, length, width)))
        normed = self.feed_norm(x)
        return x + self._thin(self.down(functional.silu(self.gate(normed)) * self.up(normed)))

    def _thin(self, x: Tensor) -> Tensor:
        return functional.dropout(x, _DROPOUT, self.training)


class GuideModel(nn.Module):
    """Token ids to logits."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.n_tokens, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.n_layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        nn.init.normal_(self.embedding.weight, std=0.02)
        frequencies = shape.rope_base ** (-torch.arange(0, shape.head_size, 2) / shape.head_size)
        angles = torch.outer(torch.arange(shape.context).float(), frequencies)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, ids: Tensor, wanted: Tensor | None = None) -> Tensor:
        """Logits of every position, or of the positions that the mask `wanted` picks."""
        x = self.embedding(ids)
        length = ids.shape[1]
        for layer in self.layers:
            x = layer(x, self.cos[:length], self.sin[:length])
        x = self.norm(x)
        if wanted is not None:
            x = x[wanted]
        return functional.linear(x, self.embedding.weight)
