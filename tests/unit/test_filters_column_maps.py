"""The filter as a function from columns to columns, as `datasets` takes one."""

import pickle

import pytest

from demur.filters.column_maps import FilterVersionError, demur_map
from demur.filters.text import FILTER_VERSION


def test_texts_are_redacted_and_every_other_column_stays():
    batch = {"id": [1, 2, 3], "text": ["mail bo@example.org", None, "fine"], "language": ["en", None, "de"]}
    assert demur_map(batch) == {**batch, "text": ["mail [EMAIL]", None, "fine"]}
    assert batch["text"][0] == "mail bo@example.org"


def test_columns_are_named_and_a_language_may_be_missing():
    batch = {"title": ["bo@example.org"], "body": ["ann@example.org"], "text": ["eve@example.org"]}
    told = demur_map(batch, text=["title", "body"], language="lang")
    assert told == {"title": ["[EMAIL]"], "body": ["[EMAIL]"], "text": ["eve@example.org"]}


def test_a_version_can_be_asked_for_and_the_function_travels_to_workers():
    batch = {"text": ["fine"]}
    assert pickle.loads(pickle.dumps(demur_map))(batch, filter_version=FILTER_VERSION) == batch
    with pytest.raises(FilterVersionError, match="filter old was asked for"):
        demur_map(batch, filter_version="old")
