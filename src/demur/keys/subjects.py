"""Keyed names: how a person, an item and an accounts centre are called beyond the register and the sources.

A subject key cannot be turned back, or guessed from a list of account ids, without the keyring; the same account is
another key on another platform. Proof keys are apart (their own master key), because a person holds theirs. This module
needs only the standard library: a person computes a pseudonym offline from the proof key in the receipt.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NewType
from urllib.parse import quote, urlsplit

from demur.kernel.errors import InputError
from demur.keys.keyring import Keyring

SubjectKey = NewType("SubjectKey", bytes)
ItemKey = NewType("ItemKey", bytes)

NAME_BYTES = 16
_KEYRINGS_AT_ONCE = 4
_PROOF_KEY_LABEL = b"demur/v1/proof-key\0"
_COMMITMENT_LABEL = b"demur/v1/proof-key-commitment\0"
_TARGET_LABEL = b"demur/v1/target-commitment\0"
_SUPPRESSION_LABEL = b"demur/v1/erased"

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
# RFC 3986 section 2.3: these letters mean the same whether they are escaped or not.
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]", re.ASCII)
_KEPT_LETTERS = "%!$&'()*+,;=:@/?[]"


class EmptyIdError(InputError):
    """An account, item or group has an empty id."""

    code = "empty-id"


def subject_key(keyring: Keyring, account: str) -> SubjectKey:
    """Return the 16 bytes that stand for an account beyond register and source.

    Raises:
        EmptyIdError: the id is empty.
    """
    return SubjectKey(_one_name(keyring.subject_key, keyring.platform, account))


def subject_keys(keyring: Keyring, accounts: Sequence[str | None]) -> list[bytes | None]:
    """Return the subject keys of many accounts; None and the empty id stay None (author unknown)."""
    return _names(keyring.subject_key, keyring.platform, accounts)


def item_key(keyring: Keyring, item: str) -> ItemKey:
    """Return the 16 bytes that stand for an item.

    Raises:
        EmptyIdError: the id is empty.
    """
    return ItemKey(_one_name(keyring.item_key, keyring.platform, item))


def item_keys(keyring: Keyring, items: Sequence[str | None]) -> list[bytes | None]:
    """Return the item keys of many items; None and the empty id stay None."""
    return _names(keyring.item_key, keyring.platform, items)


def group_key(keyring: Keyring, group: str) -> bytes:
    """Return the 16 bytes that stand for an accounts centre; never equal to the key of an item with the same id.

    Raises:
        EmptyIdError: the id is empty.
    """
    return _one_name(keyring.item_key, "group\0" + keyring.platform, group)


def contact_key(keyring: Keyring, contact: str) -> bytes:
    """Return the 16 bytes that stand for a verified contact; case and spaces make no second one.

    Raises:
        EmptyIdError: the contact is empty.
    """
    return _one_name(keyring.item_key, "contact\0" + keyring.platform, "".join(contact.split()).casefold())


def holder_key(keyring: Keyring, holder: str) -> bytes:
    """Return the 16 bytes that stand for whoever holds an account; another value shows that it changed hands.

    Raises:
        EmptyIdError: the id is empty.
    """
    return _one_name(keyring.item_key, "holder\0" + keyring.platform, holder)


def page_key(keyring: Keyring, address: str) -> bytes:
    """Return the 16 bytes that stand for a web page, however its address is spelled.

    One page are: ``http`` and ``https``, and an address without either; upper and lower case of the host; its default
    port; a fragment, a slash at the end and escapes that say nothing (RFC 3986 section 6.2.2). The query counts.

    Raises:
        EmptyIdError: the address is empty.
    """
    return _one_name(keyring.item_key, "page\0" + keyring.platform, _plain_address(address))


def page_keys(keyring: Keyring, addresses: Sequence[str | None]) -> list[bytes | None]:
    """Return the page keys of many addresses; None and the empty address stay None."""
    plain = [None if address is None else _plain_address(address) for address in addresses]
    return _names(keyring.item_key, "page\0" + keyring.platform, plain)


def request_key(keyring: Keyring, code: str) -> bytes:
    """Return the 16 bytes by which the register knows a request again whose sender holds a code.

    Raises:
        EmptyIdError: the code is empty.
    """
    return _one_name(keyring.item_key, "request\0" + keyring.platform, code)


def target_commitment(target_key: bytes) -> bytes:
    """Return the 32 bytes by which an objection's record names an item or a page; the key itself stays inside."""
    return hashlib.sha256(_TARGET_LABEL + target_key).digest()


def proof_key(keyring: Keyring, subject: SubjectKey) -> bytes:
    """Return the 32 bytes that a person gets in the receipt, to compute their pseudonym in any corpus."""
    keyed = _proof_key_state(keyring.proof_key).copy()
    keyed.update(subject)
    return keyed.digest()


def proof_key_commitment(proof_key: bytes) -> bytes:
    """Return the 32 bytes by which an objection's record binds the platform to one proof key.

    Without it the platform could later hand over another key, whose pseudonym is in no corpus.
    """
    return hashlib.sha256(_COMMITMENT_LABEL + proof_key).digest()


def corpus_pseudonym(proof_key: bytes, corpus_id: bytes) -> bytes:
    """Return the 16 bytes that stand for a person in one corpus; they differ in every corpus."""
    return hmac.digest(proof_key, corpus_id, "sha256")[:NAME_BYTES]


def corpus_pseudonyms(keyring: Keyring, subjects: Iterable[bytes], corpus_id: bytes) -> list[bytes]:
    """Return the pseudonyms of many subject keys in one corpus, in their order."""
    return [corpus_pseudonym(proof_key(keyring, SubjectKey(subject)), corpus_id) for subject in subjects]


@lru_cache(maxsize=_KEYRINGS_AT_ONCE)
def _proof_key_state(key: bytes) -> hmac.HMAC:
    # Copying the keyed state is cheaper than keying again, and keeps Python's lock, which `hmac.digest` gives away.
    return hmac.new(key, _PROOF_KEY_LABEL, "sha256")


def suppression_names(keyring: Keyring, subjects: Iterable[bytes]) -> list[bytes]:
    """Return for each subject key the 16 bytes that keep an erased account out, in their order.

    They are made with a key of their own, so that they meet nothing else that anybody holds of the account (ADR-0018).
    """
    keyed = hashlib.blake2b(digest_size=NAME_BYTES, key=keyring.suppression_key, person=_SUPPRESSION_LABEL)
    names = []
    for subject in subjects:
        state = keyed.copy()
        state.update(subject)
        names.append(state.digest())
    return names


def _one_name(key: bytes, platform: str, identifier: str) -> bytes:
    (name,) = _names(key, platform, [identifier])
    if name is None:
        message = "an id, a contact or an address is empty"
        raise EmptyIdError(message)
    return name


def _names(key: bytes, platform: str, identifiers: Sequence[str | None]) -> list[bytes | None]:
    # BLAKE2b (RFC 7693) takes key and platform as parameters; copying the keyed state is cheaper than keying again.
    person = hashlib.sha256(platform.encode("utf-8")).digest()[:NAME_BYTES]
    keyed = hashlib.blake2b(digest_size=NAME_BYTES, key=key, person=person)
    known: dict[str | None, bytes | None] = {None: None, "": None}
    names: list[bytes | None] = []
    for identifier in identifiers:
        if identifier not in known:
            known[identifier] = _digest(keyed.copy(), identifier)
        names.append(known[identifier])
    return names


def _digest(state: hashlib.blake2b, identifier: str | None) -> bytes:
    # One id has one key, also when a system stored its accents apart from their letters. A lone surrogate, which JSON
    # can carry, must not stop the rest of a batch.
    state.update(unicodedata.normalize("NFC", identifier or "").encode("utf-8", "surrogatepass"))
    return state.digest()


def _plain_address(address: str) -> str:
    """Return one spelling for all addresses of one page; what cannot be read as an address stays as it is."""
    text = unicodedata.normalize("NFC", address.strip())
    has_scheme = _SCHEME.match(text) is not None
    if not text or (not has_scheme and "@" in text.partition("/")[0]):
        return text  # a mail address must not become the page of its host
    try:
        parts = urlsplit(text if has_scheme else f"https://{text.lstrip('/')}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return text
    scheme = "https" if parts.scheme in _DEFAULT_PORTS else parts.scheme
    place = _plain_host(host) if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f"{_plain_host(host)}:{port}"
    query = f"?{_plain_escapes(parts.query)}" if parts.query else ""
    return f"{scheme}://{place}{_plain_escapes(parts.path).rstrip('/')}{query}"


def _plain_host(host: str) -> str:
    try:
        return host.rstrip(".").encode("idna").decode()
    except UnicodeError:
        return host


def _plain_escapes(text: str) -> str:
    escaped = quote(text, safe=_KEPT_LETTERS, errors="surrogatepass")
    return _ESCAPE.sub(_plain_escape, escaped)


def _plain_escape(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if _UNRESERVED.fullmatch(letter) else found[0].upper()
