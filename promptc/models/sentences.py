"""Sentence vectors of any sentence-transformers model. Needs the extra ``gpu``."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from promptc.errors import ConfigError
from promptc.extras import need

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SentenceEmbedder:
    """Maps texts to vectors by a transformer. *version* is a hash of its weights and its steps.

    *model* is the name that it was asked for by.
    """

    def __init__(self, model: str, loaded: Any) -> None:
        self.model = model
        self.name = model
        self.version = _version(loaded)
        self.dims = int(loaded.get_sentence_embedding_dimension())
        self._loaded = loaded
        # A tokenizer in Rust may be borrowed by one thread at a time.
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed *texts*: (n, dims), rows of length 1."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dims), np.float32)
        with self._lock:
            found = self._loaded.encode(
                list(texts), normalize_embeddings=True, convert_to_numpy=True,
                show_progress_bar=False,
            )  # fmt: skip
        return np.asarray(found, np.float32)


def load(name: str) -> SentenceEmbedder:
    """Load the model *name*, from the hub or a folder."""
    library = need("sentence_transformers", "gpu")
    try:
        return SentenceEmbedder(name, library.SentenceTransformer(name))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the embedder {name!r} can't be loaded ({_first_line(error)}); give the name of a "
            "sentence-transformers model or the folder of one, or 'embedded'"
        ) from error


def _version(loaded: Any) -> str:
    """Hash every weight by its name, and the steps from tokens to a vector."""
    digest = hashlib.sha256(str(loaded).encode())
    for name, tensor in sorted(loaded.state_dict().items()):
        array = tensor.detach().cpu().float().contiguous().numpy()
        digest.update(name.encode() + str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()[:12]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
