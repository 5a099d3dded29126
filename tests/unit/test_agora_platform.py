"""The sample platform is deterministic, complete and consistent: what one file names, another one has."""

import csv
import gzip
import json
import time
import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
import polars as pl
import pytest
import zstandard

from demur.cli.configuration import load_configuration
from demur.keys.keyring import create_keyring
from demur.sources.open import open_source
from demur.sources.spec import FIELDS
from demur.testing.agora import AgoraSummary, AgoraTooSmallError, write_agora
from demur.testing.agora.files import configuration_text
from demur.testing.agora.phrases import LANGUAGES

NOW = datetime(2025, 5, 27, 6, tzinfo=UTC)
SMALL = {"people": 60, "items": 600}
LARGER = {"people": 200, "items": 3_000}  # large enough that everything rare is shown
SITUATIONS = {
    *("written_with_a_friend", "written_with_an_objector", "written_with_a_minor"),
    *("paste_of_a_friend", "paste_of_an_objector", "share_of_an_objector", "bare_share_of_an_objector"),
    *("translation_of_a_friend", "translation_of_an_objector", "mention_of_an_objector", "talk_of_a_public_role"),
    *("link_to_an_open_page", "link_to_a_reserved_page", "name_of_a_child"),
    *("sensitive_words_on_somebody", "sensitive_words_on_the_author"),
    *("faces", "face_and_plate", "child", "hardly_a_child", "tagged_minor", "tagged_objector"),
    *("refusing_credentials", "refusing_metadata", "allowing_credentials"),
    *("story_of_a_day", "story_that_stayed", "question_in_a_group", "talk_in_a_group"),
}
# Which situations fill a column of items.
SHOWN_BY = {
    "findings": ("sensitive_words_on_somebody", "sensitive_words_on_the_author", "name_of_a_child"),
    "detections": ("faces", "face_and_plate", "child", "hardly_a_child"),
    "other_authors": ("written_with_a_friend", "written_with_an_objector", "written_with_a_minor"),
    "public_role_of": ("talk_of_a_public_role",),
    "derived_from": ("translation_of_a_friend", "translation_of_an_objector"),
    "addressed_to_assistant": ("question_in_a_group", "talk_in_a_group"),
    "preview_text": ("link_to_an_open_page", "link_to_a_reserved_page"),
    "preview_preference": ("link_to_an_open_page", "link_to_a_reserved_page"),
    "preference": ("refusing_credentials", "refusing_metadata", "allowing_credentials"),
}
TWO_YEARS = timedelta(days=731)
# Fields that hold accounts.
PEOPLE_FIELDS = ("mentions", "tags", "other_authors", "public_role_of")


@pytest.fixture(scope="module")
def agora(tmp_path_factory) -> tuple[Path, AgoraSummary]:
    folder = tmp_path_factory.mktemp("agora")
    return folder, write_agora(folder, **SMALL)


@pytest.fixture(scope="module")
def larger(tmp_path_factory) -> tuple[Path, AgoraSummary]:
    folder = tmp_path_factory.mktemp("larger")
    return folder, write_agora(folder, **LARGER)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_items(folder: Path) -> list[dict[str, object]]:
    """Read every item as our configuration would, with our names of the fields."""
    content = folder / "content"
    comments = zstandard.ZstdDecompressor().decompress((content / "comments.jsonl.zst").read_bytes())
    chats = gzip.decompress((content / "assistant.jsonl.gz").read_bytes())
    raw = {
        "post": pl.concat([pl.read_parquet(path) for path in sorted(content.glob("posts-*.parquet"))]).to_dicts(),
        "photo": rows(content / "photos.csv"),
        "comment": [json.loads(line) for line in comments.decode().splitlines()],
        "ai_interaction": [json.loads(line) for line in chats.decode().splitlines()],
    }
    sources = {source["kind"]: source["columns"] for source in tomllib.loads(configuration_text())["sources"]}
    return [
        {"kind": kind, **{ours: row[theirs] for ours, theirs in columns.items() if row[theirs] not in (None, "", [])}}
        for kind, columns in sources.items()
        for row in raw[kind]
    ]


def people_of(item: dict[str, object], field: str) -> tuple[str, ...]:
    found = item.get(field, [])
    return tuple(found.split()) if isinstance(found, str) else tuple(found)


def findings_of(item: dict[str, object]) -> list[dict[str, object]]:
    found = item.get("findings", [])
    return json.loads(found) if isinstance(found, str) else found


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
    assert same == {"demur.toml", "notices/2026-01.toml"}


def test_the_folder_holds_these_files(agora):
    folder, _ = agora
    assert sorted(files_of(folder)) == [
        "accounts.csv",
        "content/assistant.jsonl.gz",
        "content/audience_log.csv",
        "content/comments.jsonl.zst",
        "content/handles.csv",
        "content/photos.csv",
        "content/posts-1.parquet",
        "content/posts-2.parquet",
        "content/posts-3.parquet",
        "demur.toml",
        "hijacks.csv",
        "late_objection.txt",
        "notices.csv",
        "notices/2026-01.toml",
        "objections.csv",
        "planted.jsonl",
        "recipients.csv",
        "targets.csv",
        "training_objection.txt",
        "withdrawals.csv",
    ]


def test_a_small_platform_is_written_within_seconds(tmp_path):
    start = time.process_time()  # of this process: a machine that has much else to do is no fault of ours
    write_agora(tmp_path, **SMALL)
    assert time.process_time() - start < 5


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
        (summary.targets, summary.hijacks),
        summary.objecting_accounts,
        summary.withdrawing_accounts,
    ) == (
        600,
        dict(sorted(Counter(item["kind"] for item in items).items())),
        len(rows(folder / "accounts.csv")),
        sum(1 for row in rows(folder / "accounts.csv") if row["centre"]),
        dict(sorted(Counter(row["class"] for row in planted).items())),
        dict(sorted(Counter(row["event"] for row in notices).items())),
        len(rows(folder / "content/audience_log.csv")),
        (len(rows(folder / "targets.csv")), len(rows(folder / "hijacks.csv"))),
        {row["account"] for row in rows(folder / "objections.csv")},
        {row["account"] for row in rows(folder / "withdrawals.csv")},
    )
    assert sum(summary.kinds.values()) == sum(summary.languages.values()) == 600


def test_every_language_of_the_union_is_spoken_in_public(agora):
    folder, summary = agora
    public = {item.get("language") for item in read_items(folder) if item["visibility"] == "public"}
    assert public - {None} == set(LANGUAGES)
    assert set(summary.languages) == set(LANGUAGES)


def test_no_id_is_used_twice(agora):
    folder, _ = agora
    items = [item["item"] for item in read_items(folder)]
    accounts = [row["account"] for row in rows(folder / "accounts.csv")]
    handles = [row["handle"] for row in rows(folder / "content/handles.csv")]
    assert [len(set(ids)) for ids in (items, accounts, handles)] == [len(items), len(accounts), len(accounts)]


def test_every_account_and_item_that_a_file_names_exists(larger):
    folder, _ = larger
    accounts = {row["account"] for row in rows(folder / "accounts.csv")}
    items = read_items(folder)
    files = ("content/handles", "notices", "objections", "withdrawals", "hijacks")
    named = {row["account"] for name in files for row in rows(folder / f"{name}.csv")} - {""}
    named |= {item["account"] for item in items}
    named |= {account for item in items for field in PEOPLE_FIELDS for account in people_of(item, field)}
    named |= {(folder / f"{name}_objection.txt").read_text("utf-8").strip() for name in ("late", "training")}
    assert named - accounts == set()
    assert {row["item"] for row in rows(folder / "targets.csv")} - {item["item"] for item in items} == {""}


def test_references_point_to_earlier_public_items(larger):
    folder, _ = larger
    items = {item["item"]: item for item in read_items(folder)}
    references = [
        (field, item, items[item[field]])
        for item in items.values()
        for field in ("reshare_of", "quote_of", "reply_to", "derived_from")
        if field in item
    ]
    assert {field for field, _, _ in references} == {"reshare_of", "quote_of", "reply_to", "derived_from"}
    assert all(instant(target["created_at"]) <= instant(item["created_at"]) for _, item, target in references)
    assert {target["visibility"] for _, _, target in references} == {"public"}


def test_a_quote_holds_the_quoted_text_but_for_what_came_below(larger):
    folder, summary = larger
    items = {item["item"]: item for item in read_items(folder)}
    pairs = [(item["text"], items[item["quote_of"]]["text"]) for item in items.values() if "quote_of" in item]
    held = [next(quoted[:end] for end in range(len(quoted), 0, -1) if quoted[:end] in text) for text, quoted in pairs]
    assert pairs
    assert {beginning.rstrip()[-1] for beginning in held} <= set(".!?;")
    longer = [quoted for (_, quoted), beginning in zip(pairs, held, strict=True) if quoted != beginning]
    assert len(longer) <= sum(summary.situations.values()) / 10


def test_people_are_from_8_to_90_years_old_and_some_birth_dates_are_partial(agora):
    folder, _ = agora
    written = [row["birth_date"] for row in rows(folder / "accounts.csv")]
    full = [date.fromisoformat(text) for text in written if len(text) == 10]
    ages = [NOW.year - born.year - ((NOW.month, NOW.day) < (born.month, born.day)) for born in full]
    assert (min(ages), max(ages)) == (8, 90)
    assert {len(text) for text in written} <= {0, 4, 7, 10}


def test_nothing_happens_before_an_account_exists_or_after_it_was_last_seen(agora):
    folder, _ = agora
    accounts = {row["account"]: row for row in rows(folder / "accounts.csv")}
    created = {account: instant(row["created_at"]) for account, row in accounts.items()}
    seen = {account: instant(row["last_seen_at"]) for account, row in accounts.items()}
    notices = rows(folder / "notices.csv")
    events = [(item["account"], instant(item["created_at"])) for item in read_items(folder)]
    events += [(row["account"], instant(row["received_at"])) for row in rows(folder / "objections.csv")]
    events += [(row["account"], instant(row["at"])) for row in notices if row["event"] == "shown"]
    assert [account for account, at in events if not created[account] <= at <= seen[account] <= NOW] == []
    assert max(instant(row["at"]) for row in notices) <= NOW


def test_the_audience_is_the_last_one_of_its_log(agora):
    folder, _ = agora
    items = {item["item"]: item for item in read_items(folder)}
    log = rows(folder / "content/audience_log.csv")
    assert log == sorted(log, key=lambda row: (row["at"], row["item"]))
    last = {row["item"]: row["visibility"] for row in log}
    first = {row["item"]: row["at"] for row in reversed(log)}
    assert last == {item: items[item]["visibility"] for item in last}
    assert all(instant(first[item]) == instant(items[item]["created_at"]) for item in first)


def test_those_who_object_late_have_not_objected_and_have_much_to_lose(agora):
    folder, summary = agora
    public = Counter(item["account"] for item in read_items(folder) if item["visibility"] == "public")
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
    texts = {item["item"]: item.get("text", "") for item in read_items(folder)}
    planted = [json.loads(line) for line in (folder / "planted.jsonl").read_text("utf-8").splitlines()]
    assert [texts[row["item"]][row["start"] : row["end"]] for row in planted] == [row["value"] for row in planted]


def test_every_sign_of_an_identifier_in_a_text_was_planted(agora):
    folder, _ = agora
    planted = Counter()
    for line in (folder / "planted.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        planted[row["item"]] += row["value"].count("@") + row["value"].count("://")
    texts = {item["item"]: item.get("text", "") for item in read_items(folder)}
    found = Counter({item: text.count("@") + text.count("://") for item, text in texts.items()})
    assert +found == +planted


def test_mentioned_handles_belong_to_the_accounts_that_the_item_mentions(agora):
    folder, _ = agora
    handles = {row["account"]: row["handle"] for row in rows(folder / "content/handles.csv")}
    mentioned = [(item["text"], account) for item in read_items(folder) for account in people_of(item, "mentions")]
    assert mentioned
    assert [account for text, account in mentioned if handles[account] not in text] == []


def test_every_situation_is_shown_and_most_items_show_none(larger):
    _, summary = larger
    assert set(summary.situations) == SITUATIONS
    assert sum(summary.situations.values()) < 0.06 * summary.items
    assert set(summary.kinds) == {
        *("ai_interaction", "comment", "derived", "group_chat_message"),
        *("photo", "post", "story"),
    }


def test_the_sample_of_the_tutorial_shows_nearly_every_situation(tmp_path):
    summary = write_agora(tmp_path, **SMALL, seed=7)
    assert len(SITUATIONS - set(summary.situations)) <= 3


def test_every_row_can_be_read_and_holds_what_its_situation_says(larger, tmp_path):
    folder, summary = larger
    keyring = create_keyring(tmp_path / "keyring.json", platform="agora", seed=b"agora")
    sources = load_configuration(folder / "demur.toml").configuration.sources
    opened = [open_source(spec, keyring=keyring, root=folder) for spec in sources]
    batches = [batch for source in opened for split in source.splits() for batch in source.batches(split)]
    items = pl.concat([batch.frame for batch in batches])
    assert [row for batch in batches for row in batch.rejected] == []
    assert {name: items[name].count() for name in SHOWN_BY} == {
        name: sum(summary.situations[situation] for situation in situations) for name, situations in SHOWN_BY.items()
    }
    refused = {name: (items[name] == "deny").sum() for name in ("preference", "preview_preference")}
    assert refused == {
        "preference": summary.situations["refusing_credentials"] + summary.situations["refusing_metadata"],
        "preview_preference": summary.situations["link_to_a_reserved_page"],
    }


def test_what_detectors_found_and_linked_pages_say_stands_in_the_text(larger):
    folder, _ = larger
    items = read_items(folder)
    pieces = [(one["text"], item["text"]) for item in items for one in findings_of(item)]
    pieces += [(item["preview_text"], item["text"]) for item in items if "preview_text" in item]
    assert [piece for piece, text in pieces if piece not in text] == []
    assert {item["kind"] for item in items if "findings" in item} == {"post", "comment", "ai_interaction"}


def test_words_of_objectors_stand_in_what_others_write_without_a_reference(larger):
    folder, summary = larger
    items = read_items(folder)
    objecting = summary.objecting_accounts
    words = {item["text"] for item in items if item["account"] in objecting and len(item.get("text", "")) > 40}
    others = [item for item in items if item["account"] not in objecting and "quote_of" not in item]
    pasting = [item for item in others if any(text in item.get("text", "") for text in words)]
    assert len(pasting) >= summary.situations["paste_of_an_objector"] / 2 > 0


def test_accounts_have_zones_and_most_gave_a_sign_of_life_within_weeks(larger):
    folder, summary = larger
    accounts = rows(folder / "accounts.csv")
    zones = Counter(row["time_zone"] for row in accounts)
    assert [zone for zone in zones if zone and ZoneInfo(zone).key != zone] == []
    assert 0 < zones[""] < 0.12 * len(accounts)
    silences = [NOW - instant(row["last_seen_at"]) for row in accounts]
    assert sum(silence < timedelta(days=46) for silence in silences) > 0.8 * len(accounts)
    assert sum(silence > TWO_YEARS for silence in silences) == summary.dormant_accounts
    assert 0 < summary.dormant_accounts <= 0.04 * len(accounts)


def test_dormant_accounts_were_told_by_email_alone(larger):
    folder, _ = larger
    accounts = rows(folder / "accounts.csv")
    dormant = {row["account"] for row in accounts if NOW - instant(row["last_seen_at"]) > TWO_YEARS}
    assert {row["channel"] for row in rows(folder / "notices.csv") if row["account"] in dormant} == {"email"}


def test_somebody_objects_whose_contact_is_verified_for_an_account_that_is_not_linked(larger):
    folder, summary = larger
    sharing: dict[str, list[dict[str, str]]] = {}
    for row in rows(folder / "accounts.csv"):
        sharing.setdefault(row["contact"] or row["account"], []).append(row)
    apart = [found for found in sharing.values() if len(found) > 1 and {row["centre"] for row in found} == {""}]
    assert [found for found in apart if {row["account"] for row in found} & summary.objecting_accounts] != []


def test_flags_of_accounts_are_rare_and_silence_is_no_answer(larger):
    folder, _ = larger
    accounts = rows(folder / "accounts.csv")
    flags = ("is_for_minor", "age_doubt", "refuses_training", "refuses_sharing")
    counts = {flag: Counter(row[flag] for row in accounts) for flag in flags}
    assert {flag: set(found) for flag, found in counts.items()} == {
        "is_for_minor": {"true", "false"},
        "age_doubt": {"true", "false"},
        "refuses_training": {"true", ""},
        "refuses_sharing": {"true", ""},
    }
    assert max(found["true"] for found in counts.values()) < 0.05 * len(accounts)


def test_minors_got_a_notice_of_their_own_and_one_page_was_for_everybody(larger):
    folder, _ = larger
    notices = rows(folder / "notices.csv")
    born = {row["account"]: row["birth_date"] for row in rows(folder / "accounts.csv")}
    ages = {
        row["variant"]: (instant(row["at"]).date() - date.fromisoformat(born[row["account"]])).days / 365.25
        for row in notices
        if len(born.get(row["account"], "")) == len("2025-05-27")
    }
    assert ages["minor"] < 18 < ages[""]
    assert [(row["event"], row["at"]) for row in notices if row["account"] == ""] == [
        ("published", "2025-04-14T06:00:00Z")
    ]
    assert {row["is_marketing"] for row in notices} == {"true", "false"}


def test_objections_have_scopes_and_one_is_about_a_public_role(larger):
    folder, _ = larger
    objections = rows(folder / "objections.csv")
    scopes = Counter(row["scope"] for row in objections)
    assert set(scopes) == {"all", "photos"}
    assert scopes["photos"] < scopes["all"]
    official = {row["account"] for row in objections if row["in_public_role"] == "true"}
    assert {account for item in read_items(folder) for account in people_of(item, "public_role_of")} == official
    assert len(official) == 1


def test_somebody_points_at_items_that_were_there_and_at_a_page_elsewhere(larger):
    folder, _ = larger
    items = {item["item"]: item for item in read_items(folder)}
    targets = rows(folder / "targets.csv")
    pages = [row["page"] for row in targets if not row["item"]]
    assert [urlsplit(page).hostname.split(".")[-2] for page in pages] == ["example"]
    pointed_at = [(items[row["item"]], instant(row["received_at"])) for row in targets if row["item"]]
    assert len(pointed_at) >= 2
    assert all(instant(item["created_at"]) <= at <= NOW for item, at in pointed_at)


def test_whoever_held_an_account_published_something(larger):
    folder, _ = larger
    items = read_items(folder)
    hijacks = rows(folder / "hijacks.csv")
    for row in hijacks:
        since, until = instant(row["since"]), instant(row["until"]) if row["until"] else NOW
        theirs = [instant(item["created_at"]) for item in items if item["account"] == row["account"]]
        assert [at for at in theirs if since <= at < until] != []
    assert [row["until"] for row in hijacks].count("") == 1 < len(hijacks)


def test_those_who_object_late_are_no_exception(larger):
    folder, summary = larger
    chosen = {summary.late_objection, summary.training_objection}
    accounts = [row for row in rows(folder / "accounts.csv") if row["account"] in chosen]
    flags = ("is_for_minor", "age_doubt", "refuses_training")
    assert {tuple(row[flag] for flag in flags) for row in accounts} == {("false", "false", "")}
    assert [row for row in accounts if NOW - instant(row["last_seen_at"]) > TWO_YEARS] == []
    assert chosen & {row["account"] for row in rows(folder / "hijacks.csv")} == set()
    rare = {"findings", "other_authors", "public_role_of", "derived_from", "preview_text", "signals", "detections"}
    assert [item["item"] for item in read_items(folder) if item["account"] in chosen and rare & set(item)] == []
