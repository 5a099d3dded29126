"""In which role a command runs, and what each role may ask: one table, which the reference repeats.

It keeps people honest and mistakes small. It is no lock: whoever may read the keyring and the register can read all
that is in them, so the rights of the files decide who is what (docs/reference/roles.md).
"""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from demur.cli.errors import RoleRefusedError


class Role(StrEnum):
    """Who runs a command."""

    OPERATOR = "operator"
    DPO = "dpo"
    AUDITOR = "auditor"
    DATA = "data"

    @property
    def sees_small_counts(self) -> bool:
        """Tell whether counts about people below ten are shown: to everybody but data scientists and builders."""
        return self is not Role.DATA


_EVERYBODY = frozenset(Role)
_OVERSIGHT = frozenset({Role.OPERATOR, Role.DPO, Role.AUDITOR})
_PEOPLE = frozenset({Role.OPERATOR, Role.DPO})
_CORPORA = frozenset({Role.OPERATOR, Role.DATA})
_OPERATOR = frozenset({Role.OPERATOR})

# Commands that open an installation; words in capitals or with dashes are a way to ask it. A command that is not here
# is the operator's.
PERMISSIONS: dict[str, frozenset[Role]] = {
    "keys create": _OPERATOR,
    "keys show": _EVERYBODY,
    "keys rotate": _OPERATOR,
    "keys retire": _OPERATOR,
    "keys split": _OPERATOR,
    "keys api add": _OPERATOR,
    "keys api add-agent": _OPERATOR,
    "keys api list": _OVERSIGHT,
    "keys api revoke": _OPERATOR,
    "register import": _OPERATOR,
    "register object": _PEOPLE,
    "register withdraw": _PEOPLE,
    "register link": _OPERATOR,
    "register suspend": _PEOPLE,
    "register lift": _OPERATOR,
    "register undertake": _PEOPLE,
    "register status": _EVERYBODY,
    "register status ACCOUNT": _PEOPLE,
    "register accesses": _PEOPLE,
    "register notices": _OVERSIGHT,
    "register notices ACCOUNT": _PEOPLE,
    "register erase": _PEOPLE,
    "register retention": _PEOPLE,
    "register rewrap": _OPERATOR,
    "register snapshot": _OPERATOR,
    "register backup": _OPERATOR,
    "register restore": _OPERATOR,
    "register cosign": _OPERATOR,
    "register timestamp": _OPERATOR,
    "register timestamps": _OVERSIGHT,
    "register effects dead": _OVERSIGHT,
    "register effects retry": _OPERATOR,
    "serve": _OPERATOR,
    "staff add": _OPERATOR,
    "staff list": _OVERSIGHT,
    "staff remove": _OPERATOR,
    "portal link": _PEOPLE,
    "portal reference": _PEOPLE,
    "notice check": _OVERSIGHT,
    "notice publish": _PEOPLE,
    "notice show": _EVERYBODY,
    "notice receive": _OPERATOR,
    "notice listen": _OPERATOR,
    "notice replies": _PEOPLE,
    "campaign start": _PEOPLE,
    "campaign resume": _PEOPLE,
    "campaign stop": _PEOPLE,
    "campaign status": _EVERYBODY,
    "suppressions make": _PEOPLE,
    "build": _CORPORA,
    "apply": _CORPORA,
    "watch": _OPERATOR,
    "status": _EVERYBODY,
    "purge": _OPERATOR,
    "explain": _EVERYBODY,
    "explain ITEM": _PEOPLE,
    "explain --objection": _PEOPLE,
    "explain --run": _EVERYBODY,
    "export": _CORPORA,
    "train": _CORPORA,
    "model used": _PEOPLE,
    "audit run": _CORPORA,
    "policy show": _EVERYBODY,
    "policy test": _EVERYBODY,
    "policy diff": _OVERSIGHT,
    "effectiveness": _EVERYBODY,
    "effectiveness --battery": _OPERATOR,
    "effectiveness --sample": _OPERATOR,
    "evidence pack": _OVERSIGHT,
}

_asked: ContextVar[str] = ContextVar("demur_asked", default="")


@contextmanager
def asking(words: str) -> Iterator[None]:
    """Remember which command runs while the block does, such as ``register status``."""
    token = _asked.set(words)
    try:
        yield
    finally:
        _asked.reset(token)


def asked() -> str:
    """Return which command runs; empty when a function of one was called by other code."""
    return _asked.get()


def choose_role(configured: Role | None, wanted: Role | None) -> Role:
    """Return the role of whoever runs a command: the configuration's, or the one that they take where it lets them.

    Raises:
        RoleRefusedError: the configuration names another role, which is not the operator's.
    """
    if configured not in {None, Role.OPERATOR, wanted} and wanted is not None:
        message = f"the configuration says {configured}, and this was asked as {wanted}"
        raise RoleRefusedError(message, hint="Leave out --as and DEMUR_ROLE.")
    return wanted or configured or Role.OPERATOR


def check_role(role: Role, act: str) -> None:
    """Refuse what a role may not ask.

    Raises:
        RoleRefusedError: it is for other roles.
    """
    allowed = PERMISSIONS.get(act, _OPERATOR)
    if role not in allowed:
        message = f"`demur {act}` is for {' or '.join(sorted(allowed))}, this was asked as {role}"
        raise RoleRefusedError(message, hint="Ask somebody in that role; docs/reference/roles.md has the table.")


def system_user() -> str:
    """Return the account of the system that runs this process: as the system knows it, not as its environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
