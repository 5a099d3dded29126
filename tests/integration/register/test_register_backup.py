"""A backup of a running register comes back as it was, and the log brings back what came after it."""

import json
import shutil
import stat
from pathlib import Path

import pytest
from servers.postgres import dump

from demur.kernel.words import LinkEvent, Purpose, RecordKind
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.notes import open_note
from demur.keys.subjects import group_key, item_key, subject_key
from demur.ledger.leaves import digest_document
from demur.ledger.openings import verify_receipt
from demur.ledger.tiles import LogForkError
from demur.register.backup import DatabaseKind, back_up, read_backup
from demur.register.database import open_database, parse_url
from demur.register.errors import (
    BackupInvalidError,
    DatabaseToolError,
    EntriesMissingError,
    KeyringMismatchError,
    RegisterPresentError,
    RegisterRolledBackError,
)
from demur.register.intake import receive_objection
from demur.register.kept_receipts import read_kept_receipts
from demur.register.links import AccountLink, record_links
from demur.register.notice_entries import read_notice_entries
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.postgres_backup import restore_database
from demur.register.recovery import Declaration, Gap, plan_recovery, recover
from demur.register.restoring import put_back
from demur.register.schema import metadata
from demur.register.sealing import read_openings
from demur.register.store import Register, open_register

DECLARATION = Declaration(name="Invented Officer", reason="the disk burnt")


def form_of(register: Register, at, *accounts: str, items: tuple[str, ...] = ()) -> ObjectionForm:
    return ObjectionForm(
        subjects=tuple(subject_key(register.keyring, account) for account in accounts),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
        targets=tuple(item_key(register.keyring, item) for item in items),
    )


def rows_of(url: str, keyring: Keyring) -> dict[str, list]:
    """Return the rows of every table; of what is sealed, what is inside: its key is drawn anew for each row."""
    database = open_database(url)
    with database.reading() as connection:
        rows = {name: sorted(map(tuple, connection.execute(table.select()))) for name, table in metadata.tables.items()}
        rows["opening"] = list(read_openings(connection, keyring))
    database.close()
    return rows


def lose(url: str, request) -> str:
    """Lose the database; return the URL of an empty one in its place."""
    if url.startswith("sqlite"):
        for path in Path(url.removeprefix("sqlite:///")).parent.glob("register.db*"):
            path.unlink()
        return url
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def backup(tmp_path) -> Path:
    return tmp_path / "backups" / "register.backup"


@pytest.fixture
def restore(url, keyring, request, at, backup):
    """Return a function that loses the database and puts the backup back; it returns the new URL."""

    def run() -> str:
        new = lose(url, request)
        put_back(backup, url=new, verifier=keyring.document_signer.verifier, at=at, may_replace=False)
        return new

    return run


def test_a_running_register_is_backed_up_and_comes_back_as_it_was(register, url, keyring, backup, restore, at):
    receive_objection(register, form_of(register, at, "ada"), at=at)
    manifest = back_up(url, backup, keyring=keyring, at=at)
    assert read_backup(backup, keyring.document_signer.verifier, database=manifest.database) == manifest
    assert (manifest.state.log_size, manifest.platform, manifest.taken_at) == (1, "agora.example", at)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir()] == ["register.backup"]
    register.close()
    before = rows_of(url, keyring)
    new = restore()
    assert rows_of(new, keyring) == before
    with open_register(new, keyring=keyring, log_folder=register.tiles.folder) as restored:
        assert receive_objection(restored, form_of(restored, at, "bo"), at=at).index == 1


@pytest.mark.parametrize("place", [20, 300, -1])
def test_a_backup_with_one_flipped_byte_is_refused(register, url, keyring, backup, at, place):
    kind = back_up(url, backup, keyring=keyring, at=at).database
    content = bytearray(backup.read_bytes())
    content[place] ^= 1
    backup.write_bytes(content)
    with pytest.raises(BackupInvalidError):
        read_backup(backup, keyring.document_signer.verifier, database=kind)


def test_a_backup_that_was_cut_or_is_foreign_or_of_another_database_is_refused(
    register, url, keyring, backup, at, tmp_path
):
    kind = back_up(url, backup, keyring=keyring, at=at).database
    mine = keyring.document_signer.verifier
    (other_kind,) = set(DatabaseKind) - {kind}
    with pytest.raises(BackupInvalidError, match=f"is of a register on {kind}, the configuration names {other_kind}"):
        read_backup(backup, mine, database=other_kind)
    other = create_keyring(tmp_path / "other.json", platform="agora.example", seed=b"another")
    with pytest.raises(BackupInvalidError, match="is no backup that this platform signed"):
        read_backup(backup, other.document_signer.verifier, database=kind)
    backup.write_bytes(backup.read_bytes()[:-1])
    with pytest.raises(BackupInvalidError, match="is damaged"):
        read_backup(backup, mine, database=kind)
    with pytest.raises(KeyringMismatchError):
        back_up(url, backup, keyring=other, at=at)


def test_a_register_is_never_overwritten_and_a_replaced_one_is_kept(register, url, keyring, backup, at, tmp_path):
    back_up(url, backup, keyring=keyring, at=at)
    receive_objection(register, form_of(register, at, "ada"), at=at)
    register.close()
    before, verifier = rows_of(url, keyring), keyring.document_signer.verifier
    with pytest.raises(RegisterPresentError):
        put_back(backup, url=url, verifier=verifier, at=at, may_replace=False)
    assert rows_of(url, keyring) == before
    content = dump(url)
    done = put_back(backup, url=url, verifier=verifier, at=at, may_replace=True)
    if url.startswith("sqlite"):
        assert Path(done.kept).read_bytes() == content
        assert done.kept == str(tmp_path / "register.db.replaced-20250527T060000Z")
    else:
        assert done.kept == "replaced_20250527t060000"
        assert b"CREATE SCHEMA replaced_20250527t060000" in dump(url)
    assert rows_of(url, keyring)["leaf"] == []
    back_up(url, backup, keyring=keyring, at=at)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("path", "message"), [("/none", "cannot be run"), (None, "pg_restore ended with 1")])
def test_a_register_that_was_moved_aside_comes_back_when_the_dump_cannot_be_restored(
    register, url, keyring, at, tmp_path, monkeypatch, path, message
):
    receive_objection(register, form_of(register, at, "ada"), at=at)
    register.close()
    before = rows_of(url, keyring)
    (tmp_path / "dump").write_bytes(b"no dump of PostgreSQL")
    with monkeypatch.context() as patched:
        if path is not None:
            patched.setenv("PATH", path)
        with pytest.raises(DatabaseToolError, match=message):
            restore_database(parse_url(url), tmp_path / "dump", replaced_at=at)
    assert rows_of(url, keyring) == before
    assert b"CREATE SCHEMA replaced" not in dump(url)
    with open_register(url, keyring=keyring, log_folder=register.tiles.folder) as again:
        assert receive_objection(again, form_of(again, at, "bo"), at=at).index == 1


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_without_the_programs_of_postgresql_the_error_says_so(register, url, keyring, backup, at, monkeypatch):
    monkeypatch.setenv("PATH", "/none")
    with pytest.raises(DatabaseToolError, match="the program pg_dump cannot be run: No such file or directory"):
        back_up(url, backup, keyring=keyring, at=at)
    assert list(backup.parent.iterdir()) == []


def test_what_came_after_the_backup_comes_back_from_log_and_receipts(
    register, url, keyring, backup, restore, at, tmp_path
):
    receive_objection(register, form_of(register, at, "ada"), at=at)
    back_up(url, backup, keyring=keyring, at=at)
    receipts = tmp_path / "receipts"
    receipts.mkdir()
    register.append_document(RecordKind.CORPUS, bytes(32), at=at)
    first = receive_objection(register, form_of(register, at, "bo"), at=at)
    (receipts / "first.tlog-proof").write_text(first.text)
    second = receive_objection(register, form_of(register, at, items=("photo",)), at=at)
    register.close()
    before = rows_of(url, keyring)
    # The signed head of the document's batch lay in its proof, which nobody gave us: a later head shows it as well.
    before["checkpoint"] = [row for row in before["checkpoint"] if row[0] != 2]
    line = {"index": 3, "receipt": second.text, "accounts": ["bo"], "items": ["photo"]}
    (receipts / "many.jsonl").write_text(f"{json.dumps(line)}\n")
    new = restore()
    with pytest.raises(RegisterRolledBackError):
        open_register(new, keyring=keyring, log_folder=register.tiles.folder)
    # Nobody whom the backup knows is bo; the line names them.
    kept = read_kept_receipts([receipts], keyring)
    plan = plan_recovery(new, keyring=keyring, log_folder=register.tiles.folder, kept=kept.usable)
    assert (plan.documents, len(plan.events), plan.missing, kept.unusable) == (1, 2, (), ())
    recover(new, plan, keyring=keyring, declaration=None, folder=tmp_path / "recoveries", at=at)
    assert rows_of(new, keyring) == before
    with open_register(new, keyring=keyring, log_folder=register.tiles.folder) as restored:
        again = receive_objection(restored, form_of(restored, at, "bo"), at=at)
        assert again.text == first.text


def test_notices_that_came_after_the_backup_are_told_of_and_imported_again(
    register, url, keyring, backup, restore, at, tmp_path
):
    back_up(url, backup, keyring=keyring, at=at)
    header = "account,version,channel,language,event,at,states_right"
    (tmp_path / "told.csv").write_text(f"{header}\nada,1,email,fr,shown,2025-04-14T08:00:00Z,true\n")
    import_notices(register, tmp_path / "told.csv", at=at)
    register.close()
    new, log_folder = restore(), register.tiles.folder
    plan = plan_recovery(new, keyring=keyring, log_folder=log_folder, kept=())
    assert (plan.documents, plan.notices, plan.missing) == (1, (0,), ())
    recover(new, plan, keyring=keyring, declaration=None, folder=tmp_path / "recoveries", at=at)
    with open_register(new, keyring=keyring, log_folder=log_folder) as restored:
        assert [(entry.index, entry.events) for entry in read_notice_entries(restored)] == [(0, None)]
        assert import_notices(restored, tmp_path / "told.csv", at=at).imported == 1
        assert [(entry.index, entry.events) for entry in read_notice_entries(restored)] == [(0, None), (1, 1)]


def test_what_nothing_opens_keeps_the_register_closed_until_it_is_declared_lost(
    register, url, keyring, backup, restore, at, tmp_path
):
    back_up(url, backup, keyring=keyring, at=at)
    links = [
        AccountLink(subject=subject_key(keyring, who), centre=group_key(keyring, "c"), event=LinkEvent.LINKED)
        for who in ("ada", "bo")
    ]
    receive_objection(register, form_of(register, at, "ada"), at=at)
    record_links(register, links, at=at)
    receive_objection(register, form_of(register, at, items=("photo",)), at=at)
    register.close()
    log_folder, folder = register.tiles.folder, tmp_path / "recoveries"
    new = restore()
    plan = plan_recovery(new, keyring=keyring, log_folder=log_folder, kept=())
    assert [(entry.index, entry.kind, entry.gap) for entry in plan.missing] == [
        (0, RecordKind.OBJECTION, Gap.NO_RECEIPT),
        (1, RecordKind.RELINK, Gap.NO_RECEIPT),
        (2, RecordKind.OBJECTION, Gap.NO_RECEIPT),
    ]
    with pytest.raises(EntriesMissingError, match="3 of the entries up to 3 cannot come back: 0, 1, 2"):
        recover(new, plan, keyring=keyring, declaration=None, folder=folder, at=at)
    assert rows_of(new, keyring)["leaf"] == []
    with pytest.raises(RegisterRolledBackError):
        open_register(new, keyring=keyring, log_folder=log_folder)
    path = recover(new, plan, keyring=keyring, declaration=DECLARATION, folder=folder, at=at)
    statement = path.read_bytes()
    assert '"declared_by":"Invented Officer"' in open_note(statement, keyring.document_signer.verifier)
    with open_register(new, keyring=keyring, log_folder=log_folder) as restored:
        assert restored.append_document(RecordKind.REGISTER, digest_document(statement), at=at).index == 3
        assert rows_of(new, keyring)["opening"] == []
        objection = receive_objection(restored, form_of(restored, at, "ada"), at=at)
        assert verify_receipt(objection.text, keyring.log_signer.verifier).index == 4


def test_a_receipt_brings_back_whom_it_covers_though_nobody_remembers_the_links(
    register, url, keyring, backup, restore, at, tmp_path
):
    receive_objection(register, form_of(register, at, "ada", "bo"), at=at)
    back_up(url, backup, keyring=keyring, at=at)
    centre = group_key(keyring, "c")
    links = [
        AccountLink(subject=subject_key(keyring, who), centre=centre, event=LinkEvent.LINKED) for who in ("ada", "bo")
    ]
    record_links(register, links, at=at)
    again = receive_objection(register, form_of(register, at, "ada", items=("photo",)), at=at)
    register.close()
    (tmp_path / "one.tlog-proof").write_text(again.text)
    new = restore()
    kept = read_kept_receipts([tmp_path / "one.tlog-proof"], keyring).usable
    plan = plan_recovery(new, keyring=keyring, log_folder=register.tiles.folder, kept=kept)
    assert [(entry.index, entry.gap) for entry in plan.missing] == [(1, Gap.NO_RECEIPT), (2, Gap.TARGET_UNKNOWN)]
    recover(new, plan, keyring=keyring, declaration=DECLARATION, folder=tmp_path / "recoveries", at=at)
    rows = rows_of(new, keyring)
    both = {subject_key(keyring, who) for who in ("ada", "bo")}
    assert {row[0] for row in rows["objection"] if row[1] == 2} == both
    assert {row[1] for row in rows["account_link"]} == both


def test_receipts_show_entries_that_were_never_published(register, url, keyring, backup, restore, at, tmp_path):
    receive_objection(register, form_of(register, at, "ada", "bo"), at=at)
    register.close()
    back_up(url, backup, keyring=keyring, at=at)
    log_folder, copy = register.tiles.folder, tmp_path / "older"
    shutil.copytree(log_folder, copy)
    with open_register(url, keyring=keyring, log_folder=log_folder) as running:
        receipts = [receive_objection(running, form_of(running, at, who), at=at) for who in ("ada", "bo")]
    before = rows_of(url, keyring)
    shutil.rmtree(log_folder)
    copy.rename(log_folder)
    for receipt in receipts:
        (tmp_path / f"{receipt.index}.tlog-proof").write_text(receipt.text)
    new = restore()
    # Without the first of them the second is beyond what anybody can tell.
    alone = read_kept_receipts([tmp_path / "2.tlog-proof"], keyring).usable
    plan = plan_recovery(new, keyring=keyring, log_folder=log_folder, kept=alone)
    assert [(entry.index, entry.gap) for entry in plan.missing] == [(2, Gap.BEYOND_THE_LOG)]
    both = read_kept_receipts([tmp_path / "1.tlog-proof", tmp_path / "2.tlog-proof"], keyring).usable
    plan = plan_recovery(new, keyring=keyring, log_folder=log_folder, kept=both)
    recover(new, plan, keyring=keyring, declaration=None, folder=tmp_path / "recoveries", at=at)
    assert rows_of(new, keyring) == before


def test_a_log_that_is_gone_has_to_be_declared_lost(register, url, keyring, backup, restore, at, tmp_path):
    receive_objection(register, form_of(register, at, "ada"), at=at)
    register.close()
    back_up(url, backup, keyring=keyring, at=at)
    shutil.rmtree(register.tiles.folder)
    new = restore()
    plan = plan_recovery(new, keyring=keyring, log_folder=register.tiles.folder, kept=())
    with pytest.raises(EntriesMissingError, match="nothing of the log is published"):
        recover(new, plan, keyring=keyring, declaration=None, folder=tmp_path, at=at)
    recover(new, plan, keyring=keyring, declaration=DECLARATION, folder=tmp_path, at=at)
    with open_register(new, keyring=keyring, log_folder=register.tiles.folder) as restored:
        assert restored.tiles.size() == 2


def test_a_backup_and_a_log_of_two_histories_are_refused(register, url, keyring, backup, restore, at, tmp_path):
    receive_objection(register, form_of(register, at, "ada"), at=at)
    back_up(url, backup, keyring=keyring, at=at)
    register.close()
    shutil.rmtree(register.tiles.folder)
    new = restore()
    other = f"sqlite:///{tmp_path}/other.db"
    with open_register(other, keyring=keyring, log_folder=register.tiles.folder) as parted:
        for who in ("bo", "cy"):
            receive_objection(parted, form_of(parted, at, who), at=at)
    with pytest.raises(LogForkError):
        plan_recovery(new, keyring=keyring, log_folder=register.tiles.folder, kept=())
