"""Whether objections stay in force, whatever happens to accounts, keys and disks: a battery of trials for `MET-16`.

Invented people object in a register of their own in a scratch folder, one for each trial; then the trials happen one
after the other, and each asks what a snapshot would say. Nothing of an installation is read or touched.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import polars as pl

from demur.kernel.words import AccountState, Basis, LinkEvent, Purpose, Tie
from demur.keys.envelope import SECRET_BYTES
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import SubjectKey, contact_key, subject_key
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.backup import back_up
from demur.register.effectiveness import read_people
from demur.register.envelopes import give_up, rewrap
from demur.register.intake import Receipt, receive_objection
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.restoring import put_back
from demur.register.store import Register, open_register

_PLATFORM = "battery.example"
_LATER = timedelta(days=1)


class Trial(StrEnum):
    """What happens to somebody who has objected, or to the register."""

    RENAME = "rename"  # the account is told anew, with other facts
    RECREATION = "recreation"  # the account is deleted, and another one made with the same contact
    RETURN = "return"  # the account is deleted, and comes back under its id
    RESTORE = "restore"  # the disk is lost, and a backup put in place
    KEY_ROTATION = "key_rotation"  # the keys that seal are replaced, and the old ones destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scratch:
    """A register of invented people; the one who objects for a trial bears its name."""

    folder: Path
    keyring: Keyring
    at: datetime

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/register.db"

    @property
    def later(self) -> datetime:
        return self.at + _LATER

    def open(self, keyring: Keyring | None = None) -> AbstractContextManager[Register]:
        return open_register(self.url, keyring=keyring or self.keyring, log_folder=self.folder / "log")

    def key(self, account: str) -> SubjectKey:
        return subject_key(self.keyring, account)


def run_battery(folder: Path, *, at: datetime) -> Mapping[Trial, bool]:
    """Run every trial in an empty folder; tell for each whether the objection is in force after it.

    Args:
        at: when people object; what happens to them happens in the days after it.
    """
    scratch = _Scratch(folder=folder, keyring=create_keyring(folder / "keys.json", platform=_PLATFORM), at=at)
    with scratch.open() as register:
        for trial in Trial:
            _tell(register, trial, AccountState.ACTIVE, at=at)
            _verify_contact(register, scratch, trial, of=trial)
            _object(register, scratch, trial, at=at)
    return {trial: happen(scratch) for trial, happen in _TRIALS.items()}


def _rename(scratch: _Scratch) -> bool:
    with scratch.open() as register:
        _tell(register, Trial.RENAME, AccountState.ACTIVE, at=scratch.later, country="PT", language="pt")
        return _covers(register, scratch, Trial.RENAME, Basis.OWN)


def _make_anew(scratch: _Scratch) -> bool:
    remade = f"{Trial.RECREATION} again"
    with scratch.open() as register:
        _tell(register, Trial.RECREATION, AccountState.DELETED, at=scratch.later)
        _tell(register, remade, AccountState.ACTIVE, at=scratch.later)
        _verify_contact(register, scratch, remade, of=Trial.RECREATION)
        return _covers(register, scratch, remade, Basis.SAME_PERSON)


def _come_back(scratch: _Scratch) -> bool:
    with scratch.open() as register:
        _tell(register, Trial.RETURN, AccountState.DELETED, at=scratch.later)
        _tell(register, Trial.RETURN, AccountState.ACTIVE, at=scratch.later + _LATER)
        return _covers(register, scratch, Trial.RETURN, Basis.OWN)


def _restore(scratch: _Scratch) -> bool:
    saved = scratch.folder / "backup"
    back_up(scratch.url, saved, keyring=scratch.keyring, at=scratch.later)
    for lost in scratch.folder.glob("register.db*"):
        lost.unlink()
    verifier = scratch.keyring.trusted_keys().documents
    put_back(saved, url=scratch.url, verifier=verifier, at=scratch.later, may_replace=False)
    with scratch.open() as register:
        return _covers(register, scratch, Trial.RESTORE, Basis.OWN)


def _rotate_keys(scratch: _Scratch) -> bool:
    envelope = scratch.keyring.envelope_keys.rotate(secrets.token_bytes(SECRET_BYTES))
    with scratch.open(replace(scratch.keyring, envelope=envelope)) as register:
        rewrap(register.database, envelope, pause=lambda: None, progress=lambda *_: None)
        give_up(register.database, envelope)
    with scratch.open(replace(scratch.keyring, envelope=envelope.retire())) as register:
        # Objecting anew gets the first receipt, which only the new keys open now.
        first = _object(register, scratch, Trial.KEY_ROTATION, at=scratch.later)
        return first.received_at == scratch.at and _covers(register, scratch, Trial.KEY_ROTATION, Basis.OWN)


def _object(register: Register, scratch: _Scratch, account: str, *, at: datetime) -> Receipt:
    form = ObjectionForm(subjects=(scratch.key(account),), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    return receive_objection(register, form, at=at)


def _tell(register: Register, account: str, state: AccountState, *, at: datetime, **facts: str) -> None:
    row = {"account": account, "state": state.value, "birth_date": "1990-05-01", **facts}
    columns = [row.get(column) for column in ACCOUNT_COLUMNS]
    schema = dict.fromkeys(ACCOUNT_COLUMNS, pl.String)
    import_accounts(register, pl.DataFrame([columns], schema=schema, orient="row"), at=at)


def _verify_contact(register: Register, scratch: _Scratch, account: str, *, of: Trial) -> None:
    contact = contact_key(scratch.keyring, f"{of}@{_PLATFORM}")
    link = AccountLink(subject=scratch.key(account), centre=contact, event=LinkEvent.LINKED, tie=Tie.CONTACT)
    record_links(register, [link], at=scratch.at)


def _covers(register: Register, scratch: _Scratch, account: str, basis: Basis) -> bool:
    found = read_people(register, at=scratch.at + 3 * _LATER).objections
    mine = found.filter((pl.col("subject_key") == scratch.key(account)) & (pl.col("basis") == basis.value))
    return mine.height > 0


_TRIALS: Mapping[Trial, Callable[[_Scratch], bool]] = {
    Trial.RENAME: _rename,
    Trial.RECREATION: _make_anew,
    Trial.RETURN: _come_back,
    Trial.RESTORE: _restore,
    Trial.KEY_ROTATION: _rotate_keys,
}
