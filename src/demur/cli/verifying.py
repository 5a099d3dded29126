"""``demur verify``: what a receipt proves, in plain words, for whoever holds it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from demur.cli.errors import KeyChoiceError
from demur.cli.output import print_json, print_lines, printable
from demur.kernel.words import Purpose, RecordKind
from demur.keys.cosignatures import WitnessKey
from demur.keys.encoding import encode_base64
from demur.keys.keyring import read_public_keys
from demur.keys.notes import Verifier

if TYPE_CHECKING:
    from demur.evidence.receipt_report import ReceiptReport

_NOT_WITNESSED = 1
_PUBLIC_KEYS = Path("public.json")
_KINDS = {
    RecordKind.OBJECTION: "an objection",
    RecordKind.WITHDRAWAL: "the withdrawal of an objection",
    RecordKind.RELINK: "that accounts were linked while one of them objected",
}
_PURPOSES = {Purpose.TRAIN_GENERATIVE_MODELS.value: "training generative AI models"}
_TRUSTED = (
    "that the key is the platform's: compare it with a copy from another place",
    "that everybody sees the same log: witnesses show that",
    "that the date is right: places in the log have an order, dates are the platform's word",
    "that the platform obeyed: `demur evidence verify PACK --receipt RECEIPT` shows that for the corpora of a pack",
)


def verify_receipt(
    receipt: Path,
    *,
    trust: Path | None = None,
    vkey: str | None = None,
    witness: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Check a receipt and say what it proves; needs no configuration, no register and no network.

    Exit status 0 means that it holds, 5 that it does not, 1 that it holds but a witness that you named did not sign.
    `demur-verify` does the same in one file that you can read in ten minutes and run without Demur.

    Args:
        receipt: The file that the person got; its name ends in `.tlog-proof`.
        trust: The platform's public keys (`public.json`) from a place that you trust; `public.json` here without it.
        vkey: The public key of the log as one text, `name+id+key`, instead of a file.
        witness: The public key, `name+id+key`, of a witness that should have signed; may be repeated.
        json: Print one JSON object and nothing else.
    """
    from demur.evidence.receipt_report import read_receipt, report_receipt  # noqa: PLC0415 -- command dispatch

    report = report_receipt(read_receipt(receipt), _log_key(trust, vkey), [WitnessKey(text) for text in witness])
    if json:
        print_json(_describe(report))
    else:
        print_lines(f"{receipt.name} holds.", "", "It proves:", *(f"  - {line}" for line in _proved(report)))
        print_lines("", "What rests on trust:", *(f"  - {line}" for line in _TRUSTED))
    return _NOT_WITNESSED if report.not_cosigned_by else 0


def _log_key(trust: Path | None, vkey: str | None) -> Verifier:
    if trust is not None and vkey is not None:
        message = "two keys were given to check the receipt against, --trust and --vkey"
        raise KeyChoiceError(message, hint="Give the one that you trust.")
    if vkey is not None:
        return Verifier(vkey)
    if trust is None and not _PUBLIC_KEYS.exists():
        message = f"no key was given to check the receipt against, and there is no {_PUBLIC_KEYS} here"
        raise KeyChoiceError(message, hint="Give the platform's public keys by --trust PATH, or the log's by --vkey.")
    return read_public_keys(trust or _PUBLIC_KEYS).log


def _proved(report: "ReceiptReport") -> Iterator[str]:
    purpose = f" to {_PURPOSES.get(report.purpose) or printable(report.purpose)}" if report.purpose else ""
    scope = f", for {printable(report.scope)} only" if report.scope else ""
    at = printable(report.received_at or report.day.isoformat())
    log = printable(report.log)
    yield f"The platform recorded {_KINDS[report.kind]}{purpose}{scope}; its date is {at}."
    yield f"Accounts that it covers: {report.accounts:,}; items or pages that it points at: {report.targets:,}."
    yield f"It is entry {report.index:,} of the log {log}, which had {report.size:,} entries when it was signed."
    yield f"The key {printable(report.signed_by)} signed that: whoever has the key cannot deny it."
    for name, signed_at in report.cosigned_by:
        yield f"The witness {printable(name)} saw this log at {signed_at.isoformat()} and signed it."
    for name in report.not_cosigned_by:
        yield f"NOT SHOWN: the witness {printable(name)} did not sign it."
    for name in report.not_checked:
        yield f"Not checked, because its key was not given: a signature of {printable(name)}."


def _describe(report: "ReceiptReport") -> dict[str, object]:
    return {
        "holds": True,
        "kind": report.kind.value,
        "day": report.day.isoformat(),
        "purpose": report.purpose,
        "received_at": report.received_at,
        "scope": report.scope,
        "accounts": report.accounts,
        "targets": report.targets,
        "index": report.index,
        "size": report.size,
        "root": encode_base64(report.root),
        "log": report.log,
        "signed_by": report.signed_by,
        "cosigned_by": [{"witness": name, "at": at.isoformat()} for name, at in report.cosigned_by],
        "not_cosigned_by": list(report.not_cosigned_by),
        "not_checked": list(report.not_checked),
    }
