"""``demur evidence``: pack what an authority needs, check a pack anywhere."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common

app = App(name="evidence", help="Pack what an authority needs; check a pack on any machine, without a network.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


@app.command
def pack(
    *corpora: str, out: Path, run: Annotated[tuple[Path, ...], Parameter(negative="")] = (), common: _Common = _COMMON
) -> None:
    """Write a pack with the whole log and everything that was signed about some corpora and training runs.

    Args:
        corpora: Names of corpora; all of them when none is named.
        out: The pack to write, a ZIP file.
        run: Folders of training runs to put in as well.
        common: Options that every command shares.
    """
    from demur.cli.packing import collect  # noqa: PLC0415 -- command dispatch
    from demur.evidence.pack import write_pack  # noqa: PLC0415 -- command dispatch

    workspace = common.workspace()
    contents = collect(workspace, corpora or workspace.corpus_names(), run)
    summary = write_pack(
        out,
        contents,
        keyring=workspace.keyring,
        public_keys=workspace.public_keys_path.read_bytes(),
        at=workspace.clock.now(),
    )
    if common.json:
        print_json(
            {
                "pack": summary.path,
                "members": summary.members,
                "bytes": summary.size_bytes,
                "log_size": summary.log_size,
            }
        )
    else:
        print_lines(
            f"{summary.path}: {summary.members} members, {summary.size_bytes:,} bytes, log size {summary.log_size}"
        )


@app.command
def verify(
    pack: Path,
    *,
    trust: Path | None = None,
    receipt: Path | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Check a pack: exit status 0 means that everything in it holds, 5 that something does not.

    Needs no configuration, no register and no network.

    Args:
        pack: The pack.
        trust: The platform's public keys (`public.json`) from a place that you trust; without it those in the pack.
        receipt: A receipt that the platform gave to a person; checks also that no corpus has a row of theirs.
        json: Print one JSON object and nothing else.
    """
    from demur.evidence.errors import PackUnreadableError  # noqa: PLC0415 -- command dispatch
    from demur.evidence.verify import TRUSTED, verify_pack  # noqa: PLC0415 -- command dispatch
    from demur.keys.keyring import read_public_keys  # noqa: PLC0415 -- command dispatch

    try:
        text = receipt.read_text("utf-8") if receipt else None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{receipt} cannot be read as a receipt ({type(error).__name__})"
        raise PackUnreadableError(
            message, hint="Give the file that the person got; its name ends in .tlog-proof."
        ) from error
    report = verify_pack(pack, trust=read_public_keys(trust) if trust else None, receipt=text)
    if json:
        checks = [{"subject": check.subject, "statement": check.statement} for check in report.checks]
        print_json({"holds": True, "platform": report.platform, "log_size": report.log_size, "checks": checks})
        return
    title = f"{pack.name} of {report.platform}, made {report.made_at}: everything holds"
    print_table(title, ("about", "checked"), [(check.subject, check.statement) for check in report.checks])
    print_lines("What rests on trust:", *(f"  - {line}" for line in TRUSTED))
