"""`demur keys api`: a key is shown once, listed without it, and revoked."""

import base64
import json
import shutil

import pytest

AGENT = base64.b64encode(b"\x01" * 32).decode()


@pytest.fixture
def folder(registered, tmp_path):
    shutil.copytree(registered, tmp_path / "platform")
    return tmp_path / "platform"


def test_a_key_is_shown_once_and_listed_by_name_and_role_until_it_is_revoked(demur, folder):
    key = demur(folder, "keys", "api", "add", "trainer", "--role", "builder", "--role", "recipient").out.strip()
    added = demur(folder, "keys", "api", "add-agent", "agent.example", "--key", AGENT)
    listed = json.loads(demur(folder, "keys", "api", "list", "--json").out)["keys"]
    assert (key.startswith("demur_"), len(key), added.status) == (True, 49, 0)
    assert [(row["name"], row["may"]) for row in listed] == [
        ("trainer", "builder, recipient"),
        ("agent.example", "agent"),
    ]
    assert key.removeprefix("demur_") not in (folder / "keys" / "api.json").read_text()
    assert [demur(folder, "keys", "api", "revoke", name).status for name in ("trainer", "agent.example")] == [0, 0]
    assert json.loads(demur(folder, "keys", "api", "list", "--json").out) == {"keys": []}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("revoke", "nobody"), "api-key-name"),
        (("add", "two words", "--role", "builder"), "api-key-name"),
        (("add", "both", "--role", "builder", "--role", "metrics"), "api-roles"),
        (("add-agent", "agent.example", "--key", "short"), "agent-key"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(demur, folder, words, code):
    ended = demur(folder, "keys", "api", *words)
    assert (ended.status, f"[{code}]" in ended.err, (folder / "keys" / "api.json").exists()) == (2, True, False)


def test_a_name_that_is_taken_is_refused(demur, folder):
    statuses = [demur(folder, "keys", "api", "add", "crm", "--role", "platform").status for _ in range(2)]
    assert statuses == [0, 2]


def test_a_damaged_file_is_told_and_not_overwritten(demur, folder):
    (folder / "keys" / "api.json").write_text("{")
    ended = demur(folder, "keys", "api", "add", "crm", "--role", "platform")
    assert (ended.status, (folder / "keys" / "api.json").read_text()) == (3, "{")
