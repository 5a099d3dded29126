"""The filter as a function from columns to columns, as `datasets.Dataset.map` takes one; imports nothing of it."""

from collections.abc import Sequence
from typing import Any

from demur.filters.text import FILTER_VERSION, redact
from demur.kernel.errors import InputError


class FilterVersionError(InputError):
    """Another version of the filter was asked for than the one that is installed."""

    code = "filter-version"


def demur_map(
    batch: dict[str, list[Any]],
    text: str | Sequence[str] = "text",
    language: str = "language",
    filter_version: str | None = None,
) -> dict[str, list[Any]]:
    """Return a batch with redacted texts; every other column stays as it is.

    Pass it to ``dataset.map(demur_map, batched=True)``. `datasets` keeps results by the function and its arguments, and
    does not see that Demur was updated: name `FILTER_VERSION` in ``fn_kwargs``, and a newer filter runs anew. With
    several processes start them by ``spawn``: the threads of Polars do not outlive a fork.

    Args:
        batch: columns by name, lists of equal length; a null text stays null.
        text: the column of texts, or several.
        language: the column of languages (ISO 639-1); where it is missing, the language is unknown.
        filter_version: what the result must be made by.

    Raises:
        FilterVersionError: another version is installed.
        KeyError: the batch has no such column.
    """
    if filter_version not in {None, FILTER_VERSION}:
        message = f"filter {filter_version} was asked for, {FILTER_VERSION} is installed"
        raise FilterVersionError(message, hint="Name demur.filters.text.FILTER_VERSION, or install the other version.")
    names = [text] if isinstance(text, str) else list(text)
    languages = batch.get(language)
    return {**batch, **{name: redact(batch[name], languages).texts.to_list() for name in names}}
