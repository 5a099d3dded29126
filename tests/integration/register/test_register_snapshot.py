from datetime import timedelta

import polars as pl

from demur.exchange.documents import document_digest
from demur.exchange.snapshot import SNAPSHOT_TABLES, read_snapshot
from demur.kernel.words import Purpose, RecordKind
from demur.keys.subjects import subject_key
from demur.ledger.checkpoint import open_checkpoint
from demur.ledger.leaves import public_leaf
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.register.accounts import import_accounts
from demur.register.intake import file_objection, receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head
from demur.register.snapshot import PROOF_NAME, take_snapshot

NOTHING = dict.fromkeys(SNAPSHOT_TABLES, 0)


def accounts(*names: str) -> pl.DataFrame:
    facts = {"centre": None, "birth_date": "1990", "country": "FR", "language": "fr", "visibility": "public"}
    return pl.DataFrame([{"account": name, **facts, "state": "active"} for name in names])


def form_of(subject, at) -> ObjectionForm:
    return ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)


def test_a_snapshot_names_the_log_position_and_is_itself_an_entry(register, keyring, tmp_path, at):
    import_accounts(register, accounts("ada", "bo"), at=at)
    file_objection(register, form_of(subject_key(keyring, "ada"), at), at=at)
    snapshot = take_snapshot(register, tmp_path / "snapshot", at=at)
    read, facts = read_snapshot(tmp_path / "snapshot", keyring.document_signer.verifier)
    checkpoint = open_checkpoint(snapshot.checkpoint, keyring.log_signer.verifier)
    proof = parse_tlog_proof((tmp_path / "snapshot" / PROOF_NAME).read_text())
    leaf = public_leaf(RecordKind.REGISTER, at.date(), document_digest(snapshot))
    verify_entry(proof, leaf, keyring.log_signer.verifier)
    assert read == snapshot
    assert (snapshot.log_size, checkpoint.size, proof.index) == (1, 1, 1)
    assert snapshot.rows == {**NOTHING, "objections": 1, "subjects": 2}
    assert facts.subjects["subject_key"].to_list() == sorted(subject_key(keyring, name) for name in ("ada", "bo"))


def test_the_same_state_gives_the_same_tables_to_the_byte(register, keyring, tmp_path, at):
    import_accounts(register, accounts("ada", "bo"), at=at)
    folders = [tmp_path / "first", tmp_path / "second"]
    first = take_snapshot(register, folders[0], at=at)
    second = take_snapshot(register, folders[1], at=at)
    assert (first.tables, read_head(register).size) == (second.tables, 2)
    assert [(folders[0] / f"{name}.parquet").read_bytes() for name in first.tables] == [
        (folders[1] / f"{name}.parquet").read_bytes() for name in first.tables
    ]


def test_a_snapshot_of_an_empty_register_is_empty(register, keyring, tmp_path, at):
    snapshot = take_snapshot(register, tmp_path / "snapshot", at=at)
    assert (snapshot.log_size, snapshot.checkpoint) == (0, "")
    assert snapshot.rows == NOTHING


def test_an_objection_counts_even_when_the_snapshot_is_dated_before_it(register, keyring, tmp_path, at):
    receive_objection(register, form_of(subject_key(keyring, "ada"), at), at=at)
    take_snapshot(register, tmp_path / "snapshot", at=at - timedelta(days=1))
    _, facts = read_snapshot(tmp_path / "snapshot", keyring.document_signer.verifier)
    ada = subject_key(keyring, "ada")
    assert facts.objections.rows() == [(ada, "own", "all", "train_generative_models", at, None, False)]


def test_facts_of_the_future_do_not_count_yet(register, keyring, tmp_path, at):
    import_accounts(register, accounts("ada"), at=at)
    import_accounts(register, accounts("ada").with_columns(state=pl.lit("deleted")), at=at + timedelta(days=1))
    states = []
    for number, as_of in enumerate([at, at + timedelta(days=1)]):
        take_snapshot(register, tmp_path / str(number), at=as_of)
        _, facts = read_snapshot(tmp_path / str(number), keyring.document_signer.verifier)
        states += facts.subjects["state"].to_list()
    assert states == ["active", "deleted"]
