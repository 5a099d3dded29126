"""Finds the names of persons and places in a column of texts.

A row's result depends on that row and its language alone. Nothing here sees a whole column at once, no object is made
for a post or a word, and only integers are added, so that threads, batches and processors change nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters.names.layout import LANGUAGES
from demur.filters.names.model import Model, shared_model

UNKNOWN_LANGUAGE: Final = 0
_ID_OF: Final = {language: place for place, language in enumerate(LANGUAGES, start=1)}
_BYTES_A_NAME, _LEAST_ROOM = 16, 64
SURETY_STEP: Final = 20
"""Thousandths between two scores."""


class Label(IntEnum):
    """What a span is."""

    PERSON = 0
    LOCATION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Spans as columns of one length, ordered by row and place; they never overlap.

    `start` and `end` count bytes from the beginning of the row; `label` holds `Label`; `score` is how many of a
    thousand such spans were right in the development texts, as near as the margin tells.
    """

    row: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    label: npt.NDArray[np.int8]
    score: npt.NDArray[np.int32]

    def __len__(self) -> int:
        """Count the spans."""
        return len(self.row)


def language_ids(languages: Iterable[str | None]) -> npt.NDArray[np.uint8]:
    """Return the ids of ISO 639-1 codes; whatever is not one of the 24 languages is unknown."""
    return np.array([_ID_OF.get(language or "", UNKNOWN_LANGUAGE) for language in languages], np.uint8)


def find_names(
    content: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    *,
    languages: npt.NDArray[np.uint8] | None = None,
    model: Model | None = None,
) -> Names:
    """Find persons and places in UTF-8 rows that are joined in one buffer, as Arrow lays them out.

    Args:
        content: valid UTF-8, one row after the other.
        offsets: row i is `content[offsets[i]:offsets[i + 1]]`; both ends lie between characters.
        languages: one id a row, from `language_ids`; None where no language is known.
        model: other weights than those of the installation.

    Raises:
        NamesWeightsError: the weights of the installation are not the published ones.
        NamesSilentError: the weights find nothing in one of the languages.
    """
    from demur.filters.names.kernel import tag  # noqa: PLC0415 -- slow import

    tagger = model or shared_model()
    ids = np.zeros(len(offsets) - 1, np.uint8) if languages is None else languages
    room = len(content) // _BYTES_A_NAME + _LEAST_ROOM
    while True:
        found = np.empty((room, 5), np.int64)
        amount = tag(content, offsets, ids, tagger.for_kernel, found)
        if amount <= room:
            return _named(found[:amount], tagger)
        room = amount


def _named(found: npt.NDArray[np.int64], model: Model) -> Names:
    labels, margins = found[:, 3].astype(np.int8), found[:, 4]
    persons, places = (np.searchsorted(table, margins, side="right") for table in model.surety)
    scores = np.where(labels == Label.PERSON, persons, places) * SURETY_STEP
    return Names(
        row=found[:, 0].copy(),
        start=found[:, 1].copy(),
        end=found[:, 2].copy(),
        label=labels,
        score=scores.astype(np.int32),
    )
