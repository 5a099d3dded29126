"""JSON lines: what a row becomes, and that one bad line costs that line, one bad file that file."""

import gzip
import json
from datetime import UTC, datetime

import polars as pl
import pytest
import zstandard

from demur.exchange.columns import ITEM_COLUMNS
from demur.keys.keyring import create_keyring
from demur.keys.subjects import item_key, page_key, subject_key
from demur.sources.errors import LineUnknownError, MissingColumnError, SplitUnreadableError
from demur.sources.open import open_source
from demur.sources.source import RejectedRow
from demur.sources.spec import SourceSpec

LIMIT = 1 << 20
GOOD = {"item": "i1", "account": "a1", "text": "Guten Morgen"}


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return create_keyring(tmp_path_factory.mktemp("keys") / "keyring.json", platform="agora", seed=b"s" * 32)


@pytest.fixture
def read(tmp_path, keyring):
    """Read lines as one file; return the frame and the rejected rows as (line, reason)."""

    def read_lines(*lines, name="posts.jsonl", raw=None, **spec):
        encoded = [line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines]
        (tmp_path / name).write_bytes(b"\n".join(encoded) if raw is None else raw)
        source = open_source(SourceSpec(name="posts", path=name, **spec), keyring=keyring, root=tmp_path)
        batches = list(source.batches(name))
        frame = pl.concat([batch.frame for batch in batches] or [pl.DataFrame(schema=ITEM_COLUMNS)])
        rejected = [row for batch in batches for row in batch.rejected]
        assert sum(batch.rows_read for batch in batches) == frame.height + len(rejected)
        return frame, [(row.line, row.reason) for row in rejected]

    return read_lines


def test_a_line_becomes_an_item_with_keys_for_ids(read, keyring):
    line = {
        "item": "i1",
        "account": "a1",
        "kind": "comment",
        "product": "social",
        "visibility": "public",
        "created_at": "2025-05-01T10:00:00+02:00",
        "deleted_at": "2025-05-02T10:00:00Z",
        "expires_at": "2025-05-03T10:00:00.123456Z",
        "collected_at": "2025-05-04T10:00:00Z",
        "language": "de",
        "text": "Guten Morgen",
        "other_authors": ["a3"],
        "addressed_to_assistant": False,
        "mentions": ["a2", 7],
        "tags": "a4, a5",
        "public_role_of": [8],
        "reshare_of": "i2",
        "quote_of": "i3",
        "reply_to": 4,
        "derived_from": 5,
        "embed_separable": 1,
        "address": "https://agora.example/ana/1",
        "media": "m/1.jpg",
        "signals": {"header": "train-ai=y", "tdm-reservation": 0},
        "preview_text": "Markt am Samstag",
        "preview_signals": {"tdm-reservation": True},
        "findings": [{"kind": "health", "about": "author"}],
        "detections": [{"kind": "face", "score": 0.5}],
        "something": {"else": [1, 2]},
    }
    frame, rejected = read(line)
    assert rejected == []
    assert frame.row(0, named=True) == {
        "item_key": item_key(keyring, "i1"),
        "subject_key": subject_key(keyring, "a1"),
        "source": "posts",
        "split": "posts.jsonl",
        "line": 1,
        "kind": "comment",
        "product": "social",
        "visibility": "public",
        "created_at": datetime(2025, 5, 1, 8, tzinfo=UTC),
        "deleted_at": datetime(2025, 5, 2, 10, tzinfo=UTC),
        "expires_at": datetime(2025, 5, 3, 10, 0, 0, 123456, tzinfo=UTC),
        "collected_at": datetime(2025, 5, 4, 10, tzinfo=UTC),
        "language": "de",
        "text": "Guten Morgen",
        "other_authors": [subject_key(keyring, "a3")],
        "addressed_to_assistant": False,
        "mentions": [subject_key(keyring, "a2"), subject_key(keyring, "7")],
        "tags": [subject_key(keyring, "a4"), subject_key(keyring, "a5")],
        "public_role_of": [subject_key(keyring, "8")],
        "reshare_of": item_key(keyring, "i2"),
        "quote_of": item_key(keyring, "i3"),
        "reply_to": item_key(keyring, "4"),
        "derived_from": item_key(keyring, "5"),
        "embed_separable": True,
        "page_key": page_key(keyring, "https://agora.example/ana/1"),
        "media": "m/1.jpg",
        "preference": "allow",
        "signals": ["content-usage: train-ai=y", "tdm-reservation: 0"],
        "preview_text": "Markt am Samstag",
        "preview_preference": "deny",
        "findings": [{"kind": "health", "about": "author", "is_minor": None, "text": None}],
        "detections": [{"kind": "face", "score": 0.5}],
    }


def test_what_a_line_leaves_out_is_unknown(read):
    frame, _ = read({"item": "i1", "account": None, "text": ""})
    known = {name for name, value in frame.row(0, named=True).items() if value is not None}
    assert known == {"item_key", "source", "split", "line"}


def test_a_constant_kind_and_product_stand_in_and_the_column_wins(read):
    frame, _ = read({**GOOD, "kind": "photo"}, {**GOOD, "product": "messenger"}, kind="comment", product="social")
    assert frame.select("kind", "product").rows() == [("photo", "social"), ("comment", "messenger")]


def test_columns_are_mapped_and_a_taken_name_is_not_read_twice(read, keyring):
    line = {"id": 12, "user": {"x": 1}, "uid": "a1", "media": "the text", "text": 5}
    frame, rejected = read(line, columns={"item": "id", "account": "uid", "text": "media"})
    assert rejected == []
    row = frame.row(0, named=True)
    assert (row["item_key"], row["text"], row["media"]) == (item_key(keyring, "12"), "the text", None)


@pytest.mark.parametrize("mentions", ["a2 a3", "a2,a3", " a2 , a3 ", ["a2", "a3"], ["a2", None, "", "a3"]])
def test_mentions_are_a_list_or_stand_apart_by_spaces_or_commas(read, keyring, mentions):
    frame, _ = read({**GOOD, "mentions": mentions})
    assert frame["mentions"].to_list() == [[subject_key(keyring, "a2"), subject_key(keyring, "a3")]]


@pytest.mark.parametrize("mentions", [None, [], "", " , ", [None], [""]])
def test_no_mention_is_unknown(read, mentions):
    frame, _ = read({**GOOD, "mentions": mentions}, GOOD)
    assert frame["mentions"].to_list() == [None, None]


def test_blank_lines_and_a_byte_order_mark_are_no_rows(read):
    line = json.dumps(GOOD).encode()
    frame, rejected = read(raw=b"\xef\xbb\xbf" + line + b"\r\n\r\n  \n" + line + b"\n")
    assert (frame["line"].to_list(), rejected) == ([1, 4], [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"account": "a1", "text": "x"}, "missing_item_id"),
        ({**GOOD, "item": ""}, "missing_item_id"),
        ({**GOOD, "item": None}, "missing_item_id"),
        ({**GOOD, "item": 1.5}, "wrong_type"),
        ({**GOOD, "item": True}, "wrong_type"),
        ({**GOOD, "text": ["x"]}, "wrong_type"),
        ({**GOOD, "created_at": 1700000000}, "wrong_type"),
        ({**GOOD, "embed_separable": 1.0}, "wrong_type"),
        ({**GOOD, "tags": [{"name": "plums"}]}, "wrong_type"),
        ({**GOOD, "signals": 5}, "wrong_type"),
        ({**GOOD, "findings": {"kind": "health"}}, "wrong_type"),
        ({**GOOD, "created_at": "2025-05-01T10:00:00"}, "bad_instant"),
        ({**GOOD, "created_at": "2025-05-01"}, "bad_instant"),
        ({**GOOD, "deleted_at": "yesterday"}, "bad_instant"),
        ({**GOOD, "expires_at": "2025-02-30T10:00:00Z"}, "bad_instant"),
        ({**GOOD, "text": "x" * (LIMIT + 1)}, "text_too_large"),
        ({**GOOD, "text": "x" * (10 * LIMIT)}, "text_too_large"),
        ({**GOOD, "text": "é" * (LIMIT // 2 + 1)}, "text_too_large"),
        (b"a text", "malformed_json"),
        (b'{"item": "i1"', "malformed_json"),
        (b'{"item": "\\ud83d", "account": "a", "text": "x"}', "malformed_json"),
        (b'{"x": ' + b"[" * 100_000, "malformed_json"),
        (b'["i1", "a1"]', "not_an_object"),
        (b"null", "not_an_object"),
        ('{"item": "i1", "account": "a1", "text": "café"}'.encode("latin-1"), "invalid_utf8"),
        ('{"item": "i1", "account": "a1", "text": "x", "other": "café"}'.encode("latin-1"), "invalid_utf8"),
    ],
)
def test_a_bad_line_costs_that_line_and_no_other(read, line, reason):
    frame, rejected = read(GOOD, line, {**GOOD, "item": "i3"})
    assert (frame["line"].to_list(), rejected) == ([1, 3], [(2, reason)])


def test_a_text_of_exactly_the_limit_is_used(read):
    frame, rejected = read({**GOOD, "text": "x" * LIMIT})
    assert (frame["text"].str.len_bytes().to_list(), rejected) == ([LIMIT], [])


def test_lines_after_a_very_long_one_keep_their_numbers(read):
    long = {**GOOD, "text": "x" * (20 * LIMIT)}
    frame, rejected = read(long, GOOD, long, long, GOOD, long)
    assert frame["line"].to_list() == [2, 5]
    assert rejected == [(line, "text_too_large") for line in (1, 3, 4, 6)]


def test_a_report_names_file_and_line_and_nothing_of_the_content(tmp_path, keyring):
    (tmp_path / "posts.jsonl").write_text(
        json.dumps(GOOD) + '\n{"item": "secret", "account": "a9", "created_at": "no"}'
    )
    source = open_source(SourceSpec(name="posts", path="posts.jsonl"), keyring=keyring, root=tmp_path)
    (batch,) = source.batches("posts.jsonl")
    message = "a time is not an ISO 8601 instant with its zone, such as 2025-05-27T06:00:00Z"
    assert batch.rejected == (RejectedRow(split="posts.jsonl", line=2, reason="bad_instant", message=message),)


def test_rows_come_in_batches_of_a_fixed_size(tmp_path, keyring):
    rows = 65_536 + 3
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps({**GOOD, "item": n}) + "\n" for n in range(rows)))
    source = open_source(SourceSpec(name="posts", path="posts.jsonl"), keyring=keyring, root=tmp_path)
    assert [batch.rows_read for batch in source.batches("posts.jsonl")] == [65_536, 3]


def test_an_empty_file_has_no_rows(read):
    assert read(raw=b"")[0].height == 0


def test_a_missing_key_is_an_error_that_names_what_is_there(read):
    with pytest.raises(MissingColumnError) as caught:
        read({"id": "i1", "author": "a1", "text": "x"})
    assert str(caught.value) == "posts.jsonl: column account, item is missing; columns found: id, author, text"
    assert caught.value.hint == (
        "Map the field to a column that is there, under columns of source posts in demur.toml."
    )


def test_a_mapped_key_that_is_in_no_line_is_an_error_because_it_may_be_a_typo(read):
    with pytest.raises(MissingColumnError, match="column deletedAt is missing"):
        read({**GOOD, "deleted": "2025-05-02T10:00:00Z"}, columns={"deleted_at": "deletedAt"})


def test_a_key_that_only_some_lines_have_is_enough(read):
    frame, _ = read(GOOD, {**GOOD, "gone": "2025-05-02T10:00:00Z"}, columns={"deleted_at": "gone"})
    assert frame["deleted_at"].is_null().to_list() == [True, False]


CONTENT = b"".join(json.dumps({**GOOD, "item": n}).encode() + b"\n" for n in range(5000))


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.jsonl.gz", gzip.compress(CONTENT)[:-20]),
        ("a.jsonl.gz", gzip.compress(CONTENT)[:500]),
        ("a.jsonl.gz", CONTENT),
        ("a.jsonl.gz", gzip.compress(CONTENT)[:-8] + bytes(8)),
        ("a.jsonl.zst", zstandard.compress(CONTENT)[:-20]),
        ("a.jsonl.zst", zstandard.compress(CONTENT) + zstandard.compress(CONTENT)[:9]),
        ("a.jsonl.zst", CONTENT),
    ],
)
def test_a_file_that_is_truncated_or_not_compressed_is_unreadable_as_a_whole(read, name, raw):
    with pytest.raises(SplitUnreadableError, match=f"^{name} cannot be read"):
        read(name=name, raw=raw)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_several_compressed_streams_in_one_file_are_one_file(read, compress):
    name = "a.jsonl.gz" if compress is gzip.compress else "a.jsonl.zst"
    frame, rejected = read(name=name, raw=compress(CONTENT) + compress(CONTENT))
    assert (frame.height, rejected) == (10_000, [])


def test_a_zstandard_file_that_unpacks_to_very_much_stays_within_bounds(read):
    frame, rejected = read(name="a.jsonl.zst", raw=zstandard.compress(b" " * (256 * LIMIT) + b"\n" + CONTENT))
    assert (frame.height, rejected) == (5000, [(1, "text_too_large")])


def test_a_line_that_was_rejected_is_not_there_to_explain(tmp_path, keyring):
    (tmp_path / "posts.jsonl").write_text(json.dumps(GOOD) + "\nnonsense\n")
    source = open_source(SourceSpec(name="posts", path="posts.jsonl"), keyring=keyring, root=tmp_path)
    with pytest.raises(LineUnknownError) as caught:
        source.read_line("posts.jsonl", 2)
    assert str(caught.value) == "posts.jsonl has no usable row at line 2"
