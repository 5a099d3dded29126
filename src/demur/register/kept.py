"""What an erasure leaves: names by which erased accounts stay out, and placeholders for whoever is linked with them.

Everything that needs to know whether an account was erased asks here. While nobody was, asking is one look at an empty
table.
"""

from collections.abc import Collection, Iterable, Sequence

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import ERASED_COLUMNS
from demur.kernel.words import ObjectionScope
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, suppression_names
from demur.policy.scope import PLACEHOLDER_COLUMNS
from demur.register.connection import Connection
from demur.register.frames import read_frame
from demur.register.schema import placeholder, suppression

_ANY = "SELECT 1 FROM suppression LIMIT 1"
_AMONG = "SELECT name, scope, in_public_role, covers_until FROM suppression WHERE name {among}"


def find_suppressed(connection: Connection, keyring: Keyring, subjects: Iterable[bytes]) -> frozenset[bytes]:
    """Return those of some subjects who were erased and stay out, for whatever they objected to."""
    return frozenset(subject for subject, *_ in _find(connection, keyring, subjects))


def find_closed(connection: Connection, keyring: Keyring, subjects: Iterable[bytes]) -> frozenset[bytes]:
    """Return those of some subjects who were erased and stay out with everything: no fact on them decides anything.

    So nothing about them is taken in again (GDPR Art. 5(1)(c)).
    """
    return frozenset(
        subject
        for subject, scope, in_public_role, covers_until in _find(connection, keyring, subjects)
        if scope == ObjectionScope.ALL.value and not in_public_role and covers_until is None
    )


def read_suppressions(connection: sa.Connection, names: Sequence[bytes] | None = None) -> pl.DataFrame:
    """Return what keeps erased accounts out (`ERASED_COLUMNS`, sorted): all of it, or that with some names."""
    kept = suppression.c
    query = sa.select(kept.name, kept.basis, kept.scope, kept.purpose, kept.covers_until, kept.in_public_role)
    query = query if names is None else query.where(kept.name.in_(names))
    return read_frame(connection, query, ERASED_COLUMNS).sort(list(ERASED_COLUMNS))


def read_placeholders(connection: sa.Connection, members: Collection[SubjectKey] | None = None) -> pl.DataFrame:
    """Return the placeholders of erased accounts (`PLACEHOLDER_COLUMNS`), or those among some subjects."""
    kept = placeholder.c
    query = sa.select(*(kept.subject, kept.purpose, kept.scope, kept.in_public_role, kept.received_at, kept.ended_at))
    query = query if members is None else query.where(kept.subject.in_(members))
    return read_frame(connection, query, PLACEHOLDER_COLUMNS)


def _find(
    connection: Connection, keyring: Keyring, subjects: Iterable[bytes]
) -> list[tuple[bytes, str, int, int | None]]:
    if connection.execute(_ANY).fetchone() is None:
        return []
    asked = sorted(set(subjects))
    subject_of = dict(zip(suppression_names(keyring, asked), asked, strict=True))
    return [(subject_of[name], *kept) for name, *kept in connection.select_among(_AMONG, list(subject_of))]
