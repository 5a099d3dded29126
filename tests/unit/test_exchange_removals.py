"""The heartbeat: one signed note that a reader must be able to trust."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.exchange.errors import DocumentMalformedError
from demur.exchange.removals import Heartbeat, open_heartbeat, sign_heartbeat
from demur.kernel.errors import IntegrityError
from demur.keys.notes import NoteSignatureError, Signer

SIGNER = Signer("agora.example/demur/documents", bytes(range(32, 64)))
GOLDEN = Path(__file__).parent.parent / "golden" / "exchange" / "heartbeat.note"
LINES = ["demur/v1/heartbeat", "ab" * 32, "3", "cd" * 32, "17", "2025-05-27T06:00:00.000000Z"]


def note_of(lines: list[str]) -> bytes:
    return SIGNER.sign("".join(f"{line}\n" for line in lines)).encode()


def test_a_heartbeat_says_corpus_version_digest_position_and_instant():
    at = datetime(2025, 5, 27, 6, tzinfo=UTC)
    heartbeat = Heartbeat(corpus_id="ab" * 32, version=3, digest="cd" * 32, log_size=17, at=at)
    assert sign_heartbeat(heartbeat, SIGNER).encode() == note_of(LINES)
    assert open_heartbeat(note_of(LINES), SIGNER.verifier) == heartbeat


def test_a_heartbeat_of_another_key_is_refused_by_its_name():
    with pytest.raises(NoteSignatureError, match=r"^heartbeat: "):
        open_heartbeat(GOLDEN.read_bytes(), Signer(SIGNER.name, bytes(32)).verifier)


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (0, "demur/v1/corpus-manifest"),
        (1, ""),
        (1, "AB" * 32),
        (2, "-1"),
        (2, "03"),
        (2, "three"),
        (2, "\u0663"),  # a digit of another script
        (3, "cd" * 31),
        (4, "1_7"),
        (4, " 17"),
        (5, "yesterday"),
        (5, "2025-05-27T06:00:00.000000"),
        (5, "2025-13-27T06:00:00.000000Z"),
    ],
)
def test_a_signed_note_that_is_no_heartbeat_is_refused(number, line):
    lines = [*LINES[:number], line, *LINES[number + 1 :]]
    with pytest.raises(DocumentMalformedError, match=r"^the heartbeat "):
        open_heartbeat(note_of(lines), SIGNER.verifier)


@pytest.mark.parametrize("lines", [LINES[:5], [*LINES, "more"]])
def test_a_heartbeat_has_six_lines(lines):
    with pytest.raises(DocumentMalformedError, match=r"^the heartbeat "):
        open_heartbeat(note_of(lines), SIGNER.verifier)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff", GOLDEN.read_bytes()[:-1]])
def test_bytes_that_are_no_note_are_refused_by_its_name(content):
    with pytest.raises(IntegrityError, match=r"^heartbeat: "):
        open_heartbeat(content, SIGNER.verifier)
