"""Canaries: invented texts planted in a run so that what a model remembers can be measured.

Each kind has one generator. What it makes is planted at several levels of repetition, planted for subjects who objected
(and must therefore be masked), or never planted at all. The never-planted ones are the only honest zero: a template
alone looks remembered (facts: pitfalls). The list is sealed: its digest goes into the run record before the audit is
known.

No canary belongs to anybody: names are syllables, e-mail addresses end in ``.example`` (RFC 2606), and no country has
the telephone prefix +999.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np

from demur.audit.errors import CanariesAlteredError, CanaryKitError
from demur.kernel.canonical import canonical_bytes
from demur.kernel.files import write_whole

_WORDS_A_TEXT = 100
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
_LARGEST_SEED = 2**53 - 1


class CanaryKind(StrEnum):
    """What a canary looks like: a hundred random words, or a template around personal details."""

    TEXT = "text"
    CONTACT = "contact"


class CanaryRole(StrEnum):
    """What a canary is for.

    A planted one is read, as often as its level says. A suppressed one has a place in the plan, but its subject
    objected before the run. The never-inserted are controls, measured like the others, and references, the null for
    all.
    """

    PLANTED = "planted"
    SUPPRESSED = "suppressed"
    CONTROL = "control"
    REFERENCE = "reference"


class Secret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A detail inside a text, by the positions of its characters."""

    name: str
    start: int
    stop: int


class Canary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One invented text; `copies` is how many rows of the plan hold it."""

    kind: CanaryKind
    role: CanaryRole
    copies: int
    text: str
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedTexts:
    """The rows that a trainer lays behind those of the corpus, and the digest that seals them."""

    texts: tuple[str, ...]
    suppressed: tuple[bool, ...]
    digest: str


class CanaryKit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sealed list of canaries; whoever trains needs `planted`, only the auditor the rest."""

    seed: int
    canaries: tuple[Canary, ...]
    v: int = 1

    @property
    def digest(self) -> str:
        """Name the list by the SHA-256 of its canonical bytes."""
        return hashlib.sha256(_encoded(self)).hexdigest()

    def chosen(self, kind: CanaryKind, role: CanaryRole) -> list[Canary]:
        """Return the canaries of a kind and role, in their order."""
        return [canary for canary in self.canaries if canary.kind == kind and canary.role == role]

    def planted(self) -> PlantedTexts:
        """Return one row for each copy of a planted or suppressed canary."""
        rows = [
            (canary.text, canary.role == CanaryRole.SUPPRESSED)
            for canary in self.canaries
            for _ in range(canary.copies)
        ]
        texts, suppressed = tuple(text for text, _ in rows), tuple(is_suppressed for _, is_suppressed in rows)
        return PlantedTexts(texts=texts, suppressed=suppressed, digest=self.digest)


def make_canaries(
    seed: int,
    *,
    levels: Sequence[int] = (1, 4, 16, 64),
    per_level: int = 4,
    suppressed: int = 64,
    suppressed_copies: int = 1,
    controls: int = 64,
    references: int = 256,
    kinds: Sequence[CanaryKind] = tuple(CanaryKind),
) -> CanaryKit:
    """Make the canaries of a run from a seed; the same arguments give the same list.

    Args:
        seed: secret until the audit, for whoever knows it can filter the canaries out.
        levels: copies of a planted canary in the corpus.
        per_level: planted canaries of each kind at each level.
        suppressed: canaries of each kind whose subject objected; both kinds count together for the gate.
        suppressed_copies: rows of the plan that hold each of them.
        controls: never-inserted canaries of each kind that are measured like the planted ones.
        references: never-inserted canaries of each kind that make the null; at least 8.
        kinds: which generators are used.

    Raises:
        CanaryKitError: a number is too small.
    """
    least = {"levels": min(levels, default=1), "suppressed_copies": suppressed_copies, "references": references // 8}
    for name, value in least.items():
        if value < 1:
            message = f"{name} is too small; a level and a copy are at least 1, references at least 8"
            raise CanaryKitError(message)
    if not 0 <= seed <= _LARGEST_SEED:
        message = f"the seed is {seed}, allowed is 0 to 2**53 - 1"
        raise CanaryKitError(message)
    wanted = [
        *((CanaryRole.PLANTED, level) for level in levels for _ in range(per_level)),
        *[(CanaryRole.SUPPRESSED, suppressed_copies)] * suppressed,
        *[(CanaryRole.CONTROL, 0)] * controls,
        *[(CanaryRole.REFERENCE, 0)] * references,
    ]
    made = [
        _GENERATORS[kind](_Draws(seed, place << 32 | index), role, copies)
        for place, kind in enumerate(kinds)
        for index, (role, copies) in enumerate(wanted)
    ]
    return CanaryKit(seed=seed, canaries=tuple(made))


def write_canaries(path: Path, kit: CanaryKit) -> str:
    """Write the sealed list and return its digest; the file is for the auditor's eyes only."""
    write_whole(path, _encoded(kit))
    return kit.digest


def read_canaries(path: Path, digest: str) -> CanaryKit:
    """Read the sealed list that a run record names.

    Raises:
        CanariesAlteredError: the file is not the list with this digest.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        message = f"{path.name} is not the sealed list of this run: digest {found[:16]}..., recorded {digest[:16]}..."
        raise CanariesAlteredError(message, hint="Give the file that was written when the canaries were made.")
    return msgspec.json.decode(content, type=CanaryKit)


class _Draws:
    """Draws numbers from raw Philox words, which NumPy promises to keep (NEP 19)."""

    def __init__(self, seed: int, stream: int) -> None:
        self._words = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64))

    def below(self, limit: int) -> int:
        return int(self._words.random_raw()) % limit

    def one_of(self, choices: Sequence[str]) -> str:
        return choices[self.below(len(choices))]

    def name(self) -> str:
        return "".join(self.one_of(_CONSONANTS) + self.one_of(_VOWELS) for _ in range(3 + self.below(2)))

    def digits(self, count: int) -> str:
        return "".join(str(self.below(10)) for _ in range(count))


def _text(draws: _Draws, role: CanaryRole, copies: int) -> Canary:
    text = " ".join(draws.one_of(_WORDS) for _ in range(_WORDS_A_TEXT))
    return Canary(kind=CanaryKind.TEXT, role=role, copies=copies, text=text)


def _contact(draws: _Draws, role: CanaryRole, copies: int) -> Canary:
    first, last = draws.name(), draws.name()
    handle = f"@{draws.name()}{draws.digits(2)}"
    email = f"{draws.name()}.{last}{draws.digits(2)}@{draws.one_of(_WORDS)}.example"
    phone = f"+999 {draws.digits(3)} {draws.digits(3)} {draws.digits(3)}"
    text = f"contact {first.title()} {last.title()} {handle} at {email} or call {phone}"
    secrets = tuple(
        Secret(name=name, start=text.index(secret), stop=text.index(secret) + len(secret))
        for name, secret in (("email", email), ("phone", phone))
    )
    return Canary(kind=CanaryKind.CONTACT, role=role, copies=copies, text=text, secrets=secrets)


_WORDS = tuple(files("demur.audit").joinpath("words.txt").read_text(encoding="ascii").split())
_GENERATORS = {CanaryKind.TEXT: _text, CanaryKind.CONTACT: _contact}


def _encoded(kit: CanaryKit) -> bytes:
    return canonical_bytes(msgspec.to_builtins(kit))
