"""Sign what a run or an audit found, and enter it in the log."""

from pathlib import Path

from demur.cli.workspace import Workspace
from demur.exchange.documents import Document, write_document
from demur.kernel.files import write_whole
from demur.kernel.words import RecordKind


def publish(workspace: Workspace, path: Path, document: Document, kind: RecordKind) -> None:
    """Write a document as ``path.json`` and ``path.note``, log it, and keep the log's proof as ``path.tlog-proof``."""
    digest = write_document(path, document, workspace.keyring.document_signer)
    with workspace.open_log() as register:
        proof = register.append_document(kind, digest, at=workspace.clock.now())
    write_whole(path.with_suffix(".tlog-proof"), proof.encode().encode())
