"""Give every parser damaged bytes, by Atheris, which looks for bytes that make it go another way.

Atheris is no dependency of Demur: `make drill-fuzz` installs it. A parser that raises what it does not document, or
reads what it would not write, ends the drill, and libFuzzer writes the bytes to a file.

Usage: python -m demur.testing.drills.fuzzing [--seconds N]
"""

import argparse
import multiprocessing
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demur.testing.drills.parsers import Parser

# What is looked into for ways that damaged bytes could go.
_INSTRUMENTED = ["demur.keys", "demur.ledger", "demur.register.messages", "demur.register.reading", "demur.web.api"]


def check(parser: "Parser", content: bytes) -> None:
    """Let a parser read some bytes.

    Raises:
        Exception: it did not refuse them by an error that it documents, or reads them as what has another text.
    """
    try:
        found = parser.read(content)
    except parser.errors:
        return
    if parser.write is not None and parser.write(found) != content:
        message = f"these bytes have another text: {content!r}"
        raise AssertionError(message)


def _fuzz(name: str, seconds: int) -> None:
    """Fuzz one parser in this process, which ends with it."""
    import atheris  # type: ignore[import-untyped] # noqa: PLC0415 -- optional dependency

    with atheris.instrument_imports(include=_INSTRUMENTED):
        from demur.testing.drills.parsers import make_parsers  # noqa: PLC0415 -- instrumented while it is imported
    with tempfile.TemporaryDirectory(prefix="demur-fuzz-") as folder:
        parser = make_parsers(Path(folder))[name]
        for number, content in enumerate(parser.whole):
            (Path(folder) / "corpus").mkdir(exist_ok=True)
            (Path(folder) / "corpus" / str(number)).write_bytes(content)
        options = [f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=4096"]
        atheris.Setup([sys.argv[0], *options, str(Path(folder) / "corpus")], lambda content: check(parser, content))
        atheris.Fuzz()


def main() -> int:
    """Fuzz one parser after the other, and tell which of them broke."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=60, help="for each parser")
    options = parser.parse_args()
    from demur.testing.drills.parsers import make_parsers  # noqa: PLC0415 -- instrumented in each process

    with tempfile.TemporaryDirectory(prefix="demur-fuzz-") as folder:
        names = tuple(make_parsers(Path(folder)))
    broken = []
    for name in names:
        process = multiprocessing.get_context("spawn").Process(target=_fuzz, args=(name, options.seconds))
        process.start()
        process.join()
        broken += [name] * bool(process.exitcode)
    sys.stdout.write(f"{len(names)} parsers, broken: {', '.join(broken) or 'none'}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
