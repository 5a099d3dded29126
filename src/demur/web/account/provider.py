"""The code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636), as a confidential client; nothing of it is stored.

What a provider says of a person beyond the configured claims is dropped here: no name and no address goes further.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt

from demur.web.account.settings import LoginSettings
from demur.web.errors import LoginFailedError, LoginUnavailableError

# Signatures with a public key: a shared secret or none at all is never taken, whatever a token's header says.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_TIMEOUT_SECONDS = 10
_MAX_BYTES = 1_000_000
_FRESH_SECONDS = 600.0
_LEEWAY_SECONDS = 60
_RANDOM_BYTES = 32
_MASK = "•••"
_SHORTEST_WITH_END = 3
_AGAIN = "Log in again from the account page."
_SILENT = "the provider of logins does not answer as one: {}"
_OTHER_WAY = "Objecting needs no login: the link of the notice works."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A login that was begun: what the session keeps until the person comes back, and where they are sent."""

    state: str
    nonce: str
    verifier: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """Whose login it was: the id of the account, of others that the provider says are theirs, and names, masked."""

    account: str
    linked: tuple[str, ...] = ()
    handles: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Provider:
    """The provider of an installation; it may be asked from several threads.

    Attributes:
        settings: which one, and who we are to it.
        seconds: a clock that never goes back, for how long its documents are kept.
    """

    settings: LoginSettings
    seconds: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def begin(self, back: str) -> Asked:
        """Return where somebody is sent to log in, and what to keep for `finish`.

        Args:
            back: the address to which they come back.

        Raises:
            LoginUnavailableError: the provider does not answer, or not as one.
        """
        state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        begins = self._endpoint("authorization_endpoint")
        address = f"{begins}{'&' if urlsplit(begins).query else '?'}{urlencode(query)}"
        return Asked(state=state, nonce=nonce, verifier=verifier, address=address)

    def finish(self, answer: Mapping[str, str], *, state: str, nonce: str, verifier: str, back: str) -> LoggedIn:
        """Return whose login it was.

        Args:
            answer: the query with which the provider sent the person back.
            state: of the login that was begun, as `nonce` and `verifier` are.
            back: the address that `begin` was given.

        Raises:
            LoginFailedError: nobody logged in, or the answer is not to what was asked.
            LoginUnavailableError: the provider does not answer.
        """
        # RFC 9207: an answer that names another issuer is another provider's.
        is_ours = hmac.compare_digest(answer.get("state", "").encode(), state.encode()) and (
            answer.get("iss", self.settings.issuer) == self.settings.issuer
        )
        code = answer.get("code", "")
        if not (is_ours and code):
            message = "the provider sent no code for this login"
            raise LoginFailedError(message, hint=_AGAIN)
        token = self._exchange(code, verifier, back).get("id_token")
        if not isinstance(token, str):
            message = "the provider sent no ID token"
            raise LoginFailedError(message, hint=_AGAIN)
        return self._read(self._verify(token, nonce))

    def _exchange(self, code: str, verifier: str, back: str) -> Mapping[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        # RFC 6749 2.3.1: both are encoded as in a form before they are joined.
        named = f"{quote(self.settings.client_id, safe='')}:{quote(self.settings.secret, safe='')}"
        headers = {"Authorization": f"Basic {base64.b64encode(named.encode()).decode()}"}
        return _ask(self._endpoint("token_endpoint"), body=urlencode(form).encode(), headers=headers)

    def _verify(self, token: str, nonce: str) -> Mapping[str, Any]:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                self._key_of(token),
                algorithms=list(_ALGORITHMS),
                issuer=self.settings.issuer,
                audience=self.settings.client_id,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            message = f"the ID token does not hold ({type(error).__name__})"
            raise LoginFailedError(message, hint=_AGAIN) from error
        said = claims.get("nonce")
        if not (isinstance(said, str) and hmac.compare_digest(said.encode(), nonce.encode())):
            message = "the ID token is of another login"
            raise LoginFailedError(message, hint=_AGAIN)
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            message = "the ID token is for another client"
            raise LoginFailedError(message, hint=_AGAIN)
        return claims

    def _key_of(self, token: str) -> jwt.PyJWK:
        """Return the key that a token says it is signed with; keys are read anew once when it is not among them."""
        named = jwt.get_unverified_header(token).get("kid")
        for is_last in (False, True):
            keys = jwt.PyJWKSet.from_dict(dict(self._document(self._endpoint("jwks_uri"), is_anew=is_last))).keys
            usable = [key for key in keys if key.public_key_use in {None, "sig"} and named in {None, key.key_id}]
            if len(usable) == 1:
                return usable[0]
        message = "the provider has no key of that name"
        raise LoginFailedError(message, hint=_AGAIN)

    def _read(self, claims: Mapping[str, Any]) -> LoggedIn:
        account = claims.get(self.settings.account_claim)
        if not isinstance(account, str) or not account:
            message = f"the ID token has no text as {self.settings.account_claim}"
            raise LoginFailedError(message, hint=_AGAIN)
        linked = claims.get(self.settings.linked_claim or "", [])
        if not (isinstance(linked, list) and all(isinstance(one, str) and one for one in linked)):
            message = f"the ID token has no list of texts as {self.settings.linked_claim}"
            raise LoginFailedError(message, hint=_AGAIN)
        others = tuple(one for one in dict.fromkeys(linked) if one != account)
        return LoggedIn(account=account, linked=others, handles=self._read_handles(claims, (account, *others)))

    def _read_handles(self, claims: Mapping[str, Any], accounts: Sequence[str]) -> Mapping[str, str]:
        """Return the masked names of some accounts; a name that is none keeps nobody from logging in."""
        said = claims.get(self.settings.handles_claim or "")
        named = {one: said.get(one) for one in accounts} if isinstance(said, dict) else {}
        return {one: masked for one, name in named.items() if isinstance(name, str) and (masked := mask_handle(name))}

    def _endpoint(self, name: str) -> str:
        address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        document = self._document(address, is_anew=False)
        found = document.get(name)
        # Discovery 1.0, 4.3: a document that names another issuer is another's.
        if document.get("issuer") != self.settings.issuer or not isinstance(found, str) or not _is_confidential(found):
            message = f"the provider's configuration has no usable {name}"
            raise LoginUnavailableError(message, hint="Compare login.issuer with the provider's own word.")
        return found

    def _document(self, address: str, *, is_anew: bool) -> Mapping[str, Any]:
        with self._lock:
            kept = self._kept.get(address)
        if kept is not None and not is_anew and self.seconds() - kept[0] < _FRESH_SECONDS:
            return kept[1]
        document = _ask(address)
        with self._lock:
            self._kept[address] = (self.seconds(), document)
        return document


def mask_handle(handle: str) -> str:
    """Return the first and last letter of a handle: its holder knows it again, and a bystander cannot read it.

    One of less than four letters and digits shows its first alone; one without any, nothing.
    """
    letters = [letter for letter in unicodedata.normalize("NFC", handle) if letter.isalnum()]
    if not letters:
        return ""
    return f"{letters[0]}{_MASK}{letters[-1] if len(letters) > _SHORTEST_WITH_END else ''}"


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: what is asked holds a secret or decides whom to believe."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""


_opener = urllib.request.build_opener(_Stay)


def _ask(address: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    request = urllib.request.Request(address, data=body, headers=dict(headers or {}))  # noqa: S310 -- checked before
    try:
        with _opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
            read = json.loads(response.read(_MAX_BYTES))
    except urllib.error.HTTPError as error:
        if body is not None and error.code in {400, 401}:
            message = f"the provider refuses the code ({error.code})"
            raise LoginFailedError(message, hint=_AGAIN) from error
        raise LoginUnavailableError(_SILENT.format(f"status {error.code}"), hint=_OTHER_WAY) from error
    except (OSError, ValueError) as error:
        raise LoginUnavailableError(_SILENT.format(type(error).__name__), hint=_OTHER_WAY) from error
    if not isinstance(read, dict):
        raise LoginUnavailableError(_SILENT.format("no object"), hint=_OTHER_WAY)
    return read


def _is_confidential(address: str) -> bool:
    parsed = urlsplit(address)
    return parsed.scheme == "https" or (parsed.scheme == "http" and parsed.hostname in _THIS_MACHINE)
