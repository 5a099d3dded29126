"""Run ``demur_verify.py`` on many receipts, in an interpreter that has nothing but its standard library.

Usage: python -I -S bare_python.py demur_verify.py VKEY < cases > answers, with cases and answers as the other programs
have them. The file is loaded from its path, because such an interpreter does not know where Demur is.
"""

import base64
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.Ed25519PublicKey is not None:
        message = "this interpreter has cryptography, so it does not test what it should"
        raise RuntimeError(message)
    return module


def answer(module: ModuleType, receipt: bytes, vkey: str) -> str:
    try:
        module.check_receipt(receipt.decode("utf-8"), module.read_key(vkey, module.LOG_KEY))
    except (module.RefusedError, UnicodeDecodeError) as error:
        return f"refused: {' '.join(str(error)[:200].split())}"
    return "accepted"


def main() -> None:
    module = load(Path(sys.argv[1]))
    for line in sys.stdin:
        receipt = base64.b64decode(json.loads(line)["receipt"])
        sys.stdout.write(f"{answer(module, receipt, sys.argv[2])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
