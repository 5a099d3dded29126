"""``demur suppressions``: what people without an account asked to leave out, as keyed hashes that a build looks for."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.errors import TermsUnreadableError
from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common
from demur.filters.suppressions import build_suppressions
from demur.kernel.files import write_whole

app = App(name="suppressions", help="What people without an account asked to leave out.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


@app.command
def make(terms: Path, *, out: Path, common: _Common = _COMMON) -> None:
    """Turn a list of names, handles, addresses and links into keyed hashes, and forget the list.

    Name the file under `[build] suppressions` in the configuration: every corpus built from then on has `[SUPPRESSED]`
    where a term stood, and `demur apply` takes the items in which one stands out of corpora that are there. The file
    holds no term; whoever has the keyring could still try a list of names against it.

    Args:
        terms: A text file in UTF-8, one term of one to five words a line.
        out: The file of keyed hashes to write.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    try:
        lines = terms.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{terms} cannot be read as UTF-8 text ({type(error).__name__})"
        raise TermsUnreadableError(message, hint="Give a text file with one term a line.") from error
    made = build_suppressions([line for line in lines if line.strip()], workspace.keyring.suppression_key)
    write_whole(out, made.to_bytes())
    if common.json:
        print_json({"suppressions": out, "spans": len(made), "digest": made.digest()})
    else:
        print_lines(f"{out}: {len(made):,} keyed spans, digest {made.digest()[:16]}...")
