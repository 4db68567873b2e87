"""Write tests/engine/search/reference_vectors.npy with sentence-transformers (torch, float32).

Run from the repository's root, in an environment with `sentence-transformers`, `pytest` and our requirements:
`PYTHONPATH=.:tests/engine/search python packaging/embedding_model/write_reference.py FOLDER_OF_THE_WEIGHTS`.
"""

from __future__ import annotations

import sys

import numpy as np
from sentence_transformers import SentenceTransformer
from test_embedding_model import REFERENCE, TEXTS


def main() -> None:
    """Embed the texts of the test one by one, so that no padding takes part."""
    model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
    rows = [model.encode(text, normalize_embeddings=True, convert_to_numpy=True) for text in TEXTS]
    np.save(REFERENCE, np.stack(rows).astype(np.float16))


if __name__ == "__main__":
    main()
