"""Proof of work by the protocol of ALTCHA, version 2: challenges that we sign, solutions that we check.

The signature covers every parameter, so that none can be spliced in from another challenge, and what is spent is the
challenge, so that a second solution of it is the first one again. Junk is refused in microseconds, and checking costs a
few hashes where finding costs thousands. Tests hold it against the library of the protocol's authors.
Source: https://altcha.org/docs/v2/
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from demur.keys.keyring import Keyring
from demur.web.errors import WorkRefusedError

MAX_SOLUTION_CHARACTERS = 2_048
_LABEL = b"demur/v1/proof-of-work\0"
_DRAWN_BYTES = 16
_KEY_BYTES = 32
_COUNTER_BYTES = 4
_HINT = "Get a challenge from /api/v1/challenge, solve it, and send its solution once, before it expires."

_Hex16 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
_Hex32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


# The fields stand in the order of their names: so they are signed (canonical JSON).
class ChallengeParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has to be solved: a counter of four bytes whose derived key begins with `keyPrefix`.

    The key is SHA-256 of salt, nonce and counter, and then of itself, `cost` hashes in all. `expiresAt` is in seconds
    since 1970.
    """

    algorithm: Literal["SHA-256"] = "SHA-256"
    cost: Annotated[int, msgspec.Meta(ge=1, le=1_000)]
    expiresAt: int  # noqa: N815 -- the protocol's name
    keyLength: Literal[32] = 32  # noqa: N815 -- the protocol's name
    keyPrefix: Annotated[str, msgspec.Meta(pattern="^(00){1,8}$")]  # noqa: N815 -- the protocol's name
    nonce: _Hex16
    salt: _Hex16


class Challenge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters, and our signature of all of them."""

    parameters: ChallengeParameters
    signature: _Hex32


class _Solution(msgspec.Struct, frozen=True):
    counter: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]


class _Solved(msgspec.Struct, frozen=True):
    challenge: Challenge
    solution: _Solution


_decoder = msgspec.json.Decoder(_Solved)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRate:
    """How hard a challenge is and how long it is good.

    Attributes:
        cost: hashes of one attempt, and of one check.
        zero_bytes: how many bytes of the key are zero: a solution takes 256 to their power of attempts, on average.
        good_for_seconds: until when a solution is taken.
    """

    cost: int = 2
    zero_bytes: int = 2
    good_for_seconds: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A solved challenge: what names it, for spending, and until when it would be taken, in seconds since 1970."""

    key: bytes
    ends: float


@dataclass(frozen=True, slots=True)
class Workbench:
    """Makes challenges and checks solutions of one installation; every process of it derives the same key."""

    rate: WorkRate
    _secret: bytes

    @classmethod
    def of(cls, keyring: Keyring, rate: WorkRate) -> "Workbench":
        """Return the workbench of an installation."""
        return cls(rate, hmac.digest(keyring.proof_key, _LABEL, "sha256"))

    def challenge(self, *, now: float, draw: Callable[[int], bytes] = secrets.token_bytes) -> Challenge:
        """Return a new challenge."""
        parameters = ChallengeParameters(
            cost=self.rate.cost,
            expiresAt=int(now + self.rate.good_for_seconds),
            keyPrefix="00" * self.rate.zero_bytes,
            nonce=draw(_DRAWN_BYTES).hex(),
            salt=draw(_DRAWN_BYTES).hex(),
        )
        return Challenge(parameters=parameters, signature=self._sign(parameters))

    def check(self, solution: str, *, now: float) -> Work:
        """Return the work of a solution, base64 as ALTCHA has it; whether it was spent before is not told here.

        Raises:
            WorkRefusedError: it is too long, no solution, none of a challenge of ours, or too late.
        """
        solved = _decode(solution)
        parameters = solved.challenge.parameters
        if parameters.expiresAt <= now:
            message = "the challenge has expired"
            raise WorkRefusedError(message, hint=_HINT)
        if not hmac.compare_digest(self._sign(parameters), solved.challenge.signature):
            message = "the challenge is not one of ours"
            raise WorkRefusedError(message, hint=_HINT)
        if not derive_key(parameters, solved.solution.counter).hex().startswith(parameters.keyPrefix):
            message = "the solution does not hold"
            raise WorkRefusedError(message, hint=_HINT)
        return Work(key=bytes.fromhex(parameters.nonce), ends=float(parameters.expiresAt))

    def _sign(self, parameters: ChallengeParameters) -> str:
        return hmac.digest(self._secret, _encoder.encode(parameters), "sha256").hex()


def derive_key(parameters: ChallengeParameters, counter: int) -> bytes:
    """Return the key of one attempt."""
    password = bytes.fromhex(parameters.nonce) + counter.to_bytes(_COUNTER_BYTES, "big")
    key = hashlib.sha256(bytes.fromhex(parameters.salt) + password).digest()
    for _ in range(parameters.cost - 1):
        key = hashlib.sha256(key).digest()
    return key[:_KEY_BYTES]


def _decode(solution: str) -> _Solved:
    if len(solution) > MAX_SOLUTION_CHARACTERS:
        message = f"the solution has more than {MAX_SOLUTION_CHARACTERS:,} characters"
        raise WorkRefusedError(message, hint=_HINT)
    try:
        return _decoder.decode(base64.b64decode(solution, validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError) as error:
        message = "the solution cannot be read"
        raise WorkRefusedError(message, hint=_HINT) from error
