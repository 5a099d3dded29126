"""An installation whose portal is open, with as many invented people as the ways through it need."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import polars as pl

from demur.kernel.words import Purpose
from demur.keys.keyring import Keyring, create_keyring, load_keyring
from demur.keys.subjects import SubjectKey, subject_key
from demur.ledger.openings import verify_receipt
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head, subject_status
from demur.register.store import Register
from demur.testing.portal.errors import DeadEndError
from demur.web.admission.gate import AdmissionSettings
from demur.web.api.service import ApiSettings
from demur.web.installation import Installation
from demur.web.links import make_link
from demur.web.origins import parse_proxies
from demur.web.server import Addresses, door_of, portal_of, running

PLATFORM = "agora.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody invented, by the subject key, and the path of the link in a notice to them."""

    account: str
    subject: SubjectKey
    link: str


@dataclass(slots=True)
class World:
    """The open installation: where its portal listens, and the register beside it."""

    installation: Installation
    register: Register
    keyring: Keyring
    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def person(self) -> Person:
        """Return somebody new, who has an account and has done nothing yet."""
        account = f"person-{next(self._numbers)}"
        subject = subject_key(self.keyring, account)
        return Person(account=account, subject=subject, link=f"/object/{make_link(self.keyring, subject)}")

    def told_again(self, person: Person) -> Person:
        """Return the same person with the link of another notice."""
        return replace(person, link=f"/object/{make_link(self.keyring, person.subject)}")

    def set_account(self, person: Person, **facts: str) -> None:
        """Let the platform say something of an account, such as its state."""
        now = datetime.now(tz=UTC)
        row = dict.fromkeys(ACCOUNT_COLUMNS) | {"account": person.account, "at": now.isoformat()} | facts
        with self.installation.open_register(publishes=False) as register:
            import_accounts(register, pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)), at=now)

    def object(self, person: Person) -> None:
        """Let somebody have objected elsewhere, a year ago."""
        now = datetime.now(tz=UTC)
        form = ObjectionForm(
            subjects=(person.subject,),
            purpose=Purpose.TRAIN_GENERATIVE_MODELS,
            received_at=now - timedelta(days=365),
        )
        receive_objection(self.register, form, at=now)

    def withdraw(self, person: Person) -> None:
        """Let somebody have withdrawn, with a login."""
        now = datetime.now(tz=UTC)
        form = WithdrawalForm(subject=person.subject, authenticated_by=Authentication.LOGIN, received_at=now)
        withdraw(self.register, form, at=now)

    def has_objected(self, person: Person) -> bool:
        """Tell what the register says."""
        return subject_status(self.register, person.subject, at=datetime.now(tz=UTC)).basis is not None

    def log_size(self) -> int:
        """Return how many entries the log has."""
        return read_head(self.register).size

    def check_receipt(self, text: str) -> None:
        """Let a receipt be checked as anybody can.

        Raises:
            DeadEndError: it does not verify.
        """
        try:
            verify_receipt(text, self.keyring.trusted_keys().log)
        except Exception as error:
            message = f"the receipt does not verify: {error}"
            raise DeadEndError(message) from error


@contextlib.contextmanager
def open_world(folder: Path, admission: AdmissionSettings | None = None) -> Iterator[World]:
    """Start an installation in an empty folder and stop it at the end.

    Args:
        folder: where everything of it goes.
        admission: when people without a link wait; by default under load, as it is delivered.
    """
    create_keyring(folder / "keys.json", platform=PLATFORM)
    installation = _installation(folder, admission or AdmissionSettings(path=folder / "admission.db"))
    addresses = free_addresses()
    parts = (door_of(installation, addresses), portal_of(installation, addresses))
    with running(installation, parts), installation.open_beside() as register:
        yield World(
            installation=installation,
            register=register,
            keyring=load_keyring(folder / "keys.json"),
            port=addresses.portal_port,
        )


def free_addresses() -> Addresses:
    """Find ports on which nothing listens."""
    with socket.socket() as door, socket.socket() as portal:
        for probe in (door, portal):
            probe.bind(("127.0.0.1", 0))
        return Addresses(door_port=door.getsockname()[1], portal_port=portal.getsockname()[1])


def _installation(folder: Path, admission: AdmissionSettings) -> Installation:
    return Installation(
        keyring=folder / "keys.json",
        register_url=f"sqlite:///{folder}/register.db",
        log_folder=folder / "log",
        corpora=folder / "corpora",
        root=folder,
        contact="privacy@agora.example",
        api=ApiSettings(admission=admission, proxies=parse_proxies(["127.0.0.1"])),
    )
