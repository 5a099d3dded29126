"""Rulesets as data: which rules decide, in which order, with which settings.

The law moves (notice periods, ages, national stops), so whatever it leaves open is a setting in a TOML file of this
package. What a rule means over columns is in `demur.policy.conditions`; the loader checks that the two agree.
"""

import itertools
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources

import msgspec

from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.kernel.words import Decision, ReasonCode
from demur.policy.conditions import RULE_KEYS
from demur.policy.errors import RulesetInvalidError, RulesetSettingError, RulesetUnknownError
from demur.policy.settings import Settings, check_settings

_ORDER = {reason: place for place, reason in enumerate(ReasonCode)}


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as data: the reason that it gives, what it decides, and why, in one plain sentence."""

    reason: ReasonCode
    decision: Decision
    sentence: str
    law: str


class Ruleset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ordered rules and their settings; never empty, and the last rule is the one that lets an item in."""

    name: str
    version: str
    settings: Settings
    rules: tuple[Rule, ...]

    def with_settings(self, overrides: Mapping[str, object]) -> "Ruleset":
        """Return the same rules with some settings changed.

        Raises:
            RulesetSettingError: a setting is unknown, has a wrong value, or lowers an age without a reason.
        """
        merged = {**msgspec.to_builtins(self.settings), **overrides}
        try:
            settings = msgspec.convert(merged, Settings)
        except msgspec.ValidationError as error:
            message = f"ruleset {self.name}: {error}"
            hint = "Settings are: " + ", ".join(Settings.__struct_fields__)
            raise RulesetSettingError(message, hint=hint) from error
        check_settings(settings)
        return msgspec.structs.replace(self, settings=settings)

    def digest(self) -> str:
        """Return the SHA-256 of the rules and settings in canonical form, in hexadecimal."""
        return sha256_hex(canonical_bytes(msgspec.to_builtins(self)))


def load_ruleset(name: str) -> Ruleset:
    """Read a ruleset of this package and check it.

    Raises:
        RulesetUnknownError: there is none of this name.
        RulesetInvalidError: it is malformed, empty or out of order.
    """
    folder = resources.files("demur.policy") / "rulesets"
    known = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    if name not in known:
        message = f"ruleset {name!r} is unknown, known are {', '.join(known)}"
        raise RulesetUnknownError(message, hint="Name one of them under [ruleset] in demur.toml.")
    return parse_ruleset((folder / f"{name}.toml").read_text("utf-8"))


def parse_ruleset(content: str) -> Ruleset:
    """Read a ruleset from TOML and check that its rules are in the order of the reasons.

    Raises:
        RulesetInvalidError: it is malformed, empty or out of order, or its last rule is not ``eligible``.
    """
    try:
        ruleset = msgspec.convert(tomllib.loads(content), Ruleset)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"the ruleset is malformed: {error}"
        raise RulesetInvalidError(message) from error
    _check_rules(ruleset.rules)
    check_settings(ruleset.settings)
    return ruleset


def _check_rules(rules: Sequence[Rule]) -> None:
    if not rules[:-1]:
        message = "the ruleset is empty: it has no rule that keeps an item out"
        raise RulesetInvalidError(message)
    for earlier, later in itertools.pairwise(rules):
        if _ORDER[earlier.reason] > _ORDER[later.reason]:
            message = f"rule {later.reason} stands after {earlier.reason}; rules follow the order of the reasons"
            raise RulesetInvalidError(message)
    stated = tuple((rule.reason, rule.decision) for rule in rules)
    if stated != RULE_KEYS:
        # A condition that the data leaves out would be a rule that silently does not hold.
        odd = sorted(f"{reason} ({decision})" for reason, decision in set(stated) ^ set(RULE_KEYS)) or ["their order"]
        message = f"the ruleset and the conditions of this version differ in {', '.join(odd)}"
        raise RulesetInvalidError(message)
