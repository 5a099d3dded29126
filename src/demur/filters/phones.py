"""Phone numbers: the numbering plans of libphonenumber as two automata, at home and from abroad.

The plans are read from the metadata of `phonenumbers` when the tables are made; its own parser is a thousand times
slower and guesses where we must not. A number without ``+`` is tried in the regions where its language is spoken.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from demur.filters.automata import NEVER, Automaton, compile_patterns

REGIONS_BY_LANGUAGE: dict[str, tuple[str, ...]] = {
    "bg": ("BG",),
    "cs": ("CZ",),
    "da": ("DK",),
    "de": ("DE", "AT", "CH", "LU", "BE", "IT"),
    "el": ("GR", "CY"),
    "en": ("IE", "GB", "MT", "US"),
    "es": ("ES",),
    "et": ("EE",),
    "fi": ("FI",),
    "fr": ("FR", "BE", "LU", "CH"),
    "ga": ("IE",),
    "hr": ("HR",),
    "hu": ("HU",),
    "it": ("IT", "CH"),
    "lb": ("LU",),
    "lt": ("LT",),
    "lv": ("LV",),
    "mt": ("MT",),
    "nl": ("NL", "BE"),
    "pl": ("PL",),
    "pt": ("PT",),
    "ro": ("RO",),
    "sk": ("SK",),
    "sl": ("SI",),
    "sv": ("SE", "FI"),
}
EUROPEAN_REGIONS = tuple(sorted({region for regions in REGIONS_BY_LANGUAGE.values() for region in regions} - {"US"}))
HOME_REGIONS = (*EUROPEAN_REGIONS, "US")
METADATA_VERSION = "9.0.43"
"""The edition of libphonenumber's metadata that the tables were made from."""
_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "uan", "pager"),
)


def _plan(region: str) -> tuple[str, str, str]:
    """Return a region's trunk prefix, and the patterns of its numbers and of its mobile phones."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415 -- optional dependency

    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None:
        return "", "", ""
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    mobile = metadata.mobile.national_number_pattern if metadata.mobile is not None else ""
    return metadata.national_prefix or "", "|".join(f"(?:{pattern})" for pattern in patterns), mobile or ""


def home_automaton() -> Automaton:
    """Compile the numbers that regions assign, as dialled at home.

    Pattern ``2 * i`` is any number of the region ``i`` of `EUROPEAN_REGIONS`, ``2 * i + 1`` a mobile phone of it.
    """
    patterns = []
    for region in HOME_REGIONS:
        trunk, assigned, mobile = _plan(region)
        patterns += [f"(?:{trunk})?(?:{numbers or NEVER})" for numbers in (assigned, mobile)]
    return compile_patterns(patterns)


def abroad_automaton() -> Automaton:
    """Compile the numbers behind a ``+`` (ITU-T E.164), with the trunk prefix that many write behind the code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 -- optional dependency

    patterns = []
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        for trunk, assigned, _ in map(_plan, regions):
            if assigned:
                patterns.append(f"{code}(?:{trunk})?(?:{assigned})")
    return compile_patterns(patterns)


def calling_codes() -> npt.NDArray[np.bool_]:
    """Tell for each number below 1,000 whether it is an international calling code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 -- optional dependency

    is_code = np.zeros(1000, dtype=np.bool_)
    is_code[list(COUNTRY_CODE_TO_REGION_CODE)] = True
    return is_code


def regions_by_language(languages: Sequence[str]) -> npt.NDArray[np.int32]:
    """Return the regions to ask where the language is unknown, and those of each language, as bits."""
    masks = [_mask(REGIONS_BY_LANGUAGE[language]) for language in languages]
    return np.array([_mask(EUROPEAN_REGIONS), *masks], dtype=np.int32)


def _mask(regions: Sequence[str]) -> int:
    return sum(1 << HOME_REGIONS.index(region) for region in regions)
