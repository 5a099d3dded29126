"""Erasing a person: what is held goes, from the file as well; what keeps them out stays; nobody else is touched."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from demur.exchange.columns import Facts
from demur.kernel.words import LinkEvent, ObjectionScope, Purpose, RecordKind, Tie
from demur.keys.subjects import SubjectKey, contact_key, group_key, item_key, subject_key, suppression_names
from demur.ledger.erasures import erasure_digest
from demur.ledger.leaves import parse_leaf
from demur.ledger.openings import verify_receipt
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.policy.erased import resolve_erased
from demur.register.accounts import import_accounts
from demur.register.backup import back_up
from demur.register.batch import AskAgain, idempotency_key
from demur.register.connection import ConstraintError
from demur.register.erasing import Erasure, KeptEntry, erase
from demur.register.erasing_entries import prove_erasure
from demur.register.errors import EntryErasedError, NothingToWithdrawError, RegisterUnavailableError
from demur.register.intake import (
    Authentication,
    Receipt,
    WithdrawalForm,
    file_objection,
    receive_objection,
    withdraw,
)
from demur.register.kept_receipts import read_kept_receipts
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.queries import count_register, read_head, read_position, subject_status
from demur.register.recovery import Gap, plan_recovery, recover
from demur.register.restoring import put_back
from demur.register.snapshot import read_facts
from demur.register.store import Register, open_register

PURPOSE = Purpose.TRAIN_GENERATIVE_MODELS
DAY = timedelta(days=1)
ACCOUNT_COLUMNS = ("account", "centre", "birth_date", "country", "language", "visibility", "state")
ALL_OF_IT = KeptEntry(basis="own", purpose=PURPOSE.value, scope="all", in_public_role=False)


def key_of(register: Register, account: str) -> SubjectKey:
    return subject_key(register.keyring, account)


def take_in(register: Register, *named: str, at: datetime) -> None:
    rows = [{"account": account, "country": "FR", "birth_date": "1990-03-02"} for account in named]
    import_accounts(register, pl.DataFrame(rows, schema=dict.fromkeys(ACCOUNT_COLUMNS, pl.String)), at=at)


def object_to(register: Register, *named: str, at: datetime, **further: object) -> Receipt:
    form = ObjectionForm(
        subjects=tuple(key_of(register, account) for account in named), purpose=PURPOSE, received_at=at, **further
    )
    return receive_objection(register, form, at=at)


def link(register: Register, account: str, centre: str, at: datetime, tie: Tie = Tie.CENTRE) -> None:
    key = group_key if tie is Tie.CENTRE else contact_key
    shared = key(register.keyring, centre)
    joined = AccountLink(subject=key_of(register, account), centre=shared, event=LinkEvent.LINKED, tie=tie)
    record_links(register, [joined], at=at)


def end(register: Register, account: str, at: datetime) -> Receipt:
    form = WithdrawalForm(subject=key_of(register, account), authenticated_by=Authentication.LOGIN, received_at=at)
    return withdraw(register, form, at=at)


def forget(register: Register, *named: str, at: datetime) -> tuple[Erasure, ...]:
    return erase(register, [key_of(register, account) for account in named], at=at)


def covered(register: Register, *named: str, at: datetime) -> dict[str, set[str]]:
    """Return by whom each account is covered, with what a builder finds who meets content of all of them."""
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=at)
    keys = {key_of(register, account): account for account in named}
    found = resolve_erased(facts, register.keyring, pl.Series(list(keys), dtype=pl.Binary)).objections
    bases = {account: set() for account in named}
    for subject, basis in found.select("subject_key", "basis").iter_rows():
        bases[keys[subject]].add(basis)
    return bases


# -------------------------------------------------------------------------------------------------- what goes and stays


def test_what_is_held_goes_and_the_account_stays_out(register, at):
    take_in(register, "ada", "bo", at=at)
    link(register, "ada", "alone", at)
    receipt = object_to(register, "ada", at=at, idempotency_key="once")
    (done,) = forget(register, "ada", at=at + DAY)
    assert done == Erasure(
        on=(at + DAY).date(),
        held={"facts": 1, "links": 1, "objections": 1, "entries": 1},
        entries=done.entries,
        kept=(ALL_OF_IT,),
        ruling=done.ruling,
    )
    assert [(entry.index, entry.erased_by) for entry in done.entries] == [(receipt.index, 1)]
    assert done.ruling.decision == "keep_minimum"
    assert covered(register, "ada", "bo", at=at + DAY) == {"ada": {"own"}, "bo": set()}
    status = subject_status(register, key_of(register, "ada"), at=at + DAY)
    assert (status.is_known, status.basis, status.covered_since, status.is_erased) == (False, "own", None, True)
    counts = count_register(register)
    assert (counts["accounts"], counts["objections"]) == (1, 0)


def test_the_log_says_which_entry_was_erased_and_proves_it(register, keyring, at):
    receipt = object_to(register, "ada", at=at)
    (done,) = forget(register, "ada", at=at)
    (entry,) = done.entries
    proof = parse_tlog_proof(prove_erasure(register, entry))
    data = next(register.tiles.read_entries(entry.erased_by, entry.erased_by + 1))
    verify_entry(proof, data, keyring.log_signer.verifier)
    leaf = parse_leaf(data)
    origin = keyring.log_signer.name
    assert (leaf.kind, leaf.commitment) == (RecordKind.ERASURE, erasure_digest(origin, receipt.index))
    # The receipt that the person holds stays what it was.
    assert verify_receipt(receipt.text, keyring.log_signer.verifier).index == receipt.index


def test_erasing_twice_tells_the_same_remainder_and_logs_nothing(register, at):
    object_to(register, "ada", at=at)
    (first,) = forget(register, "ada", at=at)
    head = read_head(register)
    (second,) = forget(register, "ada", at=at)
    assert (second.held, second.entries, second.kept) == ({}, (), first.kept)
    assert read_head(register) == head


def test_whoever_never_objected_leaves_nothing(register, at):
    take_in(register, "ada", at=at)
    (done,) = forget(register, "ada", at=at)
    assert (done.held, done.kept, done.ruling.decision) == ({"facts": 1}, (), "erase")
    assert [entry.index for entry in done.entries] == [None]
    (nobody,) = forget(register, "nobody", at=at)
    assert (nobody.held, nobody.entries, nobody.kept) == ({}, (), ())


def test_whoever_withdrew_leaves_nothing(register, at):
    take_in(register, "ada", at=at)
    object_to(register, "ada", at=at)
    end(register, "ada", at + DAY)
    (done,) = forget(register, "ada", at=at + 2 * DAY)
    assert (done.held["entries"], done.kept) == (2, ())
    assert covered(register, "ada", at=at + 2 * DAY) == {"ada": set()}


def test_photos_alone_stay_out_of_whoever_objected_to_photos(register, at):
    object_to(register, "ada", at=at, scope=ObjectionScope.PHOTOS)
    (done,) = forget(register, "ada", at=at)
    assert done.kept == (replace(ALL_OF_IT, scope="photos"),)


def test_what_an_objection_points_at_stays_out(register, keyring, at):
    post = item_key(keyring, "post")
    object_to(register, "ada", at=at, targets=(post,))
    forget(register, "ada", at=at)
    with register.reading() as connection:
        facts: Facts = read_facts(connection, at=at)[0]
    assert facts.targets.select("target_key", "in_public_role").rows() == [(post, False)]
    assert facts.targets["effective_at"].dt.year().to_list() == [1970]


# ----------------------------------------------------------------------------------------------------------- the others


def test_whoever_is_linked_stays_covered_and_so_does_whoever_is_linked_later(register, at):
    link(register, "ada", "family", at)
    link(register, "bo", "family", at)
    object_to(register, "ada", at=at)
    forget(register, "ada", at=at + DAY)
    assert covered(register, "ada", "bo", at=at + DAY) == {"ada": {"own"}, "bo": {"linked"}}
    link(register, "cy", "family", at + 2 * DAY)
    assert covered(register, "bo", "cy", at=at + 2 * DAY) == {"bo": {"linked"}, "cy": {"linked"}}
    # And who withdraws is free, as they were before.
    take_in(register, "bo", at=at)
    end(register, "bo", at + 3 * DAY)
    assert covered(register, "bo", "cy", at=at + 4 * DAY) == {"bo": set(), "cy": {"linked"}}


def test_an_erased_account_still_connects_those_whom_it_linked(register, at):
    link(register, "ada", "north", at)
    link(register, "bo", "north", at)
    link(register, "bo", "south", at)
    link(register, "cy", "south", at)
    object_to(register, "ada", at=at)
    forget(register, "bo", at=at + DAY)
    assert covered(register, "ada", "bo", "cy", at=at + DAY) == {"ada": {"own"}, "bo": {"linked"}, "cy": {"linked"}}
    status = subject_status(register, key_of(register, "cy"), at=at + DAY)
    assert (status.basis, status.linked_accounts) == ("linked", 2)


def test_the_objection_of_another_who_is_named_in_an_erased_record_stays(register, at):
    link(register, "ada", "family", at)
    link(register, "bo", "family", at)
    receipt = object_to(register, "bo", at=at)
    forget(register, "ada", at=at + DAY)
    status = subject_status(register, key_of(register, "bo"), at=at + DAY)
    assert (status.basis, [event.index for event in status.objections]) == ("own", [receipt.index])
    with pytest.raises(EntryErasedError):
        register.sequencer.submit(AskAgain(receipt.index))
    assert object_to(register, "bo", at=at + 2 * DAY).index > receipt.index


def test_of_a_circle_that_was_erased_what_still_covers_stays_and_else_nothing(register, at):
    for account, centre in (("ada", "family"), ("bo", "family"), ("cy", "club"), ("di", "club")):
        link(register, account, centre, at)
    object_to(register, "ada", at=at)
    forget(register, "ada", "cy", at=at + DAY)
    forget(register, "bo", "di", at=at + DAY)
    assert covered(register, "ada", "bo", "cy", at=at + DAY) == {"ada": {"own"}, "bo": {"linked"}, "cy": set()}
    tables = ("account_link", "placeholder", "objection", "opening", "erasing")
    with register.reading() as connection:
        rows = [connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar() for table in tables]
    assert rows == [2, 2, 0, 0, 0]
    # An account that joins them later is covered, as if nobody had been erased.
    link(register, "eve", "family", at + 2 * DAY)
    assert covered(register, "eve", at=at + 2 * DAY) == {"eve": {"linked"}}


# ----------------------------------------------------------------------------------------------------------- afterwards


def test_what_is_imported_again_is_not_taken_in_and_changes_nothing(register, at):
    object_to(register, "ada", at=at)
    link(register, "bo", "family", at)
    forget(register, "ada", at=at)
    head = read_head(register)
    row = {"account": "ada", "country": "FR", "centre": "family"}
    frame = pl.DataFrame([row], schema=dict.fromkeys(ACCOUNT_COLUMNS, pl.String))
    summary = import_accounts(register, frame, at=at + DAY)
    assert (summary.imported, summary.unchanged) == (0, 1)
    told = {"account": "ada", "version": "1", "channel": "email", "event": "sent", "at": "2025-04-01T00:00:00Z"}
    columns = ("account", "version", "channel", "language", "event", "at", "states_right")
    notices = pl.DataFrame([told], schema=dict.fromkeys(columns, pl.String))
    assert import_notices(register, notices, at=at + DAY).imported == 0
    assert read_head(register) == head
    assert covered(register, "ada", "bo", at=at + DAY) == {"ada": {"own"}, "bo": set()}


def test_whoever_was_erased_can_object_anew_and_be_erased_anew(register, at):
    take_in(register, "ada", at=at)
    object_to(register, "ada", at=at)
    forget(register, "ada", at=at)
    form = ObjectionForm(subjects=(key_of(register, "ada"),), purpose=PURPOSE, received_at=at + DAY)
    again = file_objection(register, form, at=at + DAY)
    assert (again.index, covered(register, "ada", at=at + DAY)) == (2, {"ada": {"own"}})
    (done,) = forget(register, "ada", at=at + DAY)
    assert ([entry.index for entry in done.entries], done.kept) == ([2], (ALL_OF_IT,))


def test_a_withdrawal_lets_an_erased_account_in_again(register, at):
    object_to(register, "ada", at=at)
    forget(register, "ada", at=at)
    first = end(register, "ada", at + DAY)
    assert covered(register, "ada", at=at + 2 * DAY) == {"ada": set()}
    assert end(register, "ada", at + 2 * DAY) == first
    take_in(register, "ada", at=at + 2 * DAY)
    assert subject_status(register, key_of(register, "ada"), at=at + 2 * DAY).is_known
    take_in(register, "bo", at=at)
    for account in ("ada", "bo"):
        object_to(register, account, at=at + 2 * DAY)
        end(register, account, at + 3 * DAY)
    assert covered(register, "ada", "bo", at=at + 4 * DAY) == {"ada": set(), "bo": set()}
    take_in(register, "cy", at=at)
    with pytest.raises(NothingToWithdrawError):
        end(register, "cy", at + 2 * DAY)


def test_whoever_asks_what_changed_sees_an_erasure_though_numbers_are_given_again(register, at):
    take_in(register, "ada", at=at)
    before = read_position(register)
    forget(register, "ada", at=at)
    take_in(register, "bo", at=at)
    assert read_position(register) != before


# ------------------------------------------------------------------------------------------------------ nobody can test


def test_neither_the_rows_nor_the_keyring_tie_an_entry_to_whom_was_erased(register, keyring, at):
    take_in(register, "ada", "bo", at=at)
    for account in ("ada", "bo"):
        link(register, account, "family", at)
    object_to(register, "ada", at=at, idempotency_key="once")
    end(register, "bo", at + DAY)
    end(register, "ada", at + DAY)
    object_to(register, "ada", at=at + 2 * DAY)
    forget(register, "ada", at=at + 3 * DAY)
    ada = key_of(register, "ada")
    with register.reading() as connection:
        leaves = connection.exec_driver_sql("SELECT idx, kind, key FROM leaf ORDER BY idx").fetchall()
        links = [row for (row,) in connection.exec_driver_sql("SELECT id FROM account_link")]
        retries = connection.exec_driver_sql("SELECT idx FROM retry").fetchall()
        openings = connection.exec_driver_sql("SELECT idx FROM opening").fetchall()
    instants = [0, -1, *(index for index, *_ in leaves)]
    tried = {
        *(idempotency_key("objection", PURPOSE, ada, f"{count}") for count in range(4)),
        *(
            idempotency_key("withdrawal", PURPOSE, subject, index, row)
            for subject in (ada, key_of(register, "bo"))
            for index in instants
            for row in (0, *links)
        ),
        *(idempotency_key("relink", row) for row in links),
        *(idempotency_key("chosen", "objection", PURPOSE, "once", ada) for _ in range(1)),
    }
    assert {bytes(key) for _, _, key in leaves} & tried == set()
    withdrawn = [index for index, kind, _ in leaves if kind == "withdrawal"]
    assert (retries, [index for (index,) in openings]) == ([], withdrawn[:1])


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_files_hold_no_byte_of_whom_was_erased(url, register, keyring, tmp_path, at):
    take_in(register, *(f"other-{number}" for number in range(400)), "ada", at=at)
    for number in range(100):
        object_to(register, f"other-{number}", at=at)
    receipt = object_to(register, "ada", at=at)
    for number in range(100, 200):
        object_to(register, f"other-{number}", at=at)
    with register.reading() as connection:
        select = f"SELECT sealed, wrapped_key FROM opening WHERE idx = {receipt.index}"
        sealed = connection.exec_driver_sql(select).one()
    needles = [*sealed, bytes(key_of(register, "ada"))]
    assert [needle for needle in needles if needle not in content_of(tmp_path)] == []
    forget(register, "ada", at=at)
    assert register.database.sweep()
    content = content_of(tmp_path)
    assert [needle for needle in needles if needle in content] == []
    assert suppression_names(keyring, [key_of(register, "ada")])[0] in content


def content_of(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.glob("register.db*")))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("drawn", range(3))
def test_an_erasure_that_is_cut_off_has_not_begun(url, keyring, log_folder, at, drawn):
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        for account in ("ada", "bo"):
            link(register, account, "family", at)
        receipt = object_to(register, "ada", at=at)
        before = (read_head(register), count_register(register))
    left = iter([os.urandom] * drawn)
    with open_register(url, keyring=keyring, log_folder=log_folder, draw=lambda size: draw_while(left, size)) as cut:
        with pytest.raises(RegisterUnavailableError):
            forget(cut, "ada", at=at)
        assert (read_head(cut), count_register(cut)) == before
        assert cut.sequencer.submit(AskAgain(receipt.index)).entry().encode() == receipt.text


def draw_while(left: Iterator[Callable[[int], bytes]], size: int) -> bytes:
    """Draw random bytes as often as is left, then fail as a disk does."""
    for draw in left:
        return draw(size)
    raise OSError(errno.EIO, "cut off")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_an_older_copy_is_erased_again_with_what_a_receipt_brings_back(url, keyring, log_folder, tmp_path, at):
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        take_in(register, "ada", "bo", at=at)
        back_up(url, tmp_path / "backup", keyring=keyring, at=at)
        receipt = object_to(register, "ada", at=at)
        forget(register, "ada", "bo", at=at + DAY)
        take_in(register, "bo", at=at + DAY)
        forget(register, "bo", at=at + DAY)
        end_of_log, erased = read_head(register), erased_in(register)
    for path in tmp_path.glob("register.db*"):
        path.unlink()
    put_back(tmp_path / "backup", url=url, verifier=keyring.document_signer.verifier, at=at, may_replace=False)
    plan = plan_recovery(url, keyring=keyring, log_folder=log_folder, kept=())
    assert [entry.gap for entry in plan.missing] == [Gap.NO_RECEIPT]
    (tmp_path / "kept.jsonl").write_text(json.dumps({"receipt": receipt.text, "accounts": ["ada"]}))
    kept = read_kept_receipts([tmp_path / "kept.jsonl"], keyring).usable
    plan = plan_recovery(url, keyring=keyring, log_folder=log_folder, kept=kept)
    # Who was erased without an entry is not in the log; that there was somebody is.
    assert (plan.missing, sorted(plan.erasures.values(), key=str)) == ((), [receipt.index, None, None])
    recover(url, plan, keyring=keyring, declaration=None, folder=tmp_path, at=at + DAY)
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        assert (read_head(register), erased_in(register)) == (end_of_log, erased)
        assert covered(register, "ada", "bo", at=at + 2 * DAY) == {"ada": {"own"}, "bo": set()}
        status = subject_status(register, key_of(register, "ada"), at=at + 2 * DAY)
        assert (status.is_known, status.objections, status.is_erased) == (False, (), True)
        assert subject_status(register, key_of(register, "bo"), at=at + 2 * DAY).is_known


def erased_in(register: Register) -> list[tuple[int, int | None]]:
    with register.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT idx, erased FROM erasure ORDER BY idx")]


def test_sweeping_works_on_both_databases(register, at):
    object_to(register, "ada", at=at)
    forget(register, "ada", at=at)
    assert register.database.sweep()


# ------------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("table", ["opening", "objection", "retry", "account_fact", "suppression", "placeholder"])
def test_nothing_is_deleted_after_the_transaction_of_an_erasure(register, at, table):
    take_in(register, "ada", "bo", at=at)
    for account in ("ada", "bo"):
        link(register, account, "family", at)
    object_to(register, "bo", at=at, idempotency_key="once")
    object_to(register, "cy", at=at)
    forget(register, "ada", "cy", at=at)
    object_to(register, "bo", at=at + DAY, idempotency_key="twice")
    connection = register.database.connect_writer()
    try:
        with pytest.raises(ConstraintError, match=f"the history in {table} is never changed"):
            connection.execute(f"DELETE FROM {table}")
        with pytest.raises(ConstraintError, match="an erasure is an entry of the log"):
            connection.execute("INSERT INTO erasing (subject, never) VALUES (?, 0)", (key_of(register, "bo"),))
        with pytest.raises(ConstraintError, match="an erasure is an entry of the log"):
            connection.execute("INSERT INTO erasure (idx, erased) VALUES (0, 0)")
    finally:
        connection.close()
