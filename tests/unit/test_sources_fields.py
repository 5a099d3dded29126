"""Fields that say more of an item than its text: every format reads them alike, and a bad value costs its row only."""

import csv
import dataclasses
import io
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from demur.exchange.columns import ITEM_COLUMNS
from demur.keys.keyring import create_keyring
from demur.keys.subjects import item_key, page_key, subject_key
from demur.sources.errors import ColumnTypeError
from demur.sources.nested import read_once
from demur.sources.open import open_source
from demur.sources.spec import FIELDS, SourceSpec

FORMATS = ("jsonl", "csv", "parquet")
LISTS = ("other_authors", "mentions", "tags", "public_role_of")
FLAGS = ("addressed_to_assistant", "embed_separable")
NESTED = ("signals", "preview_signals", "findings", "detections")
LIMIT = 1 << 20
GOOD = {"item": "i1", "account": "a1", "text": "Guten Morgen"}
WRONG_TYPE = "a field has another type than it must, or a key that it may not have"
ROBOTS = "User-agent: *\nDisallow: /private\n"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return create_keyring(tmp_path_factory.mktemp("keys") / "keyring.json", platform="agora", seed=b"s" * 32)


@pytest.fixture(params=FORMATS)
def read(request, tmp_path, keyring):
    """Read rows that were written in one format; return items and reports, with lines counted from the first row."""
    above = 1 if request.param == "csv" else 0

    def read_rows(*rows):
        frame, rejected = read_file(tmp_path, keyring, request.param, WRITERS[request.param](rows))
        lines = [dataclasses.replace(row, line=row.line - above) for row in rejected]
        return frame.with_columns(pl.col("line") - above), tuple(lines)

    return read_rows


@pytest.fixture
def read_frame(tmp_path, keyring):
    """Read a table that was written as Parquet."""

    def read_table(columns):
        file = io.BytesIO()
        pl.DataFrame(columns).write_parquet(file)
        return read_file(tmp_path, keyring, "parquet", file.getvalue())

    return read_table


def read_file(folder, keyring, ending, content):
    name = f"posts.{ending}"
    (folder / name).write_bytes(content)
    source = open_source(SourceSpec(name="posts", path=name), keyring=keyring, root=folder)
    (batch,) = source.batches(name)
    assert batch.frame.schema == pl.Schema(ITEM_COLUMNS)
    assert batch.rows_read == batch.frame.height + len(batch.rejected)
    return batch.frame, batch.rejected


def as_jsonl(rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def as_csv(rows) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows({name: as_field(name, value) for name, value in row.items()} for row in rows)
    return file.getvalue().encode()


def as_field(name, value):
    if isinstance(value, list) and name in LISTS:
        return " ".join(value)
    return json.dumps(value) if isinstance(value, dict | list) else value


def as_parquet(rows) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {
        name: [json.dumps(row[name]) if is_nested(name, row.get(name)) else row.get(name) for row in rows]
        for name in names
    }
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    return file.getvalue()


def is_nested(name, value):
    return name in NESTED and isinstance(value, dict | list)


WRITERS = {"jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet}


def only(frame, *columns):
    """Return the columns of the only item, one value or several."""
    (row,) = frame.select(columns).rows()
    return row[0] if len(columns) == 1 else row


def faults(rejected):
    return [(row.line, row.reason) for row in rejected]


def test_a_file_without_these_fields_leaves_them_unknown(read):
    frame, rejected = read(GOOD)
    known = {name for name, value in frame.row(0, named=True).items() if value is not None}
    assert (known, rejected) == ({"item_key", "subject_key", "source", "split", "line", "text"}, ())


def test_a_field_that_only_some_rows_have_is_unknown_in_the_others(read):
    full = {**GOOD, "tags": ["a2"], "embed_separable": "yes", "signals": {"header": "train-ai=n"}, "findings": [{}]}
    frame, rejected = read(GOOD, full)
    for column in ("tags", "embed_separable", "signals", "preference", "findings"):
        assert frame[column].is_null().to_list() == [True, False]
    assert rejected == ()


def test_when_an_item_was_collected_is_an_instant(read):
    frame, _ = read({**GOOD, "collected_at": "2025-05-01T10:00:00+02:00"})
    assert only(frame, "collected_at") == datetime(2025, 5, 1, 8, tzinfo=UTC)


def test_a_time_of_collection_without_a_zone_is_rejected(read):
    _, rejected = read(GOOD, {**GOOD, "collected_at": "2025-05-01T10:00:00"})
    assert faults(rejected) == [(2, "bad_instant")]


@pytest.mark.parametrize("field", LISTS)
def test_account_ids_become_subject_keys(read, keyring, field):
    frame, _ = read({**GOOD, field: ["ana", "ben"]}, {**GOOD, field: []}, {**GOOD, field: None})
    assert frame[field].to_list() == [[subject_key(keyring, "ana"), subject_key(keyring, "ben")], None, None]


@pytest.mark.parametrize("field", LISTS)
def test_account_ids_may_stand_in_one_text(read, keyring, field):
    frame, _ = read({**GOOD, field: " ana, ben"}, {**GOOD, field: " , "})
    assert frame[field].to_list() == [[subject_key(keyring, "ana"), subject_key(keyring, "ben")], None]


@pytest.mark.parametrize("field", LISTS)
def test_account_ids_may_be_numbers(read_frame, keyring, field):
    frame, _ = read_frame({"item": ["i1"], "account": ["a1"], "text": ["x"], field: [[5, None, 6]]})
    assert only(frame, field) == [subject_key(keyring, "5"), subject_key(keyring, "6")]


@pytest.mark.parametrize("field", FLAGS)
@pytest.mark.parametrize(
    ("text", "flag"),
    [("true", True), ("1", True), ("yes", True), ("True", True), ("false", False), ("0", False), ("NO", False)],
)
def test_a_flag_is_true_or_false_in_several_words(read, field, text, flag):
    frame, _ = read({**GOOD, field: text})
    assert only(frame, field) is flag


@pytest.mark.parametrize("field", FLAGS)
def test_an_empty_flag_is_unknown(read, field):
    frame, rejected = read({**GOOD, field: ""}, {**GOOD, field: None})
    assert (frame[field].to_list(), rejected) == ([None, None], ())


@pytest.mark.parametrize("field", FLAGS)
@pytest.mark.parametrize("text", ["maybe", "2", "01", " ", "tru\u0435"])
def test_a_flag_in_another_word_is_rejected_and_not_guessed(read, field, text):
    frame, rejected = read(GOOD, {**GOOD, field: text}, {**GOOD, field: "no"})
    assert faults(rejected) == [(2, "wrong_type")]
    assert frame[field].to_list() == [None, False]


@pytest.mark.parametrize("values", [[True, False, None], [1, 0, None]])
def test_a_flag_may_be_a_truth_value_or_a_number(read, values):
    frame, _ = read(*({**GOOD, "embed_separable": value} for value in values))
    assert frame["embed_separable"].to_list() == [True, False, None]


def test_what_an_item_was_derived_from_is_an_item_key(read, keyring):
    frame, _ = read({**GOOD, "derived_from": "i7"})
    assert only(frame, "derived_from") == item_key(keyring, "i7")


def test_an_address_becomes_a_page_key_however_it_is_spelled(read, keyring):
    addresses = ["https://blog.example/ana/1", "http://BLOG.example/ana/1/#top", "blog.example/ana/1", "", None]
    frame, _ = read(*({**GOOD, "address": address} for address in addresses))
    key = page_key(keyring, "https://blog.example/ana/1")
    assert frame["page_key"].to_list() == [key, key, key, None, None]


def test_signals_are_kept_and_say_one_preference(read):
    frame, rejected = read(
        {**GOOD, "signals": {"header": "train-ai=y", "tdm-reservation": 1}},
        {**GOOD, "signals": {"header": "train-ai=y"}},
        {**GOOD, "signals": {"header": "search=n"}},
        {**GOOD, "signals": {"header": None}},
        {**GOOD, "signals": {}},
        {**GOOD, "signals": None},
    )
    assert frame.select("signals", "preference").rows() == [
        (["content-usage: train-ai=y", "tdm-reservation: 1"], "deny"),
        (["content-usage: train-ai=y"], "allow"),
        (["content-usage: search=n"], None),
        (None, None),
        (None, None),
        (None, None),
    ]
    assert rejected == ()


def test_a_signal_of_a_preview_is_about_the_preview_alone(read):
    frame, _ = read({**GOOD, "preview_text": "A headline", "preview_signals": {"tdm-reservation": "1"}})
    columns = ("preview_text", "preview_preference", "preference", "signals")
    assert only(frame, *columns) == ("A headline", "deny", None, None)


@pytest.mark.parametrize("field", ["signals", "preview_signals"])
@pytest.mark.parametrize(
    "value",
    [
        {"hedaer": "train-ai=n"},
        {"header": "train-ai=n", "Ana Lindqvist": 1},
        '{"header": "train-ai=n"',
        '[{"header": "train-ai=n"}]',
        "train-ai=n",
        "5",
        "[" * 5000 + "]" * 5000,
    ],
)
def test_signals_that_cannot_be_read_are_rejected_because_one_may_be_a_refusal(read, field, value):
    frame, rejected = read(GOOD, {**GOOD, field: value})
    assert (faults(rejected), frame["line"].to_list()) == ([(2, "wrong_type")], [1])


@pytest.mark.parametrize(
    ("address", "preference"),
    [
        ("https://blog.example/private/1", "deny"),
        (" HTTPS://blog.example/private/1", "deny"),
        ("https://blog.example/open/1", None),
        ("https://blog.example", None),
        # Nobody can tell the path, so a rule for any path counts.
        ("blog.example/open/1", "deny"),
        ("/open/1", "deny"),
        ("blog.example/open?next=https://blog.example/", "deny"),
        ("", "deny"),
        (None, "deny"),
    ],
)
def test_rules_of_a_robots_file_are_those_of_the_items_address(read, address, preference):
    frame, _ = read({**GOOD, "address": address, "signals": {"robots": ROBOTS}})
    kept = ["robots.txt: Disallow: /private"] if preference else None
    assert only(frame, "signals", "preference") == (kept, preference)


def test_rules_of_a_preview_are_for_any_path_because_its_address_is_not_known(read):
    frame, _ = read({**GOOD, "address": "https://blog.example/open/1", "preview_signals": {"robots": ROBOTS}})
    assert only(frame, "preview_preference") == "deny"


def test_equal_signals_at_other_addresses_are_told_apart(read):
    signals = {"robots": ROBOTS}
    addresses = ["https://blog.example/open/1", "https://blog.example/private/1", "https://blog.example/open/1"]
    frame, _ = read(*({**GOOD, "address": address, "signals": signals} for address in addresses))
    assert frame["preference"].to_list() == [None, "deny", None]


def test_findings_and_detections_are_read_with_what_they_leave_out_unknown(read):
    frame, rejected = read(
        {
            **GOOD,
            "findings": [{"kind": "health", "about": "author"}, {"kind": "age", "is_minor": True, "text": "9 lat"}, {}],
            "detections": [{"kind": "child_face", "score": 0.25}, {"kind": "face", "score": 1}, {}],
        }
    )
    assert rejected == ()
    nothing = dict.fromkeys(("kind", "about", "is_minor", "text"))
    assert only(frame, "findings") == [
        {**nothing, "kind": "health", "about": "author"},
        {**nothing, "kind": "age", "is_minor": True, "text": "9 lat"},
        nothing,
    ]
    assert only(frame, "detections") == [
        {"kind": "child_face", "score": 0.25},
        {"kind": "face", "score": 1.0},
        {"kind": None, "score": None},
    ]


def test_whom_a_finding_names_stays_behind(read):
    frame, _ = read({**GOOD, "findings": [{"kind": "health", "about": "Ana Lindqvist"}]})
    assert [found["about"] for found in only(frame, "findings")] == ["third_party"]


@pytest.mark.parametrize("field", ["findings", "detections"])
@pytest.mark.parametrize("value", [None, "", "null", "[]", []])
def test_nothing_found_is_unknown(read, field, value):
    frame, rejected = read({**GOOD, field: value})
    assert (only(frame, field), rejected) == (None, ())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("findings", [{"kind": 1}]),
        ("findings", [{"kind": "age", "is_minor": "yes"}]),
        ("findings", [{"kind": "age", "minor": True}]),
        ("findings", [None]),
        ("findings", ["health"]),
        ("findings", {"kind": "health"}),
        ("findings", "health"),
        ("findings", '[{"kind": "health"}'),
        ("detections", [{"kind": "face", "score": "high"}]),
        ("detections", [{"kind": "face", "score": True}]),
        ("detections", [{"kind": "face", "box": [1, 2]}]),
        ("detections", '[{"kind": "face", "score": 1e999}]'),
        ("detections", "NaN"),
    ],
)
def test_findings_that_cannot_be_read_are_rejected(read, field, value):
    frame, rejected = read(GOOD, {**GOOD, field: value}, {**GOOD, field: [{"kind": "face"}]})
    assert (faults(rejected), frame["line"].to_list()) == ([(2, "wrong_type")], [1, 3])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("preview_text", "x" * (LIMIT + 1)),
        ("signals", {"robots": "# " + "x" * LIMIT}),
        ("findings", [{"kind": "age", "text": "x" * LIMIT}]),
    ],
)
def test_a_text_over_the_limit_is_rejected_in_any_field(read, field, value):
    frame, rejected = read({**GOOD, field: value}, GOOD)
    assert (faults(rejected), frame["line"].to_list()) == ([(1, "text_too_large")], [2])


PERSONAL = "ana.lindqvist"


@pytest.mark.parametrize(
    "bad",
    [
        {"embed_separable": PERSONAL},
        {"collected_at": PERSONAL},
        {"signals": {PERSONAL: "1"}},
        {"preview_signals": f'{{"{PERSONAL}'},
        {"findings": [{"kind": PERSONAL, "is_minor": PERSONAL}]},
        {"detections": [{PERSONAL: 1}]},
    ],
)
def test_a_report_holds_nothing_of_the_row(read, bad):
    people = {field: [PERSONAL] for field in LISTS}
    _, rejected = read({**GOOD, "account": PERSONAL, "address": f"https://blog.example/{PERSONAL}", **people, **bad})
    (row,) = rejected
    assert row.message in {
        WRONG_TYPE,
        "a time is not an ISO 8601 instant with its zone, such as 2025-05-27T06:00:00Z",
    }


def test_no_id_and_no_address_stays_with_an_item(read):
    people = {field: [PERSONAL] for field in LISTS}
    row = {**GOOD, "account": PERSONAL, "address": f"https://blog.example/{PERSONAL}", "derived_from": PERSONAL}
    frame, _ = read({**row, **people, "signals": {"robots": ROBOTS}})
    assert PERSONAL.encode() not in frame.write_ipc(None, compression="uncompressed").getvalue()


def test_signals_in_lines_of_json_may_be_a_text_too(tmp_path, keyring):
    texts = ['{"header": "train-ai=n"}', "{}", ""]
    frame, rejected = read_file(
        tmp_path, keyring, "jsonl", as_jsonl({**GOOD, "signals": text, "findings": "[{}]"} for text in texts)
    )
    assert (frame["preference"].to_list(), rejected) == (["deny", None, None], ())
    assert frame["findings"].list.len().to_list() == [1, 1, 1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'{"header": "\\ud83d"}', "malformed_json"),
        (b'"{\\"header\\": \\"\\\\ud83d\\"}"', "wrong_type"),
    ],
)
def test_half_a_character_in_a_line_of_json_is_rejected(tmp_path, keyring, value, reason):
    line = b'{"item": "i1", "account": "a1", "text": "x", "signals": ' + value + b"}"
    _, rejected = read_file(tmp_path, keyring, "jsonl", line)
    assert faults(rejected) == [(1, reason)]


STRUCTS = {"item": ["i1", "i2", "i3"], "account": ["a1", "a2", None], "text": ["x", "y", "z"]}


def test_signals_may_be_a_column_of_structs(read_frame):
    signals = [
        {"header": "train-ai=y", "tdm-reservation": 0, "cawg.ai_training": {"use": "notAllowed"}},
        {"header": None, "tdm-reservation": None, "cawg.ai_training": None},
        None,
    ]
    frame, rejected = read_frame({**STRUCTS, "signals": signals})
    kept = ["content-usage: train-ai=y", "tdm-reservation: 0", "cawg.ai_training: notAllowed"]
    assert frame.select("signals", "preference").rows() == [(kept, "deny"), (None, None), (None, None)]
    assert rejected == ()


def test_a_member_of_no_protocol_costs_the_rows_that_have_it(read_frame):
    members = pl.Struct({"header": pl.String, "hedaer": pl.String})
    signals = pl.Series([{"header": "train-ai=y"}, {"hedaer": "train-ai=n"}, None], dtype=members)
    frame, rejected = read_frame({**STRUCTS, "signals": signals})
    assert (frame["preference"].to_list(), faults(rejected)) == (["allow", None], [(2, "wrong_type")])


def test_findings_and_detections_may_be_columns_of_structs(read_frame):
    frame, rejected = read_frame(
        {
            **STRUCTS,
            "findings": [[{"kind": "health", "about": "author"}, {"kind": None, "about": None}], [], None],
            "detections": pl.Series(
                [[{"score": 0.9}], [{"score": None}], []], dtype=pl.List(pl.Struct({"score": pl.Float32}))
            ),
        }
    )
    health = {"kind": "health", "about": "author", "is_minor": None, "text": None}
    assert frame["findings"].to_list() == [[health, dict.fromkeys(health)], None, None]
    assert frame["detections"].to_list() == [[{"kind": None, "score": 0.9}], [{"kind": None, "score": None}], None]
    assert rejected == ()


@pytest.mark.parametrize("field", NESTED)
def test_a_column_of_structs_of_bytes_stops_the_file(read_frame, field):
    with pytest.raises(ColumnTypeError, match=rf"posts\.parquet: the column of {field} is Struct.*expected JSON"):
        read_frame({**STRUCTS, field: [{"header": b"1"}] * 3})


@pytest.mark.parametrize("field", [*LISTS, *FLAGS, "address", "preview_text", "derived_from", "collected_at", *NESTED])
def test_a_column_of_a_foreign_type_stops_the_file(read_frame, field):
    with pytest.raises(ColumnTypeError, match=rf"posts\.parquet: the column of {field} is Float64, expected "):
        read_frame({**STRUCTS, field: [1.5] * 3})


def test_equal_rows_are_read_once():
    asked = []

    def read_pairs(rows):
        asked.extend(rows.rows())
        return rows.select(pl.concat_str("one", "two", ignore_nulls=True).alias("both"))

    rows = pl.DataFrame({"one": ["a", "b", "a", None, None], "two": [1, 1, 1, None, None]})
    assert read_once(rows, read_pairs).to_dict(as_series=False) == {"both": ["a1", "b1", "a1", "", ""]}
    assert asked == [("a", 1), ("b", 1), (None, None)]


def test_a_table_without_a_usable_row_has_no_items(tmp_path, keyring):
    content = ",".join(FIELDS).encode() + b"\ntoo,few\n"
    frame, rejected = read_file(tmp_path, keyring, "csv", content)
    assert (frame.height, faults(rejected)) == (0, [(2, "wrong_column_count")])
