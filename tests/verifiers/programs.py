"""Verifiers that accept or refuse a case: those of others, and ours.

A verifier of another language, or of another set of packages, is a program that reads a case a line and answers a line,
so that thousands of cases cost one start.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cases import SIGNER, ConsistencyCase, InclusionCase, Must, ReceiptCase
from pymerkle.core import _inclusion_path_layout
from pymerkle.proof import InclusionProof, InvalidProof

import demur_verify
from demur.kernel.errors import IntegrityError
from demur.ledger.openings import verify_receipt
from demur.ledger.tree import hash_leaf, verify_consistency, verify_inclusion

Case: TypeAlias = ReceiptCase | InclusionCase | ConsistencyCase
ROOT = Path(__file__).parent.parent.parent
INSTALLED = ROOT / ".cache" / "verifiers"
ALONE = Path(demur_verify.__file__)
BARE_PYTHON = Path(__file__).with_name("bare_python.py")
RECEIPTS, INCLUSIONS, CONSISTENCIES = ReceiptCase, InclusionCase, ConsistencyCase
# Name, what it can judge, and the command that starts it.
FOREIGN = (
    ("Go sumdb", (RECEIPTS, INCLUSIONS, CONSISTENCIES), (INSTALLED / "go-verify",)),
    ("Sigstore for Node", (RECEIPTS, INCLUSIONS), ("node", INSTALLED / "node" / "verify.js")),
    (
        "Sigstore for Python",
        (RECEIPTS, INCLUSIONS),
        (INSTALLED / "sigstore" / "bin" / "python", ROOT / "tests" / "verifiers" / "sigstore" / "verify.py"),
    ),
)
BARE = ("demur_verify.py in bare Python", (RECEIPTS,), (sys.executable, "-I", "-S", BARE_PYTHON, ALONE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """A verifier that is ready to be asked.

    Attributes:
        judges: the kinds of cases that it can judge.
        opens: whether it opens the record by itself, so that the ``extra`` line of a receipt counts.
        ask: tells for each of some cases, in their order, whether it was accepted.
    """

    name: str
    judges: tuple[type[Case], ...]
    opens: bool
    ask: Callable[[Iterable[Case]], Iterator[bool]]

    def must(self, case: Case) -> Must:
        """Return what it must say about a case."""
        if not isinstance(case, ReceiptCase):
            return case.must
        return case.opening if self.opens else case.entry


@contextmanager
def start_all() -> Iterator[tuple[Checker, ...]]:
    """Start every verifier; none is left out silently."""
    missing = [
        str(path) for _, _, command in FOREIGN for path in command if isinstance(path, Path) and not path.exists()
    ]
    if missing:
        message = f"not installed: {', '.join(missing)}; run `make verifiers`"
        raise FileNotFoundError(message)
    with ExitStack() as stack:
        programs = [
            Checker(name=name, judges=judges, opens=name == BARE[0], ask=stack.enter_context(_program(command)))
            for name, judges, command in (*FOREIGN, BARE)
        ]
        yield (
            *programs,
            Checker(name="pymerkle", judges=(INCLUSIONS,), opens=False, ask=_each(_pymerkle)),
            Checker(name="demur_verify.py", judges=(RECEIPTS,), opens=True, ask=_each(_alone)),
            Checker(name="demur", judges=(RECEIPTS, INCLUSIONS, CONSISTENCIES), opens=True, ask=_each(_ours)),
        )


@contextmanager
def _program(command: Iterable[object]) -> Iterator[Callable[[Iterable[Case]], Iterator[bool]]]:
    words = [*map(str, command), SIGNER.vkey]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

        def write(cases: list[Case]) -> None:
            process.stdin.write(b"".join(case.line().encode() + b"\n" for case in cases))
            process.stdin.flush()

        def ask(cases: Iterable[Case]) -> Iterator[bool]:
            asked = list(cases)
            # Beside the reading, because a pipe that is full in both directions would stop both sides.
            writer = threading.Thread(target=write, args=(asked,))
            writer.start()
            for case in asked:
                answer = process.stdout.readline().decode("utf-8", "replace")
                if not answer.startswith(("accepted\n", "refused:")):
                    message = f"{words[0]} answers {answer!r} to {case}"
                    raise RuntimeError(message)
                yield answer.startswith("accepted")
            writer.join()

        yield ask
        process.stdin.close()


def _each(accepts: Callable[[Case], bool]) -> Callable[[Iterable[Case]], Iterator[bool]]:
    return lambda cases: map(accepts, cases)


def _pymerkle(case: InclusionCase) -> bool:
    # It counts entries from one, puts the entry before the path and names the sides, which follow from index and size.
    is_place = 0 <= case.index < case.size
    sides = _inclusion_path_layout(case.index + 1, case.size)[0] if is_place else []
    leaf = hash_leaf(case.leaf)
    proof = InclusionProof("sha256", True, case.size, case.index + 1, sides, [leaf, *case.path])  # noqa: FBT003 -- theirs
    try:
        proof.verify(leaf, case.root, index=case.index + 1, size=case.size, algorithm="sha256")
    except InvalidProof:
        return False
    return True


def _alone(case: ReceiptCase) -> bool:
    try:
        demur_verify.check_receipt(
            case.receipt.decode("utf-8"), demur_verify.read_key(SIGNER.vkey, demur_verify.LOG_KEY)
        )
    except (demur_verify.RefusedError, UnicodeDecodeError):
        return False
    return True


def _ours(case: Case) -> bool:
    try:
        match case:
            case ReceiptCase():
                verify_receipt(case.receipt.decode("utf-8"), SIGNER.verifier)
            case InclusionCase():
                leaf = hash_leaf(case.leaf)
                verify_inclusion(leaf_hash=leaf, index=case.index, size=case.size, path=case.path, root=case.root)
            case ConsistencyCase():
                verify_consistency(
                    old_size=case.old_size,
                    old_root=case.old_root,
                    new_size=case.size,
                    new_root=case.root,
                    path=case.path,
                )
    except (IntegrityError, UnicodeDecodeError):
        return False
    return True
