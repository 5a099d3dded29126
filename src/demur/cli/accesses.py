"""``demur register accesses``: who read what is recorded about one person, so that they can be told."""

from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_table, printable
from demur.cli.workspace import Common
from demur.kernel.clock import timestamp
from demur.keys.subjects import subject_key
from demur.register.accesses import read_accesses

_COMMON = Common()
_COLUMNS = ("at", "role", "reader", "act", "reason")


def list_accesses(
    account: str, *, reason: str | None = None, common: Annotated[Common, Parameter(name="*")] = _COMMON
) -> None:
    """Tell who read the record of one account, when, by what, and why if they said so; this read is the last of them.

    Looks by the person themselves, through the link of a notice or by a receipt, are there too.

    Args:
        account: The account's id on the platform.
        reason: Why you ask; the person can be told. Name nobody in it.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    reader = workspace.reader(reason=reason)
    with workspace.open_register() as register:
        found = read_accesses(register, subject_key(workspace.keyring, account), reader, at=workspace.clock.now())
    rows = [(timestamp(one.at), one.reader.role, one.reader.name, one.reader.act, one.reader.reason) for one in found]
    if common.json:
        print_json({"accesses": [dict(zip(_COLUMNS, row, strict=True)) for row in rows]})
    else:
        safe = [tuple(cell and printable(cell) for cell in row) for row in rows]
        print_table("Reads of the account's record", _COLUMNS, safe)
