"""`demur filter`: every form of file, whole or not at all, and the same result whatever the batches and threads."""

import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import zstandard

from demur.cli import filter_rows
from demur.filters.text import FILTER_VERSION

JSONL = """{"id": 1, "text": "Write to anna@example.org", "language": "en", "extra": {"a": [1, 2.50]}}
{"id": 2,  "text": "nothing", "mail": "kept@example.org"}

{"id": 3, "text": "a@example.org", "text": "clean"}
{"id": 4, "t\\u0065xt": "b@example.org", "text": "clean too"}
{"id": 5, "text": null}
{"id": 6}
"""
REDACTED_JSONL = """{"id":1,"text":"Write to [EMAIL]","language":"en","extra":{"a": [1, 2.50]}}
{"id": 2,  "text": "nothing", "mail": "kept@example.org"}

{"id":3,"text":"clean"}
{"id":4,"text":"clean too"}
{"id": 5, "text": null}
{"id": 6}
"""
CSV = '\ufeffid;text;lang;mail\r\n1;"Write to ""us"" anna@example.org\r\nor call";en;kept@example.org\r\n\r\n'
CSV += "2;bo@example.org;;\r\n3;clean;de;"
REDACTED_CSV = CSV.replace("anna@example.org", "[EMAIL]").replace("bo@example.org", "[EMAIL]")
TEXT = "mail anna@example.org\r\n\nclean\nbo@example.org"
REDACTED_TEXT = TEXT.replace("anna@example.org", "[EMAIL]").replace("bo@example.org", "[EMAIL]")


def told(ended):
    assert ended.out.count("\n") == 1, ended.err
    return json.loads(ended.out)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("posts.jsonl", JSONL, REDACTED_JSONL),
        ("posts.csv", CSV, REDACTED_CSV),
        ("posts.txt", TEXT, REDACTED_TEXT),
        ("empty.csv", "", ""),
        ("empty.txt", "", ""),
    ],
)
def test_texts_are_redacted_and_all_else_passes_byte_for_byte(demur, tmp_path, name, content, expected):
    source = tmp_path / name
    source.write_bytes(content.encode())
    assert demur(tmp_path, "filter", name).status == 0
    stem, ending = name.split(".")
    assert (tmp_path / f"{stem}.redacted.{ending}").read_bytes().decode() == expected
    assert source.read_bytes().decode() == content


@pytest.mark.parametrize(
    ("ending", "pack", "unpack"),
    [
        ("gz", gzip.compress, gzip.decompress),
        (
            "zst",
            zstandard.ZstdCompressor().compress,
            lambda content: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)).read(),
        ),
    ],
)
def test_compressed_files_stay_compressed_and_one_that_is_cut_off_is_refused(demur, tmp_path, ending, pack, unpack):
    packed = pack(JSONL.encode())
    (tmp_path / f"posts.jsonl.{ending}").write_bytes(packed)
    (tmp_path / f"cut.jsonl.{ending}").write_bytes(packed[:-9])
    assert demur(tmp_path, "filter", f"posts.jsonl.{ending}").status == 0
    assert unpack((tmp_path / f"posts.redacted.jsonl.{ending}").read_bytes()).decode() == REDACTED_JSONL
    ended = demur(tmp_path, "filter", f"cut.jsonl.{ending}")
    assert (ended.status, "[split-unreadable]" in ended.err) == (2, True)
    assert [path.name for path in tmp_path.glob("*cut*")] == [f"cut.jsonl.{ending}"]


def test_other_columns_of_parquet_keep_their_types_and_what_their_writer_noted(demur, tmp_path):
    frame = pl.DataFrame(
        {
            "id": pl.Series([1, 2, 3], dtype=pl.UInt16),
            "body": ["mail bo@example.org", None, "clean"],
            "tags": [["a"], [], None],
            "at": pl.Series([0, 1, None], dtype=pl.Datetime("ms", "UTC")),
            "who": [{"name": "x"}, None, {"name": "bo@example.org"}],
        }
    )
    frame.write_parquet(tmp_path / "posts.parquet", metadata={"written by": "a test"})
    ended = told(demur(tmp_path, "filter", "posts.parquet", "--json", "--spans", "spans.jsonl"))
    assert (ended["rows"], ended["cut_rows"], ended["columns"]) == (3, 1, ["body"])
    redacted = pl.read_parquet(tmp_path / "posts.redacted.parquet")
    assert redacted.equals(frame.with_columns(body=pl.Series(["mail [EMAIL]", None, "clean"])))
    assert redacted.schema == frame.schema
    assert pl.read_parquet_metadata(tmp_path / "posts.redacted.parquet")["written by"] == "a test"
    place = {"row": 1, "column": "body", "start": 5, "end": 19, "label": "EMAIL"}
    assert [json.loads(line) for line in (tmp_path / "spans.jsonl").read_text().splitlines()] == [place]


def test_the_summary_counts_and_names_the_filter(demur, tmp_path):
    (tmp_path / "posts.jsonl").write_text(JSONL)
    ended = told(demur(tmp_path, "filter", "posts.jsonl", "--out", "out.jsonl", "--json"))
    assert {name: count for name, count in ended.pop("counts").items() if count} == {"email": 1}
    assert ended.pop("megabytes_per_second") > 0
    assert ended == {
        "out": "out.jsonl",
        "columns": ["text"],
        "rows": 6,
        "cut_rows": 1,
        "left_out": 0,
        "broken": [],
        "megabytes": 0.0,
        "filter": FILTER_VERSION,
    }


def test_batches_and_threads_change_nothing(demur, tmp_path, monkeypatch):
    rows = [f'{n},"mail a{n}@example.org, line\nline",en,{"clean" if n % 3 else "+49 30 123456"}\n' for n in range(60)]
    (tmp_path / "posts.csv").write_text("".join(["id,text,lang,body\n", *rows]))
    columns = ("--text", "text", "--text", "body")
    results = set()
    for number, (batch, threads) in enumerate([(16_384, "1"), (7, "1"), (7, "3"), (1, "2")]):
        monkeypatch.setattr(filter_rows, "BATCH_ROWS", batch)
        words = ("--out", f"{number}.csv", "--spans", f"{number}.jsonl", "--threads", threads, "--json")
        ended = told(demur(tmp_path, "filter", "posts.csv", *columns, *words))
        files = [(tmp_path / f"{number}.{ending}").read_bytes() for ending in ("csv", "jsonl")]
        results.add((*files, ended["rows"], ended["cut_rows"], str(ended["counts"])))
    assert len(results) == 1
    assert [ended["rows"], ended["counts"]["email"], ended["counts"]["phone"]] == [60, 60, 20]
    assert {json.loads(line)["row"] for line in files[1].splitlines()} == set(range(1, 61))


def test_only_some_classes_are_cut(demur, tmp_path):
    (tmp_path / "a.txt").write_text("bo@example.org, 192.168.1.77, see https://example.org/a\n")
    assert demur(tmp_path, "filter", "a.txt", "--only", "email,IP").status == 0
    assert (tmp_path / "a.redacted.txt").read_text() == "[EMAIL], [IP], see https://example.org/a\n"


BROKEN = b"""id,text,language
1,bo@example.org,en
2,too,many,fields
3,not \xff UTF-8,en
4,quo"te,en
5,clean,en
"""


def test_rows_that_cannot_be_read_are_left_out_and_named(demur, tmp_path):
    (tmp_path / "a.csv").write_bytes(BROKEN.replace(b'quo"te', b'quo"te"'))
    ended = demur(tmp_path, "filter", "a.csv", "--json")
    assert ended.status == 1
    assert [(one["line"], one["reason"]) for one in told(ended)["broken"]] == [
        (3, "it has another number of columns than the header"),
        (4, "it is not UTF-8"),
        (5, "its quotation marks do not match"),
    ]
    assert (tmp_path / "a.redacted.csv").read_text() == "id,text,language\n1,[EMAIL],en\n5,clean,en\n"
    strict = demur(tmp_path, "filter", "a.csv", "--strict", "--out", "b.csv")
    assert (strict.status, "a.csv, line 3: it has another" in strict.err, "next: " in strict.err) == (2, True, True)
    (tmp_path / "c.jsonl").write_text('{"text": 5}\n[]\n{"text": "clean"}\nx\n')
    ended = demur(tmp_path, "filter", "c.jsonl")
    assert (ended.status, ended.out.count("left out: line ")) == (1, 3)
    assert (tmp_path / "c.redacted.jsonl").read_text() == '{"text": "clean"}\n'


def test_a_quote_that_never_ends_swallows_no_row(demur, tmp_path):
    (tmp_path / "a.csv").write_bytes(BROKEN)
    ended = demur(tmp_path, "filter", "a.csv")
    assert (ended.status, "the quoted field that opens at line 5 never ends" in ended.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ("a.csv --out a.csv", "output-refused", "is the file that is to be filtered"),
        ("a.csv --out linked.csv", "output-refused", "is the file that is to be filtered"),
        ("a.csv --spans a.csv", "output-refused", "is the file that is to be filtered"),
        ("a.csv --out b.txt --spans b.txt", "output-refused", "would both go to b.txt"),
        ("a.csv --out taken.csv", "output-refused", "taken.csv is there already"),
        ("a.csv --out - --json", "output-refused", "would both go to standard output"),
        ("a.csv --text body", "missing-column", "column body is missing; columns found: id, text, language"),
        ("a.csv --language tongue", "missing-column", "column tongue is missing"),
        ("bare.jsonl", "missing-column", "text or content or body or message or post or comment is missing"),
        ("good.jsonl --text body", "missing-column", "column body is missing; columns found: text"),
        ("a.txt --text text", "missing-column", "column text is missing"),
        ("numbers.parquet --text id", "column-type", "column id is Int64, expected text"),
        ("bare.jsonl --format parquet", "split-unreadable", "cannot be read as Parquet"),
        ("a.xml", "file-form", "the ending of a.xml is not known; there are csv, jsonl, parquet, text"),
        ("a.csv --format xml", "file-form", "the format xml is not known"),
        ("numbers.parquet --out -", "file-form", "Parquet is read from a file"),
        ("gone.csv", "file-refused", "No such file"),
        ("a.csv --only EMAIL,NAMES", "label-unknown", "--only names NAMES; there are ADDRESS, "),
        ("a.csv --detectors gone.toml", "configuration-missing", "gone.toml"),
        ("a.csv --detectors empty.toml", "configuration-invalid", "empty.toml names no detector under [filters]"),
        ("a.csv --detectors filters.toml", "detector-unknown", "no detector is named 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(demur, tmp_path, words, code, part):
    (tmp_path / "a.csv").write_text("id,text,language\n1,clean,en\n")
    (tmp_path / "linked.csv").symlink_to("a.csv")
    (tmp_path / "taken.csv").write_text("taken")
    (tmp_path / "a.txt").write_text("clean")
    (tmp_path / "a.xml").write_text("<a/>")
    (tmp_path / "bare.jsonl").write_text('{"id": 1}\n')
    (tmp_path / "good.jsonl").write_text('{"text": "clean"}\n')
    (tmp_path / "empty.toml").write_text('[platform]\nname = "agora.example"\n')
    (tmp_path / "filters.toml").write_text('[filters]\ndetectors = ["nobody"]\n')
    pl.DataFrame({"id": [1]}).write_parquet(tmp_path / "numbers.parquet")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ended = demur(tmp_path, "filter", *words.split())
    assert (f"[{code}]" in ended.err, part in ended.err, ended.status) == (True, True, ended.status), ended.err
    assert ended.status in {2, 3}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_that_may_not_grow_leaves_nothing_behind(demur, tmp_path):
    (tmp_path / "a.txt").write_text("clean line\n" * 50_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        ended = demur(tmp_path, "filter", "a.txt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert (ended.status, "[file-refused]" in ended.err, "next: " in ended.err) == (3, True, True), ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def start(folder: Path, *words: str) -> subprocess.Popen:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", "demur", "filter", *words], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe
    )


def test_a_process_that_is_killed_leaves_no_file_under_the_name_of_the_result(tmp_path):
    os.mkfifo(tmp_path / "posts.txt")
    with start(tmp_path, "posts.txt", "--threads", "1") as process, (tmp_path / "posts.txt").open("wb") as feed:
        # More than one batch, so that the first one is written before the process waits for more.
        feed.write(b"mail bo@example.org\n" * 60_000)
        feed.flush()
        while not any(path.stat().st_size for path in tmp_path.glob(".*.partial")):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    (partial,) = tmp_path.glob(".posts.redacted.txt.*.partial")
    assert b"bo@example.org" not in partial.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([partial.name, "posts.txt"])


def test_standard_input_goes_to_standard_output_and_all_else_to_standard_error(tmp_path):
    with start(tmp_path, "-", "--format", "jsonl", "--spans", "spans.jsonl") as process:
        out, err = process.communicate(JSONL.encode() + b"broken\n", timeout=60)
    assert (process.returncode, out.decode()) == (1, REDACTED_JSONL)
    assert "6 rows, 1 of them cut, in text" in err.decode()
    assert "left out: line 8: it is no JSON object" in err.decode()
    assert len((tmp_path / "spans.jsonl").read_text().splitlines()) == 1
