"""Run the code blocks of one page in order: JSON on standard input, stop at the first block that fails.

Started by test_code_blocks.py in the page's folder. Each bash block has a shell of its own; the Python blocks of a page
share their names, as a reader who types them does.
"""

import json
import subprocess
import sys
import traceback


def run_shell(code: str) -> bool:
    shell = ["bash", "-euo", "pipefail", "-c", code]
    return subprocess.run(shell, check=False, stdin=subprocess.DEVNULL).returncode == 0


def run_python(code: str, where: str, names: dict[str, object]) -> bool:
    try:
        exec(compile(code, where, "exec"), names)
    except Exception:  # noqa: BLE001 -- whatever a block raises is its failure
        traceback.print_exc()
        return False
    return True


def main() -> int:
    names: dict[str, object] = {"__name__": "__main__"}
    for block in json.load(sys.stdin):
        is_python = block["language"] == "python"
        code, where = block["code"], block["where"]
        sys.stdout.flush()
        is_done = run_python(code, where, names) if is_python else run_shell(code)
        if not is_done:
            sys.stderr.write(f"\n{where} failed:\n{code}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
