"""The golden files of the log's wire formats: what people and authorities hold today must verify for ever."""

import runpy
import subprocess
import sys
from pathlib import Path

from demur.keys.notes import Verifier
from demur.keys.rotation import verify_rotation
from demur.ledger.checkpoint import open_checkpoint
from demur.ledger.leaves import parse_leaf
from demur.ledger.openings import verify_receipt

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "ledger"
LOG = Verifier("agora.example/demur/log+963f60ce+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")


def test_the_code_still_writes_the_golden_files():
    written = runpy.run_path(str(ROOT / "tools" / "write_golden_ledger.py"))["golden_files"]()
    assert written == {path.name: path.read_bytes() for path in sorted(GOLDEN.iterdir())}


def test_the_golden_receipt_verifies():
    opened = verify_receipt((GOLDEN / "objection.tlog-proof").read_text(), LOG)
    assert opened.opening.leaf_data() == (GOLDEN / "objection.leaf").read_bytes()
    assert opened.checkpoint == open_checkpoint((GOLDEN / "checkpoint.note").read_bytes(), LOG)
    assert (opened.index, opened.checkpoint.size) == (1, 3)


def test_the_golden_entry_and_rotation_are_read():
    assert parse_leaf((GOLDEN / "corpus.leaf").read_bytes()).kind == "corpus"
    assert verify_rotation((GOLDEN / "rotation.note").read_bytes(), LOG).old_vkey == LOG.vkey


def test_verifying_takes_the_standard_library_and_cryptography():
    modules = "demur.keys.keyring, demur.keys.rotation, demur.ledger.openings, demur.ledger.tiles, demur.ledger.buckets"
    program = f"import sys, {modules}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    expected = {"demur", "cryptography"}
    heavy = {"numpy", "polars", "rfc8785", "msgspec", "numba", "sqlalchemy", "pyroaring", "cyclopts", "rich"}
    assert (expected & set(found), heavy & set(found)) == (expected, set())
