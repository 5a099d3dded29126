"""Check a person's receipt against a pack: the log holds the objection, and no corpus holds a row of theirs."""

from collections.abc import Iterator, Sequence

from demur.evidence.corpora import CheckedCorpus
from demur.evidence.errors import EvidenceError, ReceiptUnfitError
from demur.evidence.opened import Check, Pack, check_prefix, expect, named
from demur.kernel.words import RecordKind
from demur.keys.subjects import corpus_pseudonym
from demur.ledger.buckets import verify_absence
from demur.ledger.openings import OpenedReceipt, verify_receipt
from demur.ledger.tree import ProofError

_RECEIPT = "the receipt"


def check_receipt(pack: Pack, corpora: Sequence[CheckedCorpus], text: str) -> Iterator[Check]:
    """Check that the log holds what a receipt opens and, if it is no withdrawal, that its holder is in no corpus."""
    opened = named(_RECEIPT, lambda: verify_receipt(text, pack.trust.log))
    if opened.checkpoint.size > len(pack.leaves):
        message = f"the receipt is of log size {opened.checkpoint.size}, the pack ends at {len(pack.leaves)}"
        raise ReceiptUnfitError(message, hint="Ask for a newer pack.")
    check_prefix(pack, opened.checkpoint, _RECEIPT)
    same = opened.opening.leaf_data() == pack.leaf_data[opened.index]
    expect(same, _RECEIPT, f"is of another entry than entry {opened.index} of the pack's log")
    kind = opened.opening.kind
    yield Check(subject="receipt", statement=f"entry {opened.index} of the log is this {kind} of {opened.opening.day}")
    if kind is RecordKind.WITHDRAWAL:
        return
    # That the record commits to these keys, `verify_receipt` has checked; without keys nothing follows.
    expect(bool(opened.opening.proof_keys), _RECEIPT, "holds no proof key, so nothing shows that its holder is absent")
    for corpus in corpora:
        yield _check_absence(corpus, opened)


def _check_absence(corpus: CheckedCorpus, opened: OpenedReceipt) -> Check:
    where = f"corpora/{corpus.name}"
    late = f"was last brought up to log entry {corpus.log_size}, before the objection at {opened.index}"
    expect(opened.index < corpus.log_size, where, late)
    tree, corpus_id = corpus.authors, bytes.fromhex(corpus.manifest["corpus_id"])
    for key in opened.opening.proof_keys:
        pseudonym = corpus_pseudonym(key, corpus_id)
        try:
            verify_absence(tree.prove(pseudonym), pseudonym, tree.bits, tree.root)
        except ProofError as error:
            message = f"{where}/authors-now.bin: somebody whom the receipt covers has rows in the corpus"
            hint = "After a withdrawal that is as it must be; else ask the platform, and the authority."
            raise EvidenceError(message, hint=hint) from error
    accounts = len(opened.opening.proof_keys)
    return Check(subject=corpus.name, statement=f"none of the {accounts} accounts of the receipt has a row in it")
