"""Every format of the distribution keeps the contract of a source, with good rows and bad ones in its files."""

import csv
import gzip
import io
import json

import polars as pl
import pytest
import zstandard

from demur.keys.keyring import create_keyring, load_keyring
from demur.sources.open import open_source
from demur.sources.source import Source
from demur.sources.spec import SourceSpec
from demur.testing.source_contract import SourceContract

ROWS = [
    {
        "item": f"item-{number}",
        "account": f"account-{number % 4}",
        "kind": "post",
        "product": "social",
        "visibility": "public",
        "created_at": f"2024-05-{number + 1:02d}T10:00:00+02:00",
        "text": f"Post {number}, of course.",
        "mentions": [f"account-{number % 3}"] if number % 2 else [],
        "tags": [f"account-{number % 4}", "account-3"] if number % 3 else [],
        "reply_to": f"item-{number - 1}" if number % 5 == 4 else None,
        "embed_separable": "yes" if number % 2 else "no",
        "address": f"https://agora.example/item-{number}",
        "signals": json.dumps({"header": "train-ai=n" if number % 4 else "train-ai=y"}) if number % 7 else None,
        "findings": json.dumps([{"kind": "health", "about": f"account-{number % 4}"}]) if number % 6 == 5 else None,
    }
    for number in range(20)
]
BAD = [
    {**ROWS[0], "item": None},
    {**ROWS[1], "created_at": "2024-05-02T10:00:00"},
    {**ROWS[2], "text": "x" * 1_100_000},
    {**ROWS[3], "embed_separable": "account-3"},
    {**ROWS[4], "signals": '{"account-0": "https://agora.example/item-4"}'},
]


def as_jsonl(rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode() + b"\xff\n"


def as_csv(rows) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(ROWS[0]))
    writer.writeheader()
    writer.writerows({**row, **{name: " ".join(row[name]) for name in ("mentions", "tags")}} for row in rows)
    return file.getvalue().encode() + b"\xff" + b"," * (len(ROWS[0]) - 1) + b"\r\n"


def as_parquet(rows) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(file)
    return file.getvalue()


class FileSourceContract(SourceContract):
    """Two splits of one format; the author of a format would write this much."""

    ending = ""

    def write(self, rows) -> bytes:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.root = tmp_path
        create_keyring(tmp_path / "keyring.json", platform="agora", seed=b"s" * 32)
        (tmp_path / "content").mkdir()
        (tmp_path / "content" / f"b{self.ending}").write_bytes(self.write(ROWS[10:]))
        (tmp_path / "content" / f"a{self.ending}").write_bytes(self.write([*ROWS[:5], *BAD, *ROWS[5:10]]))
        (tmp_path / "content" / f".partial{self.ending}").write_bytes(b"never read")

    def make_source(self) -> Source:
        spec = SourceSpec(name="posts", path=f"content/*{self.ending}")
        return open_source(spec, keyring=load_keyring(self.root / "keyring.json"), root=self.root)

    def plain_ids(self) -> list[str]:
        return [row[name] for row in ROWS for name in ("item", "account", "address")]


class TestJsonLines(FileSourceContract):
    ending = ".jsonl"

    def write(self, rows) -> bytes:
        return as_jsonl(rows)


class TestJsonLinesInGzip(FileSourceContract):
    ending = ".jsonl.gz"

    def write(self, rows) -> bytes:
        return gzip.compress(as_jsonl(rows))


class TestJsonLinesInZstandard(FileSourceContract):
    ending = ".jsonl.zst"

    def write(self, rows) -> bytes:
        return zstandard.compress(as_jsonl(rows))


class TestCsv(FileSourceContract):
    ending = ".csv"

    def write(self, rows) -> bytes:
        return as_csv(rows)


class TestParquet(FileSourceContract):
    ending = ".parquet"

    def write(self, rows) -> bytes:
        return as_parquet(rows)
