"""A step for pipelines of DataTrove (extra ``datatrove``), which is imported here and nowhere else."""

from collections.abc import Iterator
from itertools import islice

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from demur.filters.text import FILTER_VERSION, redact

_AT_ONCE = 1_000


class DemurFormatter(PipelineStep):  # type: ignore[misc]
    """Replaces identifiers in the text of every document, and counts them by class.

    Documents keep their order and number. The language of a document is ``metadata["language"]`` unless another key is
    named, ISO 639-1; DataTrove's own language filter writes it there. The counts of a document go into its metadata,
    under ``demur``, with the version of the filter.
    """

    type = "✂️ - FORMAT"
    name = "⚖️ Demur"

    def __init__(self, language: str = "language", *, at_once: int = _AT_ONCE) -> None:
        """Take the key of the language, and how many documents are read at once; it changes nothing in the result."""
        super().__init__()
        self._language = language
        self._at_once = at_once

    def run(self, data: Iterator[Document] | None, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Yield the documents with redacted texts."""
        del rank, world_size
        documents = iter(data or ())
        while batch := list(islice(documents, self._at_once)):
            with self.track_time(unit="batch"):
                self._redact(batch)
            yield from batch

    def _redact(self, batch: list[Document]) -> None:
        known = [document.metadata.get(self._language) for document in batch]
        languages = [one if isinstance(one, str) else None for one in known]
        redacted = redact([document.text for document in batch], languages)
        for document, text, cuts in zip(batch, redacted.texts, redacted.cuts, strict=True):
            document.text = text
            document.metadata["demur"] = {"filter": FILTER_VERSION, "cuts": cuts}
            self.stat_update("total")
            self.stat_update("cut_documents", value=int(cuts > 0))
        for label, count in redacted.counts.items():
            self.stat_update(f"cut_{label}", value=count, unit="batch")
