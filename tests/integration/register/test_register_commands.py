"""The commands of the register: which file is what, stops by their number, and what a receipt covers."""

import json
from pathlib import Path

import pytest

from demur.keys.keyring import load_keyring
from demur.register.batch import AskAgain
from demur.register.store import open_register

CONFIGURATION = """
[platform]
name = "agora"
[keys]
path = "keys.json"
[register]
url = "sqlite:///register.db"
log = "log"
[ruleset]
name = "eu-2025"
[ruleset.settings]
notice_version = "2025-04"
[build]
corpora = "corpora"
partitions = 1
[[sources]]
name = "posts"
path = "posts.csv"
kind = "post"
"""
FILES = {
    "people.csv": (
        "account,centre,birth_date,country,language,visibility,state,contact",
        "ada,,1990,FR,fr,public,active,ada@mail.example",
        "bo,,1990,FR,fr,public,active,",
    ),
    "pointed.csv": ("item,page,received_at", ",blog.example/claire,2025-04-20T10:00:00Z"),
    "held.csv": ("account,since,until", "ada,2025-04-20T10:00:00Z,"),
}


@pytest.fixture
def platform(demur, tmp_path) -> Path:
    (tmp_path / "demur.toml").write_text(CONFIGURATION)
    for name, lines in FILES.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    assert demur(tmp_path, "keys", "create").status == 0
    return tmp_path


@pytest.fixture
def told(demur, platform):
    """Return a function that runs a command of the register and returns what it says as JSON."""

    def tell(*words: str) -> dict[str, object]:
        ended = demur(platform, "register", *words, "--json")
        assert (ended.status, ended.err) == (0, "")
        return json.loads(ended.out)

    return tell


def test_the_columns_tell_what_a_file_holds(told):
    files = told("import", *FILES)["files"]
    assert [(file["holds"], file["imported"]) for file in files] == [("accounts", 2), ("targets", 1), ("hijacks", 1)]


def test_a_file_of_nothing_known_is_refused_with_the_columns_that_tell(demur, platform):
    (platform / "other.csv").write_text("name\nada\n")
    ended = demur(platform, "register", "import", "other.csv")
    columns = "event, page, received_at, withdrawn_at, birth_date, until"
    assert ended.err.splitlines() == [
        f"demur: other.csv has none of the columns {columns} [import-column-missing]",
        "  next: docs/reference/imports.md lists the columns of each kind of file.",
    ]


def test_a_suspension_is_listed_until_its_number_is_lifted(told, demur, platform):
    scope = ("--country", "de", "--product", "social", "--kind", "photo", "--created-from", "2025-05-01T00:00:00Z")
    assert told("suspend", *scope) == told("suspend", *scope) == {"suspension": 1}
    (listed,) = told("status")["suspensions"]
    since = listed.pop("since")
    assert listed == {
        "number": 1,
        "country": "DE",
        "product": "social",
        "kind": "photo",
        "created_from": "2025-05-01T00:00:00.000000Z",
        "created_until": None,
    }
    table = demur(platform, "register", "status").out
    assert "country DE, product social, kind photo, created_from 2025-05-01T00:00:00.000000Z" in table
    assert since in table
    assert told("lift", "1") == {"lifted": 1}
    assert told("status")["suspensions"] == []


def test_a_suspension_that_nobody_knows_cannot_be_lifted(demur, platform):
    ended = demur(platform, "register", "lift", "7")
    assert (ended.status, ended.err.splitlines()[0]) == (2, "demur: there is no suspension 7 [suspension-missing]")


def test_an_undertaking_is_recorded_once(told):
    window = ("--since", "2024-05-07T00:00:00Z", "--until", "2024-08-02T00:00:00Z", "--field", "collected_at")
    assert [told("undertake", *window) for _ in range(2)] == [{"recorded": True}, {"recorded": False}]
    assert told("status")["undertakings"] == 1


def test_an_account_with_the_contact_of_an_objector_is_covered_for_photos_alone(told):
    told("import", "people.csv")
    told("link", "bo", "ADA@mail.example", "--tie", "contact")
    assert told("object", "ada", "--scope", "photos")["covered"] == 2
    status = told("status", "bo")
    assert (status["objection"], status["scope"], status["linked_accounts"]) == ("same_person", "photos", 1)


def test_whoever_has_no_account_is_forgotten_by_their_receipt_and_the_holder_of_one_is_not(demur, platform, told):
    told("import", "people.csv", "pointed.csv")
    keyring = load_keyring(platform / "keys.json")
    with open_register(f"sqlite:///{platform}/register.db", keyring=keyring, log_folder=platform / "log") as register:
        (platform / "claire.tlog-proof").write_text(register.sequencer.submit(AskAgain(0)).entry().encode())
    told("object", "ada", "--out", "ada.tlog-proof")
    (erased,) = told("erase", "--receipt", "claire.tlog-proof")["erased"]
    assert (erased["held"], erased["decision"], [entry["index"] for entry in erased["entries"]]) == (
        {"targets": 1, "entries": 1},
        "keep_minimum",
        [0],
    )
    ended = demur(platform, "register", "erase", "--receipt", "ada.tlog-proof")
    assert (ended.status, "[receipt-not-erasable]" in ended.err) == (2, True)
    ended = demur(platform, "register", "erase", "--receipt", "claire.tlog-proof")
    assert ended.out.startswith("nothing is held because of the receipt any more\n  stays: keyed hashes")


def test_all_goes_when_nothing_needs_it_any_more_and_not_before(demur, platform, told):
    told("import", "people.csv")
    told("object", "ada")
    (platform / "corpora" / "old").mkdir(parents=True)
    kept = told("retention")
    assert (kept["decision"], kept["keepers"], kept["held"]["entries"]) == (
        "keep_minimum",
        ["processing", "corpora"],
        1,
    )
    ended = demur(platform, "register", "retention", "--erase")
    assert (ended.status, "[still-needed]" in ended.err, told("retention")["held"]) == (2, True, kept["held"])
    (platform / "corpora" / "old").rmdir()
    (platform / "demur.toml").write_text(f"{CONFIGURATION}[processing]\nended_on = 2019-03-01\n")
    ended = demur(platform, "register", "retention")
    assert ended.out.startswith("held of people: accounts 2, entries 1, kept 0; nothing needs it any more")
    erased = told("retention", "--erase")
    assert (erased["decision"], erased["held"], erased["is_swept"]) == ("erase", kept["held"], True)
    assert set(told("retention")["held"].values()) == {0}
