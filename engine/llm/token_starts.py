"""Which tokens a grammar can allow at all, told by the bytes that tokens begin with.

A grammar is asked about each token by itself, and a vocabulary has 100,000 and more. But it reads a token from the
front: one whose first byte it refuses, alone, it refuses. So the 256 tokens of a single byte are asked about, and
then only those that begin with a byte that may come. Where a grammar wants one certain character, and a refused
token says that it does, one token in fifty is left. Tokens without text, and those that begin with a byte that is no
token by itself, are asked about always.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["TokenStarts"]

_NONE = 256


class TokenStarts:
    """The first bytes of the tokens of a vocabulary; 1 us per token to make, once.

    Attributes:
        probes: the tokens of a single byte, one for each byte that has some.

    Args:
        piece: the bytes of a token.
    """

    def __init__(self, n_tokens: int, piece: Callable[[int], bytes]) -> None:
        pieces = [piece(token) for token in range(n_tokens)]
        alone = {text[0]: token for token, text in enumerate(pieces) if len(text) == 1}
        first = np.array([text[0] if text else _NONE for text in pieces], np.int64)
        has_probe = np.zeros(_NONE + 1, bool)
        has_probe[list(alone)] = True
        self._first = np.where(has_probe[first], first, _NONE)
        self._bytes = np.array(list(alone), np.int64)
        self.probes = np.array(list(alone.values()), np.int64)

    def tokens(self, allowed: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Ids, ascending, of the tokens that can be allowed where these probes are."""
        can = np.ones(_NONE + 1, bool)
        can[self._bytes] = allowed
        return np.flatnonzero(can[self._first])
