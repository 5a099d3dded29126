"""An authority's laptop holds Python and cryptography: verification must need no more."""

import subprocess
import sys

PROGRAM = """
import sys
import demur.evidence.receipt_report
import demur.evidence.verify
light = sys.stdlib_module_names | {"demur", "cryptography", "_cffi_backend", "_openssl", "__main__"}
print(*sorted({name.partition(".")[0] for name in sys.modules} - light - before))
"""


def imported_beyond(program: str) -> list[str]:
    """Return the foreign packages that a fresh interpreter holds after the program, beyond those it started with."""
    start = "import sys\nbefore = {name.partition('.')[0] for name in sys.modules}\n"
    done = subprocess.run([sys.executable, "-c", start + program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_verifiers_import_nothing_but_the_standard_library_and_cryptography():
    assert imported_beyond(PROGRAM) == []


def test_a_heavy_import_would_be_seen():
    assert "msgspec" in imported_beyond("import msgspec\n" + PROGRAM)
