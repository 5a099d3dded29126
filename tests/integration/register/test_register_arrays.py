"""Arrays that are encoded here arrive at PostgreSQL as what they were."""

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.register.arrays import ARRAY_DUMPERS, encode_array


@pytest.fixture(scope="module")
def connection(postgres):
    with psycopg.connect(postgres.new_database(), autocommit=True) as connection:
        for dumper in ARRAY_DUMPERS:
            connection.adapters.register_dumper(dumper.encodes, dumper)
        yield connection


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=5),
    contents=st.lists(st.none() | st.binary(max_size=40), max_size=5),
    numbers=st.lists(st.none() | st.integers(-(1 << 63), (1 << 63) - 1), max_size=5),
)
def test_an_array_arrives_as_it_was_sent(connection, texts, contents, numbers):
    sent = [encode_array("text", texts), encode_array("bytea", contents), encode_array("int8", numbers)]
    assert connection.execute("SELECT %b, %b, %b", sent).fetchone() == (texts, contents, numbers)
