"""The sample platform is deterministic, complete and consistent: what one file names, another one has."""

import csv
import gzip
import json
import time
import tomllib
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
import zstandard

from demur.cli.configuration import load_configuration
from demur.sources.spec import FIELDS
from demur.testing.agora import AgoraSummary, AgoraTooSmallError, write_agora
from demur.testing.agora.files import configuration_text
from demur.testing.agora.phrases import LANGUAGES

NOW = datetime(2025, 5, 27, 6, tzinfo=UTC)
SMALL = {"people": 60, "items": 600}


@pytest.fixture(scope="module")
def agora(tmp_path_factory) -> tuple[Path, AgoraSummary]:
    folder = tmp_path_factory.mktemp("agora")
    return folder, write_agora(folder, **SMALL)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_items(folder: Path) -> dict[str, list[dict[str, object]]]:
    """Read every item as our configuration would: by kind, with our names of the fields."""
    content = folder / "content"
    comments = zstandard.ZstdDecompressor().decompress((content / "comments.jsonl.zst").read_bytes())
    chats = gzip.decompress((content / "assistant.jsonl.gz").read_bytes())
    raw = {
        "post": pl.concat([pl.read_parquet(path) for path in sorted(content.glob("posts-*.parquet"))]).to_dicts(),
        "photo": rows(content / "photos.csv"),
        "comment": [json.loads(line) for line in comments.decode().splitlines()],
        "ai_interaction": [json.loads(line) for line in chats.decode().splitlines()],
    }
    columns = {source["kind"]: source["columns"] for source in tomllib.loads(configuration_text())["sources"]}
    return {
        kind: [{ours: row[theirs] for ours, theirs in columns[kind].items()} for row in found]
        for kind, found in raw.items()
    }


def all_items(folder: Path) -> list[dict[str, object]]:
    return [item for found in read_items(folder).values() for item in found]


def instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_seed_writes_the_same_bytes(agora, tmp_path):
    folder, summary = agora
    assert write_agora(tmp_path, **SMALL) == summary
    assert files_of(tmp_path) == files_of(folder)


def test_another_seed_writes_other_people_and_other_texts(agora, tmp_path):
    folder, _ = agora
    write_agora(tmp_path, **SMALL, seed=7)
    same = {name for name, content in files_of(folder).items() if files_of(tmp_path)[name] == content}
    assert same == {"demur.toml"}


def test_the_folder_holds_these_files(agora):
    folder, _ = agora
    assert sorted(files_of(folder)) == [
        "accounts.csv",
        "audience_log.csv",
        "content/assistant.jsonl.gz",
        "content/comments.jsonl.zst",
        "content/photos.csv",
        "content/posts-1.parquet",
        "content/posts-2.parquet",
        "content/posts-3.parquet",
        "demur.toml",
        "handles.csv",
        "late_objection.txt",
        "notices.csv",
        "objections.csv",
        "planted.jsonl",
        "training_objection.txt",
        "withdrawals.csv",
    ]


def test_a_small_platform_is_written_within_seconds(tmp_path):
    start = time.perf_counter()
    write_agora(tmp_path, **SMALL)
    assert time.perf_counter() - start < 5


def test_too_small_a_platform_is_refused(tmp_path):
    with pytest.raises(AgoraTooSmallError) as refused:
        write_agora(tmp_path, people=3, items=600)
    message = "a sample platform of 3 people and 600 items is too small; the least is 48 people and 240 items"
    assert (refused.value.code, str(refused.value)) == ("agora-too-small", message)


def test_the_counts_of_the_summary_are_those_of_the_files(agora):
    folder, summary = agora
    items = read_items(folder)
    notices = rows(folder / "notices.csv")
    planted = [json.loads(line) for line in (folder / "planted.jsonl").read_text("utf-8").splitlines()]
    assert (
        summary.items,
        dict(summary.kinds),
        summary.accounts,
        summary.linked_accounts,
        dict(summary.planted),
        dict(summary.notice_events),
        summary.audience_changes,
        summary.objecting_accounts,
        summary.withdrawing_accounts,
    ) == (
        600,
        {kind: len(found) for kind, found in sorted(items.items())},
        len(rows(folder / "accounts.csv")),
        sum(1 for row in rows(folder / "accounts.csv") if row["centre"]),
        dict(sorted(Counter(row["class"] for row in planted).items())),
        dict(sorted(Counter(row["event"] for row in notices).items())),
        len(rows(folder / "audience_log.csv")),
        {row["account"] for row in rows(folder / "objections.csv")},
        {row["account"] for row in rows(folder / "withdrawals.csv")},
    )
    assert sum(summary.kinds.values()) == sum(summary.languages.values()) == 600


def test_every_language_of_the_union_is_spoken_in_public(agora):
    folder, summary = agora
    public = {item["language"] for item in all_items(folder) if item["visibility"] == "public"}
    assert public - {None, ""} == set(LANGUAGES)
    assert set(summary.languages) == set(LANGUAGES)


def test_no_id_is_used_twice(agora):
    folder, _ = agora
    items = [item["item"] for item in all_items(folder)]
    accounts = [row["account"] for row in rows(folder / "accounts.csv")]
    handles = [row["handle"] for row in rows(folder / "handles.csv")]
    assert [len(set(ids)) for ids in (items, accounts, handles)] == [len(items), len(accounts), len(accounts)]


def test_every_account_that_a_file_names_exists(agora):
    folder, _ = agora
    accounts = {row["account"] for row in rows(folder / "accounts.csv")}
    files = ("handles", "notices", "objections", "withdrawals")
    named = {row["account"] for name in files for row in rows(folder / f"{name}.csv")}
    for item in all_items(folder):
        mentions = item.get("mentions") or []
        named |= {item["account"], *(mentions.split() if isinstance(mentions, str) else mentions)}
    named |= {(folder / f"{name}_objection.txt").read_text("utf-8").strip() for name in ("late", "training")}
    assert named - accounts == set()


def test_references_point_to_earlier_public_items(agora):
    folder, _ = agora
    items = {item["item"]: item for item in all_items(folder)}
    references = [
        (item, items[item[field]])
        for item in items.values()
        for field in ("reshare_of", "quote_of", "reply_to")
        if item.get(field)
    ]
    assert {field for item, _ in references for field in ("reshare_of", "quote_of", "reply_to") if item.get(field)} == {
        "reshare_of",
        "quote_of",
        "reply_to",
    }
    assert all(instant(target["created_at"]) <= instant(item["created_at"]) for item, target in references)
    assert {target["visibility"] for _, target in references} == {"public"}


def test_a_quote_holds_the_quoted_text(agora):
    folder, _ = agora
    items = {item["item"]: item for item in all_items(folder)}
    quotes = [item for item in items.values() if item.get("quote_of")]
    assert quotes
    assert all(items[quote["quote_of"]]["text"] in quote["text"] for quote in quotes)


def test_people_are_from_8_to_90_years_old_and_some_birth_dates_are_partial(agora):
    folder, _ = agora
    written = [row["birth_date"] for row in rows(folder / "accounts.csv")]
    full = [date.fromisoformat(text) for text in written if len(text) == 10]
    ages = [NOW.year - born.year - ((NOW.month, NOW.day) < (born.month, born.day)) for born in full]
    assert (min(ages), max(ages)) == (8, 90)
    assert {len(text) for text in written} <= {0, 4, 7, 10}


def test_nothing_happens_before_an_account_exists_or_after_now(agora):
    folder, _ = agora
    created = {row["account"]: instant(row["created_at"]) for row in rows(folder / "accounts.csv")}
    events = [(item["account"], instant(item["created_at"])) for item in all_items(folder)]
    events += [(row["account"], instant(row["received_at"])) for row in rows(folder / "objections.csv")]
    assert all(created[account] <= at <= NOW for account, at in events)
    notices = [instant(row["at"]) for row in rows(folder / "notices.csv")]
    assert max(notices) <= NOW


def test_the_audience_is_the_last_one_of_its_log(agora):
    folder, _ = agora
    items = {item["item"]: item for item in all_items(folder)}
    log = rows(folder / "audience_log.csv")
    assert log == sorted(log, key=lambda row: (row["at"], row["item"]))
    last = {row["item"]: row["visibility"] for row in log}
    first = {row["item"]: row["at"] for row in reversed(log)}
    assert last == {item: items[item]["visibility"] for item in last}
    assert all(instant(first[item]) == instant(items[item]["created_at"]) for item in first)


def test_those_who_object_late_have_not_objected_and_have_much_to_lose(agora):
    folder, summary = agora
    public = Counter(item["account"] for item in all_items(folder) if item["visibility"] == "public")
    chosen = [summary.late_objection, summary.training_objection]
    accounts = {row["account"]: row for row in rows(folder / "accounts.csv")}
    assert len(set(chosen) - summary.objecting_accounts) == 2
    assert [(accounts[a]["visibility"], accounts[a]["state"], accounts[a]["centre"]) for a in chosen] == [
        ("public", "active", "")
    ] * 2
    assert min(public[account] for account in chosen) >= 20


def test_somebody_with_linked_accounts_objects_and_withdrawals_follow_objections(agora):
    folder, summary = agora
    linked = {row["account"] for row in rows(folder / "accounts.csv") if row["centre"]}
    objected = {row["account"]: row["received_at"] for row in rows(folder / "objections.csv")}
    withdrawn = {row["account"]: row["withdrawn_at"] for row in rows(folder / "withdrawals.csv")}
    assert linked & set(objected) != set()
    assert all(objected[account] <= at for account, at in withdrawn.items())
    assert summary.withdrawing_accounts <= summary.objecting_accounts


def test_the_configuration_maps_fields_that_exist(agora):
    folder, _ = agora
    configuration = load_configuration(folder / "demur.toml").configuration
    assert [(source.name, source.path, source.kind) for source in configuration.sources] == [
        ("posts", "content/posts-*.parquet", "post"),
        ("photos", "content/photos.csv", "photo"),
        ("comments", "content/comments.jsonl.zst", "comment"),
        ("assistant", "content/assistant.jsonl.gz", "ai_interaction"),
    ]
    assert {field for source in configuration.sources for field in source.columns} - set(FIELDS) == set()
    assert msgspec.to_builtins(configuration.ruleset)["settings"] == {"notice_version": "2025-04"}


def test_planted_positions_point_at_the_value(agora):
    folder, _ = agora
    texts = {item["item"]: item["text"] for item in all_items(folder)}
    planted = [json.loads(line) for line in (folder / "planted.jsonl").read_text("utf-8").splitlines()]
    assert [texts[row["item"]][row["start"] : row["end"]] for row in planted] == [row["value"] for row in planted]


def test_every_sign_of_an_identifier_in_a_text_was_planted(agora):
    folder, _ = agora
    planted = Counter()
    for line in (folder / "planted.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        planted[row["item"]] += row["value"].count("@") + row["value"].count("://")
    found = Counter({item["item"]: item["text"].count("@") + item["text"].count("://") for item in all_items(folder)})
    assert +found == +planted


def test_mentioned_handles_belong_to_the_accounts_that_the_item_mentions(agora):
    folder, _ = agora
    handles = {row["account"]: row["handle"] for row in rows(folder / "handles.csv")}
    for item in all_items(folder):
        mentions = item.get("mentions") or []
        for account in mentions.split() if isinstance(mentions, str) else mentions:
            assert handles[account] in item["text"]
