"""The tables of the text filter are those of the installed patterns, and others are refused."""

import io

import numpy as np
import phonenumbers
import pytest

from demur.filters.phones import METADATA_VERSION
from demur.filters.places import FIRST, KINDS, Part
from demur.filters.tables import DIGEST, TablesStaleError, build_tables, load_tables, read_tables


def test_every_part_has_a_table():
    assert set(load_tables()) == {DIGEST, *(part.name for part in Part)}
    assert len(Part) <= KINDS < FIRST


def test_tables_of_other_patterns_are_refused():
    content = io.BytesIO()
    np.savez(content, **{**load_tables(), DIGEST: np.frombuffer(b"0" * 64, dtype=np.uint8)})
    with pytest.raises(TablesStaleError, match="made of patterns 000000000000"):
        read_tables(content.getvalue())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_tables_of_the_package_are_what_its_patterns_compile_to():
    assert phonenumbers.__version__ == METADATA_VERSION
    built = build_tables()
    assert {name: table.tolist() for name, table in built.items()} == {
        name: table.tolist() for name, table in load_tables().items() if name != DIGEST
    }
