"""One pass over a model under teacher forcing, from which every metric is read.

Greedy extraction of a text is the same as "the most likely token is the true one at every position of the suffix", so
the pass that yields the losses yields the extraction as well, at a sixteenth of the cost of generating.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

from demur.audit.errors import ModelUnreadableError
from demur.audit.scores import Score

_ROWS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class TorchScorer:
    """Scores texts with a causal language model and its own tokenizer."""

    model: Any
    tokenizer: Any
    context: int

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Score texts, each cut to the context of the model."""
        if not texts:
            return []
        encoded = self.tokenizer(
            list(texts), truncation=True, max_length=self.context, return_offsets_mapping=True, padding=False
        )
        tokens, offsets = encoded["input_ids"], encoded["offset_mapping"]
        # Texts of like length share a pass; padding stands behind a text, where causal attention never looks.
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        scores: dict[int, Score] = {}
        for start in range(0, len(order), _ROWS_AT_ONCE):
            batch = order[start : start + _ROWS_AT_ONCE]
            for index, (log_probabilities, hits) in zip(batch, self._pass([tokens[i] for i in batch]), strict=True):
                scores[index] = Score(
                    log_probabilities=log_probabilities,
                    hits=hits,
                    starts=np.array([first for first, _ in offsets[index][1:]], dtype=np.int64),
                    stops=np.array([last for _, last in offsets[index][1:]], dtype=np.int64),
                )
        return [scores[index] for index in range(len(texts))]

    def _pass(self, batch: Sequence[Sequence[int]]) -> list[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
        """Return log-probability and hit of every token after the first, for each text of a batch."""
        longest = max(len(tokens) for tokens in batch)
        padded = torch.zeros((len(batch), longest), dtype=torch.int64)
        for row, tokens in zip(padded, batch, strict=True):
            row[: len(tokens)] = torch.tensor(tokens)
        with torch.inference_mode():
            logits = self.model(input_ids=padded[:, :-1], use_cache=False).logits.float()
            targets = padded[:, 1:]
            true = logits.gather(2, targets.unsqueeze(2)).squeeze(2)
            log_probabilities = (true - logits.logsumexp(dim=2)).double().numpy()
            hits = (logits.argmax(dim=2) == targets).numpy()
        lengths = [len(tokens) - 1 for tokens in batch]
        return [(log_probabilities[row, :length], hits[row, :length]) for row, length in enumerate(lengths)]


def load_scorer(folder: Path) -> TorchScorer:
    """Load a model in the format of Hugging Face from a local folder.

    Raises:
        ModelUnreadableError: the folder holds no such model.
    """
    were_bars_shown = is_progress_bar_enabled()
    disable_progress_bar()  # the library's own, which would write to the terminal
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        message = f"{folder} holds no causal language model that can be loaded ({type(error).__name__})"
        raise ModelUnreadableError(message, hint="Give the folder `model` of a finished run.") from error
    finally:
        if were_bars_shown:
            enable_progress_bar()
    return TorchScorer(model.eval(), tokenizer, int(model.config.max_position_embeddings))
