"""``demur register erase``: forget a person with or without an account, keep them out, and tell them what stays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.errors import NothingNamedError
from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common
from demur.kernel.words import Basis, ObjectionScope
from demur.keys.subjects import subject_key
from demur.register.erasing import Erasure, KeptEntry, erase
from demur.register.erasing_entries import ErasedEntry, prove_erasure
from demur.register.erasing_receipts import ReceiptErasure, erase_by_receipts
from demur.register.kept_receipts import read_receipt
from demur.register.store import Register

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_Receipts = Annotated[tuple[Path, ...], Parameter(negative="")]
_BASES = {
    Basis.OWN.value: "their own objection",
    Basis.LINKED.value: "the objection of a linked account",
    Basis.SAME_PERSON.value: "an objection with the same verified contact",
}
_SCOPES = {ObjectionScope.ALL.value: "everything that it published", ObjectionScope.PHOTOS.value: "its photos"}
_AFTER = (
    "What was built before: `demur apply` or `demur watch` takes out what has to go now.",
    "Backups and snapshots of the register from before hold what was erased: make new ones, and delete those.",
)
_KEPT_TARGETS = (
    "  stays: keyed hashes of the items and pages that were pointed at, and of the words that texts are searched for, "
    "so that they stay out (GDPR Art. 17(3)(b), 21(3)); they hold no date and no entry"
)
_NOT_SWEPT = (
    "The write-ahead log of the database still holds copies, because somebody reads it now: run this command again."
)


def erase_accounts(*accounts: str, receipt: _Receipts = (), common: _Common = _COMMON) -> None:
    """Erase what the register holds of people who ask for it, and print for each what they are to be told.

    An objection is honoured further: a keyed name stays that keeps the account's content out of every corpus, and
    nothing else. The log says which entries were erased, not whose they were; several people who are erased in one
    call blend there. Whoever is linked with them stays as they are. Doing it twice does no harm.

    Whoever has no account shows the receipt of their objection: its record and their request are destroyed, and what
    they pointed at stays out.

    Args:
        accounts: The ids of the accounts on the platform.
        receipt: The file of a receipt that somebody without an account shows; may be given several times.
        common: Options that every command shares.
    """
    if not accounts and not receipt:
        message = "no account and no receipt was named"
        raise NothingNamedError(message, hint="Name one: demur register erase ACCOUNT, or --receipt FILE")
    receipts = [read_receipt(path) for path in receipt]
    workspace = common.workspace()
    subjects = [subject_key(workspace.keyring, account) for account in accounts]
    with workspace.open_register() as register:
        at = workspace.clock.now()
        # Receipts first: one that does not hold is refused before anything is erased.
        shown = erase_by_receipts(register, receipts, at=at) if receipts else ()
        erasures = erase(register, subjects, at=at) if subjects else ()
        is_swept = register.database.sweep()
        every: list[Erasure | ReceiptErasure] = [*erasures, *shown]
        told = [_describe(register, erasure) for erasure in every] if common.json else []
    if common.json:
        print_json({"erased": told, "is_swept": is_swept})
        return
    for erasure in erasures:
        print_lines(*_tell(erasure), "")
    for by_receipt in shown:
        print_lines(*_tell_by_receipt(by_receipt), "")
    print_lines(*_AFTER, *[_NOT_SWEPT] * (not is_swept))


def _describe(register: Register, erasure: Erasure | ReceiptErasure) -> dict[str, object]:
    return {
        "on": erasure.on.isoformat(),
        "held": dict(erasure.held),
        "entries": [
            {"index": entry.index, "erased_by": entry.erased_by, "proof": prove_erasure(register, entry)}
            for entry in erasure.entries
        ],
        "decision": erasure.ruling.decision,
        "reason": erasure.ruling.reason,
        "kept": [_describe_kept(kept) for kept in erasure.kept] if isinstance(erasure, Erasure) else [],
    }


def _describe_kept(kept: KeptEntry) -> dict[str, object]:
    return {
        "basis": kept.basis,
        "purpose": kept.purpose,
        "scope": kept.scope,
        "in_public_role": kept.in_public_role,
    }


def _tell_by_receipt(erasure: ReceiptErasure) -> list[str]:
    """Return what is told to whoever showed a receipt."""
    held = ", ".join(f"{name} {count}" for name, count in erasure.held.items())
    went = f"erased on {erasure.on.isoformat()}: {held}" if held else "nothing is held because of the receipt any more"
    return [went, *_tell_entries(erasure.entries), _KEPT_TARGETS]


def _tell(erasure: Erasure) -> list[str]:
    """Return what a person is told: what went, what stays and why, and what they hold themselves."""
    held = ", ".join(f"{name} {count}" for name, count in erasure.held.items())
    went = f"erased on {erasure.on.isoformat()}: {held}" if held else "nothing is held of the account"
    return [went, *_tell_entries(erasure.entries), *_tell_kept(erasure.kept)]


def _tell_entries(entries: Sequence[ErasedEntry]) -> list[str]:
    named = [entry for entry in entries if entry.index is not None]
    lines = [
        f"  entry {entry.index} of the public log can no longer be opened, by the platform either; "
        f"entry {entry.erased_by} says so"
        for entry in named
    ]
    kept = "  a receipt that was given out stays valid and is the only copy: it still proves what it proved"
    return [*lines, *[kept] * bool(named)]


def _tell_kept(kept: Sequence[KeptEntry]) -> list[str]:
    if not kept:
        return ["  nothing stays: no objection was in force"]
    lines = [
        f"  stays: a keyed name that keeps out {_name_scope(entry)}, by {_BASES[entry.basis]}, "
        f"for the purpose {entry.purpose}"
        for entry in kept
    ]
    law = (
        "  so that the objection is honoured further (GDPR Art. 17(3)(b), 21(3)); it holds no date and no entry, and"
        " ends with a withdrawal by login"
    )
    return [*lines, law]


def _name_scope(kept: KeptEntry) -> str:
    scope = _SCOPES[kept.scope]
    return f"what others publish on the person's public role, and {scope}" if kept.in_public_role else scope
