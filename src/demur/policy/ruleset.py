"""Rulesets as data: which rules decide, in which order, with which settings.

The law moves (notice periods, ages, national stops), so whatever it leaves open is a setting in a TOML file of this
package. What a rule means over columns is in `demur.policy.conditions`; the loader checks that the two agree.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import msgspec

from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.kernel.words import Decision, ReasonCode
from demur.policy.conditions import RULE_ORDER, RuleKey
from demur.policy.errors import RulesetInvalidError, RulesetSettingError, RulesetUnknownError
from demur.policy.settings import Settings, check_settings


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as data: what it decides and why.

    Attributes:
        sentence: the rule in one plain sentence.
        law: where it comes from.
        settings: the names of the settings that change what it does.
    """

    reason: ReasonCode
    decision: Decision
    sentence: str
    law: str
    settings: tuple[str, ...] = ()


class Ruleset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Ordered rules and their settings; never empty, and the last rule is the one that lets an item in."""

    name: str
    version: str
    settings: Settings
    rules: tuple[Rule, ...]

    @cached_property
    def places(self) -> dict[RuleKey, int]:
        """Tell the place of each rule, from 0."""
        return {(rule.reason, rule.decision): place for place, rule in enumerate(self.rules)}

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


def list_rulesets() -> tuple[str, ...]:
    """Return the names of the rulesets of this package, sorted."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_ruleset(name: str) -> Ruleset:
    """Read a ruleset of this package and check it.

    Raises:
        RulesetUnknownError: there is none of this name.
        RulesetInvalidError: it is malformed, empty or out of order.
    """
    known = list_rulesets()
    if name not in known:
        message = f"ruleset {name!r} is unknown, known are {', '.join(known)}"
        raise RulesetUnknownError(message, hint="Name one of them under [ruleset] in demur.toml.")
    return parse_ruleset((_folder() / f"{name}.toml").read_text("utf-8"))


def parse_ruleset(content: str) -> Ruleset:
    """Read a ruleset from TOML and check that its rules are those of this version, in the documented order.

    With ``extends`` it has the rules and settings of another ruleset of this package, except for the settings that it
    names.

    Raises:
        RulesetInvalidError: it is malformed, empty or out of order, or its last rule is not ``eligible``.
        RulesetSettingError: a setting is unknown or has a value that is not allowed.
    """
    try:
        table = tomllib.loads(content)
        if "extends" in table:
            return _extend(msgspec.convert(table, _Extension))
        ruleset = msgspec.convert(table, Ruleset)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"the ruleset is malformed: {error}"
        raise RulesetInvalidError(message) from error
    _check_rules(ruleset.rules)
    check_settings(ruleset.settings)
    return ruleset


class _Extension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ruleset that differs from another one in settings alone."""

    name: str
    version: str
    extends: str
    settings: dict[str, Any]


def _extend(extension: _Extension) -> Ruleset:
    base = load_ruleset(extension.extends).with_settings(extension.settings)
    return msgspec.structs.replace(base, name=extension.name, version=extension.version)


def _folder() -> Traversable:
    return resources.files("demur.policy") / "rulesets"


def _check_rules(rules: Sequence[Rule]) -> None:
    if not rules[:-1]:
        message = "the ruleset is empty: it has no rule that keeps an item out"
        raise RulesetInvalidError(message)
    stated = tuple((rule.reason, rule.decision) for rule in rules)
    if stated == RULE_ORDER:
        return
    # A condition that the data leaves out would be a rule that silently does not hold.
    odd = sorted(f"{reason} ({decision})" for reason, decision in set(stated) ^ set(RULE_ORDER)) or ["their order"]
    message = f"the ruleset and the conditions of this version differ in {', '.join(odd)}"
    raise RulesetInvalidError(message, hint="Rules stand in the order of docs/reference/reasons.md, each once.")
