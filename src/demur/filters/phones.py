"""Phone numbers: the numbering plans of libphonenumber, applied to digits that a finder has already collected.

The plans are read from the metadata of `phonenumbers` and compiled once a region; its own parser is fifty times slower
and guesses where we must not. A number without ``+`` is tried in the regions where its text's language is spoken.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

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
_LONGEST_CALLING_CODE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberingPlan:
    """Which national numbers a region assigns."""

    trunk_prefix: str
    assigned: re.Pattern[str]
    mobile: re.Pattern[str]

    def without_trunk(self, digits: str) -> str:
        """Drop the digits that are dialled at home only."""
        if self.trunk_prefix and digits.startswith(self.trunk_prefix):
            return digits[len(self.trunk_prefix) :]
        return digits


@cache
def numbering_plan(region: str) -> NumberingPlan:
    """Read the numbering plan of one region."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415 -- slow import

    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None:
        return NumberingPlan(trunk_prefix="", assigned=re.compile("(?!)"), mobile=re.compile("(?!)"))
    kinds = (
        *(metadata.fixed_line, metadata.mobile, metadata.toll_free, metadata.premium_rate, metadata.shared_cost),
        *(metadata.personal_number, metadata.voip, metadata.uan, metadata.pager),
    )
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    mobile = metadata.mobile.national_number_pattern if metadata.mobile is not None else None
    return NumberingPlan(
        trunk_prefix=metadata.national_prefix or "",
        assigned=re.compile("|".join(f"(?:{pattern})" for pattern in patterns)),
        mobile=re.compile(mobile or "(?!)"),
    )


@cache
def regions_of_calling_code(code: int) -> tuple[str, ...]:
    """Return the regions that share an international calling code; none for a code that nobody has."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 -- slow import

    return tuple(region for region in COUNTRY_CODE_TO_REGION_CODE.get(code, ()) if region != "001")


@lru_cache(maxsize=1 << 14)
def is_assigned(digits: str, regions: tuple[str, ...]) -> bool:
    """Tell whether one of the regions assigns these digits as dialled at home."""
    return any(_matches_at_home(plan, digits, plan.assigned) for plan in map(numbering_plan, regions))


def is_mobile(digits: str, regions: tuple[str, ...]) -> bool:
    """Tell whether one of the regions assigns these digits to a mobile phone."""
    return any(_matches_at_home(plan, digits, plan.mobile) for plan in map(numbering_plan, regions))


def is_international(digits: str) -> bool:
    """Tell whether the digits behind a ``+`` are a calling code and a number that its region assigns (ITU-T E.164)."""
    for length in range(1, _LONGEST_CALLING_CODE + 1):
        regions = regions_of_calling_code(int(digits[:length] or "0"))
        if regions:
            rest = digits[length:]
            plans = [numbering_plan(region) for region in regions]
            return any(plan.assigned.fullmatch(rest) or _matches_at_home(plan, rest, plan.assigned) for plan in plans)
    return False


def has_calling_code(digits: str) -> bool:
    """Tell whether the digits begin with an international calling code."""
    return any(regions_of_calling_code(int(digits[:length] or "0")) for length in range(1, _LONGEST_CALLING_CODE + 1))


def _matches_at_home(plan: NumberingPlan, digits: str, pattern: re.Pattern[str]) -> bool:
    national = plan.without_trunk(digits)
    if plan.trunk_prefix and national == digits and digits.startswith("0"):
        return False
    return pattern.fullmatch(national) is not None
