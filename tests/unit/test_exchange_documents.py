"""Documents: written whole, signed, and refused when anything about them is not as it was signed."""

import runpy
from pathlib import Path

import msgspec
import pytest

from demur.evidence.container import decode_container, encode_container
from demur.exchange.documents import (
    check_digest,
    decode_document,
    document_digest,
    encode_document,
    file_digest,
    read_document,
    statement_of,
    write_document,
)
from demur.exchange.errors import DocumentAlteredError, DocumentMalformedError, DocumentMissingError
from demur.exchange.in_app_notice import InAppNotice
from demur.exchange.manifest import CorpusManifest
from demur.exchange.removal_notice import RemovalNotice
from demur.exchange.removals import Removals
from demur.exchange.runs import AuditReport, RunRecord
from demur.exchange.snapshot import RegisterSnapshot
from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.keys.notes import NoteFormatError, NoteSignatureError, Signer

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "exchange"
FORMS = {
    form.KIND.value: form
    for form in (RegisterSnapshot, CorpusManifest, Removals, RunRecord, AuditReport, RemovalNotice, InAppNotice)
}
SIGNER = Signer("agora.example/demur/documents", bytes(range(32, 64)))
STRANGER = Signer("agora.example/demur/documents", bytes(32))


@pytest.fixture
def manifest() -> CorpusManifest:
    return read_document(GOLDEN / "corpus-manifest", CorpusManifest, SIGNER.verifier)


def sign_content(path: Path, content: bytes, signer: Signer = SIGNER) -> None:
    """Sign bytes as if they were a corpus's manifest."""
    path.with_suffix(".json").write_bytes(content)
    path.with_suffix(".note").write_text(signer.sign(statement_of(CorpusManifest.KIND, sha256_hex(content))))


def test_the_code_still_writes_the_golden_files():
    written = runpy.run_path(str(ROOT / "tools" / "write_golden_documents.py"))["golden_files"]()
    assert written == {path.name: path.read_bytes() for path in sorted(GOLDEN.iterdir())}


@pytest.mark.parametrize("kind", FORMS)
def test_a_golden_document_is_read_and_written_again_to_the_byte(kind):
    document = read_document(GOLDEN / kind, FORMS[kind], SIGNER.verifier)
    assert encode_document(document) == (GOLDEN / f"{kind}.json").read_bytes()


def test_the_golden_container_is_read_and_written_again_to_the_byte():
    content = (GOLDEN / "container.zip").read_bytes()
    assert encode_container(decode_container(content)) == content


def test_a_document_is_two_files_and_its_digest_is_that_of_the_first(tmp_path, manifest):
    digest = write_document(tmp_path / "manifest", manifest, SIGNER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "manifest.note"]
    assert (digest.hex(), digest) == (file_digest(tmp_path / "manifest.json"), document_digest(manifest))


@pytest.mark.parametrize("suffix", [".json", ".note"])
def test_a_document_without_one_of_its_files_does_not_exist(tmp_path, manifest, suffix):
    write_document(tmp_path / "manifest", manifest, SIGNER)
    (tmp_path / f"manifest{suffix}").unlink()
    with pytest.raises(DocumentMissingError, match=rf"^manifest{suffix} cannot be read"):
        read_document(tmp_path / "manifest", CorpusManifest, SIGNER.verifier)


def test_a_document_of_another_key_is_refused_by_the_name_of_its_note(tmp_path, manifest):
    write_document(tmp_path / "manifest", manifest, STRANGER)
    with pytest.raises(NoteSignatureError, match=r"^manifest\.note: the note carries no signature"):
        read_document(tmp_path / "manifest", CorpusManifest, SIGNER.verifier)


def test_a_note_that_is_none_is_refused_by_its_name(tmp_path, manifest):
    write_document(tmp_path / "manifest", manifest, SIGNER)
    (tmp_path / "manifest.note").write_bytes(b"nothing")
    with pytest.raises(NoteFormatError, match=r"^manifest\.note: "):
        read_document(tmp_path / "manifest", CorpusManifest, SIGNER.verifier)


def test_content_that_another_note_signs_is_refused(tmp_path, manifest):
    write_document(tmp_path / "manifest", manifest, SIGNER)
    (tmp_path / "manifest.json").write_bytes(encode_document(msgspec.structs.replace(manifest, name="other")))
    with pytest.raises(DocumentAlteredError, match=r"^manifest\.json is not the corpus-manifest that manifest\.note"):
        read_document(tmp_path / "manifest", CorpusManifest, SIGNER.verifier)


def test_a_document_of_one_kind_is_none_of_another(tmp_path, manifest):
    write_document(tmp_path / "manifest", manifest, SIGNER)
    with pytest.raises(DocumentAlteredError, match=r"^manifest\.json is not the removals"):
        read_document(tmp_path / "manifest", Removals, SIGNER.verifier)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"v": 2}, "m.json is a corpus-manifest of version 2, expected a corpus-manifest of version 1"),
        ({"kind": "removals"}, "m.json is a removals of version 1, expected a corpus-manifest of version 1"),
        ({"more": 1}, "m.json is not a valid CorpusManifest: Object contains unknown field `more`"),
        ({"rows_read": "7"}, "m.json is not a valid CorpusManifest: Expected `int`, got `str` - at `$.rows_read`"),
        ({"kind": "poem"}, "m.json is not a valid CorpusManifest: Invalid enum value 'poem' - at `$.kind`"),
    ],
)
def test_a_signed_document_of_another_form_is_refused_with_what_is_wrong(tmp_path, manifest, change, says):
    sign_content(tmp_path / "m", canonical_bytes({**msgspec.to_builtins(manifest), **change}))
    with pytest.raises(DocumentMalformedError) as raised:
        read_document(tmp_path / "m", CorpusManifest, SIGNER.verifier)
    assert str(raised.value) == says


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff", b'{"kind":"corpus-manifest"}', b'{"name":"\\ud800"}', b"[" * 100_000],
)
def test_signed_bytes_that_are_no_document_are_refused(tmp_path, content):
    sign_content(tmp_path / "m", content)
    with pytest.raises(DocumentMalformedError, match=r"^m\.json is not"):
        read_document(tmp_path / "m", CorpusManifest, SIGNER.verifier)


@pytest.mark.parametrize("old_new", [(b'"rows_read":7', b'"rows_read": 7'), (b'"v":1', b'"v":1.0'), (b"}", b"}\n")])
def test_another_text_of_the_same_value_is_refused(manifest, old_new):
    content = encode_document(manifest).replace(*old_new)
    with pytest.raises(DocumentMalformedError, match=r"^m\.json is not "):
        decode_document(content, CorpusManifest, name="m.json")


def test_a_number_beyond_what_every_reader_holds_is_refused(manifest):
    content = encode_document(manifest).replace(b'"rows_read":7', b'"rows_read":9007199254740993')
    with pytest.raises(DocumentMalformedError, match=r"^m\.json is not a valid CorpusManifest"):
        decode_document(content, CorpusManifest, name="m.json")


def test_a_file_that_a_document_names_is_checked_and_named_with_its_folder(tmp_path):
    (tmp_path / "shards").mkdir()
    path = tmp_path / "shards" / "00000-000.parquet"
    path.write_bytes(b"rows")
    check_digest(path, sha256_hex(b"rows"))
    with pytest.raises(DocumentAlteredError, match=r"^shards/00000-000\.parquet was altered or truncated"):
        check_digest(path, sha256_hex(b"other"))
    path.unlink()
    with pytest.raises(DocumentMissingError, match=r"^00000-000\.parquet cannot be read from .*shards"):
        check_digest(path, sha256_hex(b"rows"))
