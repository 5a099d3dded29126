"""CSV: quotes, delimiters and line feeds by RFC 4180; a broken record never turns into a row that somebody made up."""

import gzip

import polars as pl
import pytest

from demur.exchange.columns import ITEM_COLUMNS
from demur.keys.keyring import create_keyring
from demur.keys.subjects import item_key, subject_key
from demur.sources.csv import split_fields
from demur.sources.errors import MissingColumnError, SplitUnreadableError
from demur.sources.open import open_source
from demur.sources.spec import SourceSpec

HEAD = "item,account,text\n"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return create_keyring(tmp_path_factory.mktemp("keys") / "keyring.json", platform="agora", seed=b"s" * 32)


@pytest.fixture
def read(tmp_path, keyring):
    """Read a file; return the frame and the rejected rows as (line, reason)."""

    def read_file(content, name="posts.csv", **spec):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        source = open_source(SourceSpec(name="posts", path=name, **spec), keyring=keyring, root=tmp_path)
        batches = list(source.batches(name))
        frame = pl.concat([batch.frame for batch in batches] or [pl.DataFrame(schema=ITEM_COLUMNS)])
        rejected = [(row.line, row.reason) for batch in batches for row in batch.rejected]
        assert sum(batch.rows_read for batch in batches) == frame.height + len(rejected)
        return frame, rejected

    return read_file


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_of_the_header(read, keyring, delimiter):
    lines = ["item|account|text|mentions", 'i1|a1|"one | two ""three"""|a2 a3', "i2||four|"]
    frame, rejected = read("\r\n".join(lines).replace("|", delimiter))
    assert rejected == []
    assert frame.select("line", "item_key", "subject_key", "text", "mentions").rows() == [
        (
            2,
            item_key(keyring, "i1"),
            subject_key(keyring, "a1"),
            f'one {delimiter} two "three"',
            [subject_key(keyring, "a2"), subject_key(keyring, "a3")],
        ),
        (3, item_key(keyring, "i2"), None, "four", None),
    ]


def test_a_field_may_hold_line_feeds_and_rows_are_named_by_their_first_line(read):
    frame, rejected = read(HEAD + 'i1,a1,"one\ntwo\r\n\nthree"\ni2,a2,four\n')
    assert (frame.select("line", "text").rows(), rejected) == ([(2, "one\ntwo\r\n\nthree"), (6, "four")], [])


def test_blank_lines_and_a_byte_order_mark_are_no_rows(read):
    frame, rejected = read(b"\xef\xbb\xbf" + HEAD.encode() + b"\n\r\ni1,a1,x\n\n")
    assert (frame["line"].to_list(), rejected) == ([4], [])


@pytest.mark.parametrize(
    ("record", "reasons"),
    [
        (b"i2,a2", ["wrong_column_count"]),
        (b"i2,a2,x,y", ["wrong_column_count"]),
        (b",a2,x", ["missing_item_id"]),
        ("i2,a2,café".encode("latin-1"), ["invalid_utf8"]),
        ('i2,a2,"café, crème"'.encode("latin-1"), ["invalid_utf8"]),
        (b'i2,a2,5" and 6"', ["malformed_csv"]),
        (b'i2,a2,"x" y', ["malformed_csv"]),
        (b"i2,a2," + b"x" * (10 << 20), ["text_too_large"]),
        (b'i2,a2,"' + (b"x" * 63 + b"\n") * (144 << 10) + b'"', ["text_too_large"]),
        (b'i2,a2,"' + b"x" * (1 << 20) + b'x"', ["text_too_large"]),
    ],
)
def test_a_bad_record_costs_that_record_and_no_other(read, record, reasons):
    frame, rejected = read(HEAD.encode() + b"i1,a1,x\n" + record + b"\ni3,a3,z\n")
    assert [reason for _, reason in rejected] == reasons
    assert rejected[0][0] == 3
    assert frame["text"].to_list() == ["x", "z"]


def test_no_row_is_read_out_of_a_record_whose_quotes_do_not_match(read):
    content = HEAD + 'i1,a1,5" screen\ni9,a9,made up\ni2,a2,6" screen\ni3,a3,x\n'
    frame, rejected = read(content)
    assert rejected == [(line, "malformed_csv") for line in (2, 3, 4)]
    assert frame["text"].to_list() == ["x"]


def test_a_line_inside_a_text_is_no_row_also_when_the_record_has_a_column_too_many(read):
    frame, rejected = read(HEAD + 'i1,a1,"x\ni9,a9,made up\n",y\ni3,a3,z\n')
    assert (frame["text"].to_list(), rejected) == (["z"], [(2, "wrong_column_count")])


@pytest.mark.parametrize("tail", ['i2,a2,"never closed\ni3,a3,x\n', 'i2,a2,"' + "x" * (10 << 20)])
def test_a_quoted_field_that_never_ends_makes_the_file_unreadable(read, tail):
    with pytest.raises(SplitUnreadableError) as caught:
        read(HEAD + "i1,a1,x\n" + tail)
    assert str(caught.value) == "posts.csv: the quoted field that opens at line 3 never ends"


def test_a_missing_column_is_an_error_that_names_what_is_there(read):
    with pytest.raises(MissingColumnError) as caught:
        read("id,account,body\ni1,a1,x\n", columns={"item": "id", "deleted_at": "gone"})
    expected = "posts.csv: column gone, text is missing; columns found: id, account, body"
    assert str(caught.value) == expected


def test_an_empty_file_has_no_column(read):
    with pytest.raises(MissingColumnError, match="column account, item, text is missing; columns found: none"):
        read("")


def test_a_header_that_names_a_column_twice_is_refused(read):
    with pytest.raises(SplitUnreadableError, match=r"posts\.csv: the header names text more than once"):
        read("item,account,text,text\ni1,a1,x,y\n")


def test_a_header_in_another_encoding_is_refused(read):
    with pytest.raises(SplitUnreadableError, match=r"posts\.csv: the header is not UTF-8"):
        read("item,account,text,café\n".encode("latin-1"))


def test_compressed_files_are_read_and_truncated_ones_are_refused(read):
    packed = gzip.compress((HEAD + "i1,a1,x\n" * 1000).encode())
    assert read(packed, name="posts.csv.gz")[0].height == 1000
    with pytest.raises(SplitUnreadableError, match=r"posts\.csv\.gz cannot be read"):
        read(packed[:-10], name="posts.csv.gz")


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("", [""]),
        ("a,b", ["a", "b"]),
        ('"",', ["", ""]),
        ('"a""b","c,d"', ['a"b', "c,d"]),
        ('"a",', ["a", ""]),
        (',"a"', ["", "a"]),
        ('"a,"', ["a,"]),
        ('"a"b', None),
        ('a"b', None),
        ('"a', None),
    ],
)
def test_fields_of_one_record(record, fields):
    assert split_fields(record, ",") == fields


def test_a_hostile_record_takes_linear_time():
    assert split_fields('"' + '""' * 2_000_000, ",") is None
