"""Rows and files that cannot be used are left out one by one, with file, line and reason; their neighbours are not."""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

CHATS = "content/assistant.jsonl.gz"
PHOTOS = "content/photos.csv"
COLUMNS = "photo_id, owner_id, words, uploaded_at, audience, lang, app, tagged, file, removed_at, rights, seen"


@dataclass(frozen=True, kw_only=True)
class Spoilt:
    """Input that can only be used in part.

    Attributes:
        rejected: what `rejected.jsonl` must hold, as (file, line, reason); lines count from one, a file has line 0.
        told: what the command prints about files that are left out.
        lost: the file whose items are all missing from the corpus.
        extra: rows that the file has more than the whole input.
    """

    spoil: Callable[[Path], None]
    rejected: list[tuple[str, int, str]]
    told: tuple[str, ...] = ()
    lost: str = ""
    extra: int = 0


def before_chats(*lines: bytes) -> Callable[[Path], None]:
    """Put lines before the first chat."""

    def spoil(folder: Path) -> None:
        whole = gzip.decompress((folder / CHATS).read_bytes())
        (folder / CHATS).write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines) + whole))

    return spoil


def chat(text: str, *, turn: str = "zwx1") -> str:
    return json.dumps({"turn_id": turn, "asked_by": "zwxsomebody", "prompt": text}, ensure_ascii=False)


def repeat_first_chat(folder: Path) -> None:
    lines = gzip.decompress((folder / CHATS).read_bytes()).splitlines(keepends=True)
    (folder / CHATS).write_bytes(gzip.compress(b"".join([*lines, lines[0]])))


def cut_off(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-50]) and None


def rename_caption(folder: Path) -> None:
    text = (folder / PHOTOS).read_text("utf-8")
    (folder / PHOTOS).write_text(text.replace("caption", "words", 1), "utf-8")


SPOILT = {
    "a line in another encoding": Spoilt(
        spoil=before_chats(chat("Grüße").encode("latin-1"), chat("Grüße").encode("utf-16-be")),
        rejected=[(CHATS, 1, "invalid_utf8"), (CHATS, 2, "invalid_utf8")],
        extra=2,
    ),
    "a line of ten megabytes": Spoilt(
        spoil=before_chats(chat("word " * 2_000_000).encode()), rejected=[(CHATS, 1, "text_too_large")], extra=1
    ),
    "a line that is no object": Spoilt(
        spoil=before_chats(b"[1, 2]", b"{", b'{"turn_id": "zwx2"}'),
        rejected=[(CHATS, 1, "not_an_object"), (CHATS, 2, "malformed_json")],
        extra=3,
    ),
    "an item id twice": Spoilt(spoil=repeat_first_chat, rejected=[(CHATS, -1, "duplicate_item_id")], extra=1),
    "a file that is cut off": Spoilt(
        spoil=cut_off(CHATS),
        rejected=[(CHATS, 0, "split-unreadable")],
        told=(f"left out: {CHATS} cannot be read (EOFError) [split-unreadable]",),
        lost=CHATS,
    ),
    "a file without a column": Spoilt(
        spoil=rename_caption,
        rejected=[(PHOTOS, 0, "missing-column")],
        told=(f"left out: {PHOTOS}: column caption is missing; columns found: {COLUMNS} [missing-column]",),
        lost=PHOTOS,
    ),
}


@pytest.fixture
def platform(registered, tmp_path):
    return Path(shutil.copytree(registered, tmp_path / "platform"))


def decided(folder: Path) -> pl.DataFrame:
    paths = sorted((folder / "corpora/sample/decisions").glob("*.parquet"))
    return pl.concat(pl.read_parquet(path) for path in paths)


def rejected(folder: Path) -> list[tuple[str, int, str]]:
    rows = map(json.loads, (folder / "corpora/sample/rejected.jsonl").read_text("utf-8").splitlines())
    return [(row["split"], row["line"], row["reason"]) for row in rows]


@pytest.mark.parametrize("case", SPOILT.values(), ids=SPOILT)
def test_what_cannot_be_used_is_left_out_by_name_and_everything_else_is_decided(demur, built, platform, case):
    whole = decided(built)
    case.spoil(platform)
    ended = demur(platform, "build", "sample", "--json")
    report = json.loads(ended.out)
    without = decided(platform)
    last = whole.filter(split=CHATS).height + case.extra
    assert ended.status == 1
    assert rejected(platform) == [(split, last if line < 0 else line, why) for split, line, why in case.rejected]
    assert set(whole["item_key"]) - set(without["item_key"]) == set(whole.filter(split=case.lost)["item_key"])
    assert report["rows_read"] == report["rows_decided"] + report["rows_rejected"]
    assert report["rows_read"] == whole.filter(pl.col("split") != case.lost).height + case.extra
    assert report["rows_decided"] == without.height == sum(report["decisions"].values())


@pytest.mark.parametrize("case", SPOILT.values(), ids=SPOILT)
def test_what_is_left_out_is_told_without_a_word_of_it(demur, platform, case):
    case.spoil(platform)
    ended = demur(platform, "build", "sample")
    told = [line for line in ended.out.splitlines() if line.startswith(("left out", "rejected rows"))]
    rows = [f"rejected rows, each with its reason: {platform}/corpora/sample/rejected.jsonl"]
    is_about_rows = any(line for _, line, _ in case.rejected)
    assert told == [*case.told, *(rows if is_about_rows else [])]
    listed = (platform / "corpora/sample/rejected.jsonl").read_text("utf-8")
    assert [text for text in (ended.out, ended.err, listed) if "zwx" in text or "Gr" in text.replace("Group", "")] == []


@pytest.mark.parametrize("case", SPOILT.values(), ids=SPOILT)
def test_a_strict_build_stops_there_and_makes_no_corpus(demur, platform, case):
    case.spoil(platform)
    ended = demur(platform, "build", "sample", "--strict", "--json")
    assert (ended.status, ended.out) == (2, "")
    assert re.search(r"^demur: .* \[bad-input\]\n  next: .* without --strict.*\n\Z", ended.err, re.MULTILINE)
    assert not (platform / "corpora/sample").exists()


FAULTY_ACCOUNTS = {
    "a birth date in the future": (
        "zwx1,,2999-01-01,DE,de,public,active,",
        "the birth date is no YYYY, YYYY-MM or YYYY-MM-DD, or lies in the future",
    ),
    "a birth date that is none": (
        "zwx1,,1990-02-31,DE,de,public,active,",
        "the birth date is no YYYY, YYYY-MM or YYYY-MM-DD, or lies in the future",
    ),
    "a row without an account": (",,1990-01-01,DE,de,public,active,", "the row names no account"),
}


@pytest.mark.parametrize(("row", "message"), FAULTY_ACCOUNTS.values(), ids=FAULTY_ACCOUNTS)
def test_a_faulty_account_is_left_out_by_line_and_the_next_one_is_imported(demur, platform, row, message):
    before = json.loads(demur(platform, "register", "status", "--json").out)
    header = (platform / "accounts.csv").read_text("utf-8").splitlines()[0]
    (platform / "more.csv").write_text(f"{header}\n{row}\nzwxnew,,1990,DE,de,public,active,\n", "utf-8")
    ended = demur(platform, "register", "import", "more.csv")
    after = json.loads(demur(platform, "register", "status", "--json").out)
    again = json.loads(demur(platform, "register", "import", "more.csv", "--json").out)["files"]
    assert (ended.status, ended.out.splitlines()[-1], ended.err) == (1, f"more.csv:2: {message}", "")
    assert "zwx" not in ended.out
    assert after == {**before, "accounts": before["accounts"] + 1}
    assert [(file["rows_read"], file["imported"], file["unchanged"], len(file["rejected"])) for file in again] == [
        (2, 0, 1, 1)
    ]
