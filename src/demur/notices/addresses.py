"""E-mail addresses as far as mails need them: what cannot break a header, a command of SMTP or a page is taken."""

import re

from demur.notices.errors import AddressRefusedError

LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
# RFC 5321 4.1.2 without quoted local parts, which hardly anybody has and many programs break at.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{1,63}|localhost")
_LONGEST_LOCAL = 64
_HINT = "Correct it in the recipients' file; the person is told in the app meanwhile."


def check_address(text: str) -> str:
    """Return an address as SMTP takes it: an international domain in its ASCII form.

    Raises:
        AddressRefusedError: it is none, or one that a mail cannot be sent to safely.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    is_good = at and len(local) <= _LONGEST_LOCAL and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)
    if not is_good or len(local) + len(ascii_domain) >= LONGEST_ADDRESS:
        message = "an address is no e-mail address that can be used"
        raise AddressRefusedError(message, hint=_HINT)
    return f"{local}@{ascii_domain}"


def extend_address(address: str, extension: str) -> str:
    """Return an address of the same mailbox that carries a word: ``a@b.example`` becomes ``a+word@b.example``."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{extension}@{domain}"
