"""The tables of the text filter: patterns compiled to automata once, when they are changed, not in every process.

``python -m demur.filters.tables`` compiles them all and writes the file that is part of the package; a process reads it
in milliseconds. The file names the patterns it was made of by a digest, so that a stale one is refused.
"""

import hashlib
import io
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final, cast
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt
from numpy.lib.npyio import NpzFile

from demur.filters import addresses, cues, dates, devices, identity_numbers, numbers, online, phones, plates
from demur.filters.automata import NEVER, compile_patterns, literally
from demur.filters.identifiers import PLACEHOLDERS
from demur.kernel.errors import IntegrityError

FILE: Final = "tables.npz"
DIGEST: Final = "digest"
LANGUAGES: Final = tuple(sorted(phones.REGIONS_BY_LANGUAGE))
"""The languages that the filter knows something about, in the order of their bits."""


class TablesStaleError(IntegrityError):
    """The tables of the text filter were made of other patterns than the ones installed."""

    code = "filter-tables-stale"


def build_tables() -> dict[str, npt.NDArray[np.generic]]:
    """Compile everything, which takes some ten seconds, under the names of `Part`.

    The package `phonenumbers` must be the edition that `phones` names.
    """
    ids = identity_numbers.NATIONAL_IDS
    return {
        **online.online_automata(),
        **numbers.number_automata(),
        "AT_HOME": phones.home_automaton(),
        "ABROAD": phones.abroad_automaton(),
        "CUES": cues.cue_automaton(),
        "PLACEHOLDERS": compile_patterns([literally(placeholder) for placeholder in PLACEHOLDERS]),
        "IDS": compile_patterns([_in_either_way(one) for one in ids]),
        "GROUPED_IDS": compile_patterns([one.grouped or NEVER for one in ids]),
        "IBAN_LENGTHS": numbers.iban_lengths(),
        "CALLING_CODES": phones.calling_codes(),
        "CUE_KINDS": cues.cue_kinds(),
        "REGIONS": phones.regions_by_language(LANGUAGES),
        "ID_RULES": np.array([one.rule for one in ids], dtype=np.int32),
        "ID_LANGUAGES": _language_bits(ids),
        "BIRTH_DATES": dates.birth_date_automaton(),
        "PLATES": compile_patterns([one.written for one in plates.PLATES]),
        "PLATE_LANGUAGES": _language_bits(plates.PLATES),
        "PLATE_EVIDENCE": np.array([_evidence(one) for one in plates.PLATES], dtype=np.int32),
        "LOOSE_PLATES": compile_patterns(plates.LOOSE_FORMS),
        "DEVICES": devices.device_automaton(),
        "DEVICE_SIGNS": devices.device_signs(),
        "ID_IS_ALONE": np.array([one.stands_alone for one in ids], dtype=np.int32),
        "ADDRESS_WORDS": addresses.word_automaton(),
        "ADDRESS_WORD_KINDS": addresses.kinds(addresses.WORDS),
        "ADDRESS_WORD_LANGUAGES": _language_bits(addresses.WORDS),
        "ADDRESS_ENDINGS": addresses.ending_automaton(),
        "ADDRESS_ENDING_KINDS": addresses.kinds(addresses.ENDINGS),
        "ADDRESS_ENDING_LANGUAGES": _language_bits(addresses.ENDINGS),
        "POSTCODES": addresses.postcode_automaton(),
        "ADDRESS_SIEVE": addresses.word_sieve(),
    }


def _in_either_way(number: identity_numbers.NationalId) -> str:
    spelled = identity_numbers.spelled_by_rule(number.rule)
    return f"{number.written}|{spelled}" if spelled else number.written


def _language_bits(
    known: Sequence[identity_numbers.NationalId | plates.Plate | addresses.Words],
) -> npt.NDArray[np.int32]:
    bits = [sum(1 << LANGUAGES.index(one) for one in number.languages if one in LANGUAGES) for number in known]
    return np.array(bits, dtype=np.int32)


def _evidence(plate: plates.Plate) -> int:
    """Pack what a form needs in any case, and in capitals: 0 for nothing, 1 for a language or a cue, 2 for a cue."""
    levels = tuple(plates.Evidence)
    return levels.index(plate.evidence) | levels.index(plate.in_capitals) << 2


def load_tables() -> NpzFile:
    """Open the compiled tables of the package; each is read when it is asked for."""
    return read_tables(resources.files("demur.filters").joinpath(FILE).read_bytes())


def read_tables(content: bytes) -> NpzFile:
    """Open compiled tables.

    Raises:
        TablesStaleError: they were made of other patterns than the ones installed.
    """
    file: NpzFile = np.load(io.BytesIO(content), allow_pickle=False)
    made_of, wanted = bytes(file[DIGEST]).decode(), source_digest()
    if made_of != wanted:
        message = f"the tables of the text filter were made of patterns {made_of[:12]}, installed are {wanted[:12]}"
        raise TablesStaleError(message, hint="Install Demur anew; after a change to the patterns, run `make tables`.")
    return file


def size_of(tables: NpzFile, name: str) -> int:
    """Return how many numbers a table has, without reading it."""
    with cast("ZipFile", tables.zip).open(f"{name}.npy") as member:
        np.lib.format.read_magic(member)
        shape, _, _ = np.lib.format.read_array_header_1_0(member)
    return int(shape[0])


def source_digest() -> str:
    """Digest everything that the tables are made of."""
    parts = (
        *(online.LINK, online.BARE_LINK, online.TOP_LEVEL, online.AT, online.WORDED_DOMAIN, online.PLAIN_DOMAIN),
        *(online.WORDED_LOCAL, online.MEASURE, online.FOUR_OCTETS, online.PROFILE, online.DIGIT_NAMES, online.TRIGGERS),
        *(numbers.DATES, numbers.ISSUERS, numbers.TIDY, numbers.AMOUNT, numbers.DATE_LIKE, numbers.IBAN_LENGTHS),
        *(
            cues.CUES,
            cues.UNIT_AFTER,
            cues.AMOUNT_BEFORE,
            PLACEHOLDERS,
            phones.REGIONS_BY_LANGUAGE,
            phones.METADATA_VERSION,
        ),
        *identity_numbers.NATIONAL_IDS,
        *map(_in_either_way, identity_numbers.NATIONAL_IDS),
        *plates.PLATES,
        *plates.LOOSE_FORMS,
        *dates.BIRTH_DATES,
        *devices.DEVICES,
        *(addresses.WORDS, addresses.ENDINGS, addresses.POSTCODES),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def write_tables(path: Path) -> None:
    """Compile everything and write it to a file, in numpy's format."""
    digest = np.frombuffer(source_digest().encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **{DIGEST: digest}, **build_tables())


if __name__ == "__main__":
    write_tables(Path(__file__).with_name(FILE))
