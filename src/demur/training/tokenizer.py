"""A byte-level BPE learned from the corpus, read through the gate like everything else.

Each text is framed by a begin and an end token, in the tokenizer's own file, so that whoever loads the model frames as
the run did. Digits stand alone: a number that a model repeats was learned digit by digit. Texts that spell a special
token are read as plain characters; nobody can write an end of text into a post.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from demur.training.errors import CorpusEmptyError
from demur.training.folder import whole_folder
from demur.training.reader import GuardedCorpus, Tokens

PAD, BEGIN, END = "<pad>", "<bos>", "<eos>"
PAD_ID, BEGIN_ID, END_ID = range(3)
LARGEST_SAMPLE = 200_000  # rows; more do not change a small vocabulary
_ROWS_AT_ONCE = 4096
_LEAST_PAIRS = 2  # a merge needs two occurrences


@dataclass(frozen=True, slots=True)
class Encoder:
    """Turns texts into rows of exactly `context` tokens; a longer text is cut, a missing one is padding only."""

    tokenizer: Tokenizer
    context: int

    def __call__(self, texts: Sequence[str | None]) -> Tokens:
        """Return one row of tokens a text."""
        rows = np.full((len(texts), self.context), PAD_ID, dtype=np.int64)
        present = [index for index, text in enumerate(texts) if text is not None]
        encodings = self.tokenizer.encode_batch_fast([text for text in texts if text is not None])
        for index, encoding in zip(present, encodings, strict=True):
            rows[index, : len(encoding.ids)] = encoding.ids
        return rows


def train_tokenizer(corpus: GuardedCorpus, vocabulary: int, folder: Path) -> None:
    """Learn a vocabulary from a corpus and save it so that `AutoTokenizer.from_pretrained(folder)` loads it.

    Raises:
        CorpusEmptyError: every row is removed.
    """
    corpus.refresh()
    if corpus.removed().all():
        message = f"all {corpus.rows} rows of the corpus are removed"
        raise CorpusEmptyError(message, hint="Build a corpus with eligible items first.")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}", special_tokens=[(BEGIN, BEGIN_ID), (END, END_ID)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=_LEAST_PAIRS,
        special_tokens=[PAD, BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(corpus), trainer=trainer)
    _save(tokenizer, folder)


def load_encoder(folder: Path, context: int) -> Encoder:
    """Load a saved tokenizer for texts of at most `context` tokens, framing included."""
    tokenizer = Tokenizer.from_file(os.fspath(folder / "tokenizer.json"))
    tokenizer.enable_truncation(context)
    tokenizer.encode_special_tokens = True
    return Encoder(tokenizer, context)


def _texts(corpus: GuardedCorpus) -> Iterator[list[str]]:
    stride = -(-corpus.rows // LARGEST_SAMPLE)
    ordinals = range(0, corpus.rows, stride)
    for start in range(0, len(ordinals), _ROWS_AT_ONCE):
        texts = corpus.texts(ordinals[start : start + _ROWS_AT_ONCE])
        yield [text for text in texts if text is not None]


def _save(tokenizer: Tokenizer, folder: Path) -> None:
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, bos_token=BEGIN, eos_token=END)
    with whole_folder(folder) as temporary:
        wrapped.save_pretrained(temporary)
