"""What an `erasure` entry says: that the record of one earlier entry, and what opens it, was destroyed.

The statement is known to everybody, so that the log alone tells which entry it is about: whoever reads an old copy of
the register can find what was erased since. It names one entry, because two in one statement would belong together.
"""

from collections.abc import Mapping

from demur.kernel.errors import IntegrityError
from demur.keys.encoding import encode_json
from demur.ledger.leaves import digest_document


class ErasureUnknownError(IntegrityError):
    """An entry says that another one was erased, and there is none that it could be about."""

    code = "erasure-unknown"


def erasure_digest(origin: str, erased: int | None) -> bytes:
    """Return the digest that an `erasure` entry holds.

    Args:
        origin: the origin of the log.
        erased: the index of the entry whose record was destroyed; None where an account without entries was erased.
    """
    return digest_document(encode_json({"v": 1, "log": origin, "erased": erased}))


def find_erased(origin: str, entries: Mapping[int, bytes]) -> dict[int, int | None]:
    """Return which entry each `erasure` entry is about, given the digests of these by their indices.

    Raises:
        ErasureUnknownError: one is about no earlier entry.
    """
    if not entries:
        return {}
    wanted = set(entries.values())
    known: dict[bytes, int | None] = {
        digest: index for index in range(max(entries)) if (digest := erasure_digest(origin, index)) in wanted
    }
    known[erasure_digest(origin, None)] = None
    found: dict[int, int | None] = {}
    for index, digest in entries.items():
        erased = known.get(digest, index)
        if erased is not None and erased >= index:
            message = f"entry {index} says that an entry was erased, which is none of those before it"
            raise ErasureUnknownError(message, hint="The log was not written by Demur; keep it as it is.")
        found[index] = erased
    return found
