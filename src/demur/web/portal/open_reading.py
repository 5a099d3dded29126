"""What somebody without an account entered, read as terms: each line one thing to find content by.

Nobody is asked to say what it is. In doubt a line is read as what keeps more out; the page says how it was read, and a
line can be sent again in another spelling.
"""

import re

from demur.policy.handling import TermKind
from demur.register.requests_terms import Term

# With a ticket, this much stands in an address that every browser and proxy takes.
MAX_ENTERED_BYTES = 3_000
MAX_LINES = 100
MAX_HINT_CHARACTERS = 200

_PAGE = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+|[^\s@/]+\.[^\W\d]{2,}/\S*", re.IGNORECASE)
# With a dot it may be a site as well: what follows from a handle covers both.
_HANDLE = re.compile(r"@[\w.-]+(?:@[\w.-]+)?|[\w.-]*[\d_][\w.-]*|\w[\w-]*(?:\.[\w-]+)+")
_NUMBER = re.compile(r"[\d_.:-]+")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


def read_lines(entered: str) -> tuple[str, ...]:
    """Return the lines that say something."""
    plain = _CONTROL.sub(" ", entered.replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(dict.fromkeys(line.strip() for line in plain.split("\n") if line.strip()))


def read_terms(entered: str) -> tuple[Term, ...]:
    """Return each line as a term."""
    return tuple(Term(kind=_kind(line), text=line) for line in read_lines(entered))


def is_findable(term: Term) -> bool:
    """Tell whether there is enough in a term to look for it: two letters or digits, or one that is a whole word."""
    found = [letter for letter in term.text if letter.isalnum()]
    return (
        len(found) > 1 or any(not letter.isascii() for letter in found) or (term.kind is TermKind.ITEM and any(found))
    )


def _kind(line: str) -> TermKind:
    if _PAGE.fullmatch(line):
        return TermKind.LINK
    if _NUMBER.fullmatch(line) and any(letter.isdigit() for letter in line):
        return TermKind.ITEM
    if _HANDLE.fullmatch(line):
        return TermKind.HANDLE
    if _MAIL.fullmatch(line) or any(letter.isdigit() for letter in line):
        return TermKind.ADDRESS
    return TermKind.NAME
