"""Cut a secret everywhere once it was found anywhere: one copy that is left is enough for a model to learn it.

What the text filter found is written down as keyed hashes of its letters and digits, without case, accents, spaces and
signs. Every text is then searched for them: a telephone number without a cue, an account number in lower case and
grouped otherwise, what stands before the @ of a mail address. A mention begins and ends where a word does. Hashes have
64 bits under a key of the build: among 10**7 secrets, chance cuts one stretch of words in 10**12 by mistake (ADR-0030).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.exchange.columns import Schema
from demur.filters.hashing import siphash13
from demur.filters.identifiers import PLACEHOLDERS
from demur.filters.letters import ITEM_MARK, Reading, base_powers, reading
from demur.filters.places import Label
from demur.filters.text import Part, Redacted, cut_parts
from demur.filters.words import text_buffer

MOST_LETTERS: Final = 96
"""In bytes: what is longer is no secret that somebody writes twice in two ways."""
SECRET_COLUMNS: Schema = {"hash": pl.UInt64, "rule": pl.UInt16, "letters": pl.UInt8}
"""One form of a secret: its hash, what a mention must be like (`secret_kernel.Rules`), how many bytes of letters."""

CONSISTENCY_VERSION: Final = "consistency-1"
"""Changes whenever other values are looked for, or others are taken for a mention."""

_FEWEST_SYMBOLS, _FEWEST_DIGITS, _LONG_DIGITS, _FEWEST_DIFFERENT = 6, 8, 12, 3
_FOUND_COLUMNS: Schema = {"label": pl.UInt8, "text": pl.String}
_BLOOM_BITS, _BUCKET_ENTRIES = 10, 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Secrets:
    """The hashes of what was found, sorted, and what a mention of each must be like: less than 12 bytes an entry."""

    hashes: npt.NDArray[np.uint64]
    rules: npt.NDArray[np.uint16]
    bloom: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.uint32]
    wanted: npt.NDArray[np.bool_]
    key: bytes = field(repr=False)

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.hashes)


# ---------------------------------------------------------------------------------------------------------------- forms
@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """A way in which a secret of some classes is looked for.

    Attributes:
        value: what is looked for, of the column ``text``; null for nothing.
        holds: which values are worth it, of the column ``value``.
        fewest_words: a value of fewer words is not looked for.
        is_exact: a mention has as many words as the value; otherwise letters and digits may be grouped in any way.
        is_tight: no space parts the words of a mention.
    """

    labels: tuple[Label, ...]
    value: pl.Expr
    holds: pl.Expr
    fewest_words: int = 1
    is_exact: bool = False
    is_tight: bool = False


_TEXT, _VALUE = pl.col("text"), pl.col("value")
_HAS_DIGIT, _HAS_LETTER = _VALUE.str.contains(r"\p{Nd}"), _VALUE.str.contains(r"\p{L}")
_SYMBOLS = _VALUE.str.count_matches(r"[\p{L}\p{N}]")
# Numbers are prices, dates and counts as well, and 10 000 000 is nobody's.
_IS_ROUND = _SYMBOLS.lt(_LONG_DIGITS) & _VALUE.str.extract_all(r"\p{Nd}").list.n_unique().lt(_FEWEST_DIFFERENT)
_IS_NUMBER = _SYMBOLS.ge(_FEWEST_DIGITS) & ~_IS_ROUND
_IS_LONG = pl.when(_HAS_LETTER).then(_SYMBOLS.ge(_FEWEST_SYMBOLS)).otherwise(_IS_NUMBER)
# A word of a language is no secret; with a digit, a full stop or a low line inside it hardly is one.
_IS_NO_WORD = _IS_LONG & (_HAS_DIGIT | _VALUE.str.contains(r"[\p{L}\p{N}][._][\p{L}\p{N}]"))

_NUMBERS = (Label.PHONE, Label.CREDIT_CARD, Label.NATIONAL_ID, Label.IBAN, Label.PLATE, Label.OTHER)
_DIGITS = _TEXT.str.replace(r"\(\s*0\s*\)", "").str.replace_all(r"\P{Nd}", "")
_IS_ABROAD = _TEXT.str.contains(r"^[^\p{L}\p{N}]*(?:\+|00)")
_ABROAD = pl.when(_IS_ABROAD).then(_DIGITS.str.strip_prefix("00"))
# ITU-T E.164 with the assignments of E.164.D: zones 1 and 7, codes of two digits, all others have three.
_COUNTRY = r"^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})"
_NATIONAL = pl.coalesce(
    _ABROAD.str.replace(_COUNTRY, "").str.strip_chars_start("0"),
    pl.when(_DIGITS.str.contains(r"^0[^0]")).then(_DIGITS.str.strip_prefix("0")),
)
# 06 and 8 are said before a number at home in Hungary and Lithuania, nothing in some countries, 0 in most.
_TRUNKS = ("", "0", "06", "8")

_FORMS = (
    _Form(labels=_NUMBERS, value=_TEXT, holds=_IS_LONG & _HAS_DIGIT),
    # Spelled out in words.
    _Form(labels=_NUMBERS, value=_TEXT, holds=_IS_LONG & ~_HAS_DIGIT, fewest_words=3, is_exact=True),
    _Form(labels=(Label.PHONE,), value=_ABROAD, holds=_IS_LONG),
    _Form(labels=(Label.PHONE,), value="00" + _ABROAD, holds=_IS_LONG),
    *(
        _Form(
            labels=(Label.PHONE,), value=trunk + _NATIONAL, holds=_IS_NUMBER & _SYMBOLS.ge(_FEWEST_DIGITS + len(trunk))
        )
        for trunk in _TRUNKS
    ),
    _Form(labels=(Label.EMAIL,), value=_TEXT, holds=_SYMBOLS.ge(_FEWEST_SYMBOLS), fewest_words=2),
    _Form(
        labels=(Label.EMAIL,),
        value=_TEXT.str.extract(r"^([^@\s+]+)[^@\s]*@"),
        holds=_IS_NO_WORD,
        is_exact=True,
        is_tight=True,
    ),
    _Form(
        labels=(Label.HANDLE,),
        value=_TEXT.str.extract(r"^@?([^@\s]+)"),
        holds=_IS_NO_WORD,
        is_exact=True,
        is_tight=True,
    ),
    _Form(labels=(Label.IP,), value=_TEXT, holds=_SYMBOLS >= _FEWEST_SYMBOLS, is_exact=True, is_tight=True),
    _Form(
        labels=(Label.URL,),
        value=_TEXT.str.replace(r"^(?:[a-z]+://)?(?:www\.)?", ""),
        holds=_IS_LONG,
        fewest_words=3,
        is_exact=True,
        is_tight=True,
    ),
    _Form(labels=(Label.ADDRESS,), value=_TEXT, holds=_IS_LONG & _HAS_DIGIT, fewest_words=2, is_exact=True),
    # Street and number, without the place behind it.
    _Form(
        labels=(Label.ADDRESS,),
        value=_TEXT.str.extract(r"^([^,;\n]+)[,;\n]"),
        holds=_IS_LONG & _HAS_DIGIT & _HAS_LETTER,
        fewest_words=2,
        is_exact=True,
    ),
)


def hash_secrets(parts: Iterable[Part], key: bytes) -> pl.DataFrame:
    """Return the hashes of what was found in texts under a key of 16 bytes: `SECRET_COLUMNS`, each once, sorted."""
    found = pl.concat([pl.DataFrame(schema=_FOUND_COLUMNS), *map(_found_texts, parts)]).unique()
    plain = found.with_columns(_TEXT.str.normalize("NFKC").str.to_lowercase())
    return join_secrets([_hash_form(form, plain, key) for form in _FORMS] if plain.height else [])


def join_secrets(hashed: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return tables of hashes as one, in which each stands once, sorted."""
    return pl.concat([pl.DataFrame(schema=SECRET_COLUMNS), *hashed]).unique().sort(*SECRET_COLUMNS)


def _found_texts(part: Part) -> pl.DataFrame:
    content, rows = part.data, part.found[:, 1:].tolist()
    texts = pl.Series([content[start:end].tobytes() for start, end, _ in rows], dtype=pl.Binary).cast(pl.String)
    return pl.DataFrame({"label": part.found[:, 3], "text": texts}, schema_overrides=_FOUND_COLUMNS)


def _hash_form(form: _Form, found: pl.DataFrame, key: bytes) -> pl.DataFrame:
    from demur.filters import secret_kernel  # noqa: PLC0415 -- slow import

    values = (
        found.filter(pl.col("label").is_in(list(map(int, form.labels))))
        .select("label", form.value.alias("value"))
        .filter(form.holds.fill_null(value=False))
    )
    buffer = text_buffer(values["value"])
    hashes = np.empty(values.height, dtype=np.uint64)
    letters, words = np.empty(values.height, dtype=np.int64), np.empty(values.height, dtype=np.int64)
    secret_kernel.hash_forms((buffer.data, buffer.offsets), _reading(key), hashes, letters, words)
    rules = values["label"].to_numpy().astype(np.uint16) | np.uint16(secret_kernel.TIGHT * form.is_tight)
    if form.is_exact:
        rules |= (words << secret_kernel.WORDS_SHIFT).astype(np.uint16)
    fits = (words >= form.fewest_words) & (words <= secret_kernel.MOST_WORDS) & (letters <= MOST_LETTERS)
    return pl.DataFrame(
        {"hash": hashes[fits], "rule": rules[fits], "letters": letters[fits]}, schema_overrides=SECRET_COLUMNS
    )


# --------------------------------------------------------------------------------------------------------------- search
def list_secrets(hashed: pl.DataFrame, key: bytes) -> Secrets:
    """Make a table to search by out of hashes (`SECRET_COLUMNS`, sorted) under a key."""
    from demur.filters import lookup_kernel  # noqa: PLC0415 -- slow import

    hashes, rules = (hashed[name].to_numpy().copy() for name in ("hash", "rule"))
    bloom = np.zeros(len(hashes) * _BLOOM_BITS // 64 + 1, dtype=np.uint64)
    starts = np.zeros(len(hashes) // _BUCKET_ENTRIES + 2, dtype=np.uint32)
    lookup_kernel.fill_filter(hashes, bloom, starts)
    wanted = np.zeros(MOST_LETTERS + 1, dtype=np.bool_)
    wanted[hashed["letters"].unique().to_numpy()] = True
    return Secrets(hashes=hashes, rules=rules, bloom=bloom, starts=starts, wanted=wanted, key=key)


def mask_mentions(texts: pl.Series, secrets: Secrets) -> Redacted:
    """Replace what mentions a secret by the placeholder of its class; a null stays null.

    The result of a row depends on its text and the secrets alone, and masking twice changes nothing.
    """
    return cut_parts(texts, find_mentions(texts, secrets))


def find_mentions(texts: pl.Series, secrets: Secrets) -> list[Part]:
    """Find what mentions a secret; nothing is looked for inside a placeholder or across one."""
    if not len(secrets) or not len(texts):
        return []
    from demur.filters import secret_kernel  # noqa: PLC0415 -- slow import

    buffer = text_buffer(texts)
    found = secret_kernel.find_mentions(
        (buffer.data, buffer.offsets),
        _reading(secrets.key),
        (secrets.hashes, secrets.bloom, secrets.starts),
        secrets.rules,
        secrets.wanted,
        _placeholders(),
    )
    return [Part(first=0, data=buffer.data, offsets=buffer.offsets, found=found)] if len(found) else []


@cache
def _reading(key: bytes) -> Reading:
    """Read letters as copies are found by, with numbers and powers that only the key tells."""
    folds, placeholder, (plain, _, _, weights, shares) = reading(ITEM_MARK)
    halves = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    drawn = [siphash13(halves, bytes([byte])) for byte in range(256)]
    powers = np.full_like(base_powers(10 * MOST_LETTERS), siphash13(halves, b"base") | 1)
    powers[0] = 1
    alphabet = plain, np.array(drawn, dtype=np.uint64), np.multiply.accumulate(powers), weights, shares
    return folds, placeholder, alphabet


@cache
def _placeholders() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    content = [placeholder.encode() for placeholder in PLACEHOLDERS]
    return np.frombuffer(b"".join(content), dtype=np.uint8), np.cumsum([0, *map(len, content)])
