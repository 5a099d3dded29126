"""Everything that reads bytes of strangers, with what it may refuse them by, for whoever gives it damaged ones.

`tests/laws/test_what_strangers_send_is_read_or_refused.py` and `demur.testing.drills.fuzzing` do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from demur.kernel.clock import timestamp
from demur.kernel.errors import DemurError
from demur.kernel.words import LinkEvent, ObjectionScope, Purpose, RecordKind
from demur.keys.encoding import encode_json
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.notes import NoteFormatError, NoteSignatureError, Verifier, open_note
from demur.keys.subjects import SubjectKey, proof_key, subject_key
from demur.ledger.checkpoint import (
    Checkpoint,
    CheckpointFormatError,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from demur.ledger.leaves import LeafFormatError, parse_leaf
from demur.ledger.openings import Opening, OpeningError, bind_subjects, parse_opening, verify_receipt
from demur.ledger.receipt import ReceiptFormatError, TlogProof, parse_tlog_proof
from demur.ledger.submission import Submission, SubmissionFormatError, parse_submission
from demur.ledger.tree import Frontier, ProofError, hash_leaf
from demur.register.accounts import AskedAccounts
from demur.register.batch import AskAgain, Committed, Unit
from demur.register.errors import ImportColumnMissingError, ImportUnreadableError, NoSubjectError
from demur.register.intake import AskedWithdrawal, Authentication, WithdrawalForm
from demur.register.links import AccountLink, AskedLinks
from demur.register.messages import (
    LENGTH,
    FrameError,
    decode_answer,
    decode_request,
    encode_committed,
    encode_refusal,
    encode_request,
)
from demur.register.notices import AskedNotices, NoticeRow
from demur.register.objecting import ObjectionForm, objection_of_anybody
from demur.register.reading import read_text_rows
from demur.web.api.agents import AgentMessage
from demur.web.api.feeds import CSV_MEDIA, LINES_MEDIA, block_reader
from demur.web.api.objections import LinkRequest, ObjectionRequest, decode
from demur.web.errors import RequestInvalidError

_AT = datetime(2025, 5, 27, 6, 0, 0, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """One reader of bytes.

    Attributes:
        read: reads bytes, or raises one of `errors`.
        errors: what it may raise; anything else is a bug.
        write: gives the bytes of what was read, for formats in which one value has one text; else None.
        whole: some bytes that it reads.
    """

    read: Callable[[bytes], object]
    errors: tuple[type[DemurError], ...]
    whole: tuple[bytes, ...]
    write: Callable[[object], bytes] | None = None


def make_parsers(folder: Path) -> dict[str, Parser]:
    """Return every parser by its name; the keys of what they read are made in a folder."""
    keyring = create_keyring(folder / "fuzzed.json", platform="agora.example", seed=b"fuzz")
    receipt, opening = _receipt(keyring), _opening(keyring)
    return {
        **_of_the_log(receipt, opening, keyring.log_signer.verifier),
        **_of_the_socket(receipt, opening),
        **_of_the_door(),
    }


def _of_the_log(receipt: TlogProof, opening: Opening, log: Verifier) -> dict[str, Parser]:
    note = receipt.checkpoint_note
    of_notes = (NoteFormatError, NoteSignatureError)
    of_receipts = (ReceiptFormatError, OpeningError, *of_notes, CheckpointFormatError, ProofError)
    return {
        "note": Parser(read=lambda content: open_note(content, log), errors=of_notes, whole=(note.encode(),)),
        "checkpoint": Parser(
            read=lambda content: parse_checkpoint(_text(content)),
            errors=(CheckpointFormatError,),
            whole=(note.partition("\n\n")[0].encode() + b"\n",),
            write=lambda found: found.text().encode(errors="surrogateescape"),  # type: ignore[attr-defined]
        ),
        "signed checkpoint": Parser(
            read=lambda content: open_checkpoint(content, log),
            errors=(*of_notes, CheckpointFormatError),
            whole=(note.encode(),),
        ),
        "proof": Parser(
            read=lambda content: parse_tlog_proof(_text(content)),
            errors=(ReceiptFormatError,),
            whole=(receipt.encode().encode(),),
            write=lambda found: found.encode().encode(errors="surrogateescape"),  # type: ignore[attr-defined]
        ),
        "receipt": Parser(
            read=lambda content: verify_receipt(_text(content), log),
            errors=of_receipts,
            whole=(receipt.encode().encode(),),
        ),
        "opening": Parser(
            read=parse_opening,
            errors=(OpeningError,),
            whole=(opening.encode(),),
            write=lambda found: found.encode(),  # type: ignore[attr-defined]
        ),
        "entry": Parser(
            read=parse_leaf,
            errors=(LeafFormatError,),
            whole=(opening.leaf_data(),),
            write=lambda found: found.encode(),  # type: ignore[attr-defined]
        ),
        "submission": Parser(
            read=parse_submission,
            errors=(SubmissionFormatError,),
            whole=(Submission(old_size=1, path=(bytes(32),), checkpoint_note=note).encode(),),
            write=lambda found: found.encode(),  # type: ignore[attr-defined]
        ),
    }


def _of_the_socket(receipt: TlogProof, opening: Opening) -> dict[str, Parser]:
    return {
        "request": Parser(
            read=decode_request, errors=(FrameError,), whole=tuple(_content(encode_request(unit)) for unit in _units())
        ),
        "answer": Parser(
            read=_read_answer,
            errors=(FrameError, ReceiptFormatError, OpeningError),
            whole=(
                _content(encode_committed(Committed(proof=receipt, opening=opening, covered=()))),
                _content(encode_refusal(NoSubjectError("nobody", hint="Name somebody."))),
            ),
        ),
    }


def _of_the_door() -> dict[str, Parser]:
    message = {
        "agent-id": "agent.example",
        "business-id": "agora.example",
        "exercise": "ai_training:object",
        "issued-at": "2025-05-27T06:00:00Z",
        "expires-at": "2025-05-27T07:00:00Z",
        "requests": [{"agent_request_id": "1", "account": "ada", "scope": "photos"}],
    }
    bodies = {
        "body of a link": (LinkRequest, {"link": "A" * 60, "idempotency_key": "1"}),
        "body of an objection": (
            ObjectionRequest,
            {"items": ["7"], "pages": ["https://a.example/7"], "account": "ada"},
        ),
        "message of an agent": (AgentMessage, message),
    }
    rows = {
        CSV_MEDIA: b'account,centre,contact\nada,c1,"a, ""b"""\nbo,,\n',
        LINES_MEDIA: b'{"account": "ada", "centre": "c1"}\n{"account": "bo", "centre": null}\n',
    }
    return {
        **{name: _body(kind, encode_json(whole)) for name, (kind, whole) in bodies.items()},
        **{f"feed of {media}": _feed(media, whole) for media, whole in rows.items()},
    }


def _body(kind: type[Any], whole: bytes) -> Parser:
    decoder = msgspec.json.Decoder(kind)
    return Parser(read=lambda content: decode(decoder, content, ""), errors=(RequestInvalidError,), whole=(whole,))


def _feed(media: str, whole: bytes) -> Parser:
    def read(content: bytes) -> object:
        return read_text_rows(block_reader(media).read(content, 0), ("account",), ("centre", "contact"))

    return Parser(read=read, errors=(ImportUnreadableError, ImportColumnMissingError), whole=(whole,))


def _receipt(keyring: Keyring) -> TlogProof:
    """Return the receipt of the second of three entries."""
    opening = _opening(keyring)
    growth = Frontier().append([hash_leaf(data) for data in (b"one", opening.leaf_data(), b"three")])
    signer = keyring.log_signer
    head = Checkpoint(origin=signer.name, size=3, root=growth.root)
    return TlogProof(
        index=1, path=growth.inclusion_path(1), checkpoint_note=sign_checkpoint(head, signer), extra=opening.encode()
    )


def _opening(keyring: Keyring) -> Opening:
    key = proof_key(keyring, subject_key(keyring, "ada"))
    record = encode_json({"v": 1, "received_at": timestamp(_AT), "subjects": bind_subjects([key])})
    return Opening(
        kind=RecordKind.OBJECTION, day=date(2025, 5, 27), record=record, r=bytes(range(32)), proof_keys=(key,)
    )


def _units() -> tuple[Unit, ...]:
    form = ObjectionForm(
        subjects=(SubjectKey(bytes(16)),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=_AT,
        idempotency_key="first",
        scope=ObjectionScope.PHOTOS,
        targets=(bytes(16),),
    )
    withdrawal = WithdrawalForm(subject=SubjectKey(bytes(16)), authenticated_by=Authentication.LOGIN, received_at=_AT)
    links = AskedLinks((AccountLink(subject=SubjectKey(bytes(16)), centre=bytes(16), event=LinkEvent.LINKED),), _AT)
    facts = (bytes(16), None, bytes(16), "1990-03", None, None, None, "active", None, None, 1, 0, None, 1, None)
    notice: dict[bytes, NoticeRow] = {bytes(16): (bytes(16), "v1", "email", None, "delivered", 1, 1, None, None)}
    feeds = (links, AskedAccounts([facts], frozenset({"holder"}), _AT), AskedNotices(notice, _AT))
    return (objection_of_anybody(form, at=_AT), AskedWithdrawal(form=withdrawal, at=_AT), AskAgain(7), *feeds)


def _content(frame: bytes) -> bytes:
    return frame[LENGTH.size :]


def _text(content: bytes) -> str:
    """Return bytes as a text that may hold anything, as a file or a page may give it."""
    return content.decode(errors="surrogateescape")


def _read_answer(content: bytes) -> object:
    """Read an answer; what a sequencer refused is an answer too."""
    try:
        return decode_answer(content)
    except (FrameError, ReceiptFormatError, OpeningError):
        raise
    except DemurError as error:
        return error
