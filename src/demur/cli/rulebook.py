"""A ruleset as a person reads it: the rules in their order, the settings with what each one means.

What a setting means is written once, in the docstring of `Settings`.
"""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

import msgspec

from demur.cli.output import print_table
from demur.cli.workspace import Common
from demur.policy.ruleset import Rule, Ruleset, list_rulesets, load_ruleset
from demur.policy.settings import Settings

CONFIGURED = "configured"
DEFAULT = "eu-2025"

_TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
# "name: meaning", at the beginning of a line or after the meaning of the one before.
_ENTRY = re.compile(rf"(?:^|; )({'|'.join(_TYPES)}): ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedSetting:
    """One setting of a ruleset.

    Attributes:
        default: the value in `eu-2025`.
        choices: the values that there are, when they are a closed list.
    """

    name: str
    value: object
    default: object
    meaning: str
    choices: tuple[str, ...]

    @property
    def is_changed(self) -> bool:
        """Tell whether the value differs from that of `eu-2025`."""
        return self.value != self.default


def find_ruleset(name: str, common: Common) -> Ruleset:
    """Return a ruleset of the package by its name, or that of the configuration with its settings.

    Raises:
        RulesetUnknownError: the package has none of this name.
        ConfigurationMissingError, ConfigurationInvalidError: the configuration cannot be read.
    """
    return common.workspace().ruleset if name == CONFIGURED else load_ruleset(name)


def describe_settings(ruleset: Ruleset) -> tuple[DescribedSetting, ...]:
    """Return every setting of a ruleset, in the order of `Settings`."""
    values, defaults = (msgspec.to_builtins(each.settings) for each in (ruleset, load_ruleset(DEFAULT)))
    meanings, choices = read_meanings(), read_choices()
    return tuple(
        DescribedSetting(
            name=name,
            value=values[name],
            default=defaults[name],
            meaning=meanings[name],
            choices=choices.get(name, ()),
        )
        for name in _TYPES
    )


def read_meanings() -> dict[str, str]:
    """Return what each setting means, from the docstring of `Settings`; nothing when Python runs without docstrings.

    A setting that is a list of structures and is not named there means what the docstring of the structure says.
    """
    _, _, attributes = (inspect.getdoc(Settings) or "").partition("Attributes:\n")
    pieces = _ENTRY.split(inspect.cleandoc(attributes))
    named = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return {name: _as_sentence(named.get(name) or _meaning_of_type(kind)) for name, kind in _TYPES.items()}


def _meaning_of_type(kind: object) -> str:
    structures = [each for each in get_args(kind) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    return "".join((inspect.getdoc(each) or "").partition("\n")[0] for each in structures)


def _as_sentence(meaning: str) -> str:
    text = " ".join(meaning.replace("`", "").split()).rstrip(".;")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def read_choices() -> dict[str, tuple[str, ...]]:
    """Return the values of each setting that is a closed list."""
    lists = {name: kind for name, kind in _TYPES.items() if isinstance(kind, type) and issubclass(kind, StrEnum)}
    return {name: tuple(member.value for member in kind) for name, kind in lists.items()}


def summarise_ruleset(ruleset: Ruleset) -> dict[str, object]:
    """Return a ruleset as one JSON object."""
    return {
        "name": ruleset.name,
        "version": ruleset.version,
        "digest": ruleset.digest(),
        "settings": msgspec.to_builtins(ruleset.settings),
        "choices": read_choices(),
        "rules": [msgspec.to_builtins(rule) for rule in ruleset.rules],
    }


def print_ruleset(ruleset: Ruleset) -> None:
    """Print the rules in the order in which they are tried, then the settings."""
    settings = describe_settings(ruleset)
    values = {setting.name: setting.value for setting in settings}
    rules = [_rule_row(place, rule, values) for place, rule in enumerate(ruleset.rules, 1)]
    title = f"{ruleset.name} {ruleset.version}: the first rule that hits decides"
    print_table(title, ("reason", "when; its source in the law; the settings that change it"), rules)
    changed = [setting.name for setting in settings if setting.is_changed]
    against = f"{len(changed)} differ from {DEFAULT}" if changed else f"all as in {DEFAULT}"
    print_table(f"Settings: {against}", ("setting", "value; what it means; its choices"), map(_setting_row, settings))


def summarise_known() -> list[dict[str, object]]:
    """Return the rulesets of the package, each with the settings in which it differs from `eu-2025`."""
    return [_summarise_known(load_ruleset(name)) for name in list_rulesets()]


def print_known() -> None:
    """Print the rulesets of the package."""
    known = map(load_ruleset, list_rulesets())
    rows = [(each.name, each.version, len(each.rules), _tell_changes(each)) for each in known]
    print_table("Rulesets", ("ruleset", "version", "rules", f"settings that differ from {DEFAULT}"), rows)


def tell_value(value: object) -> str:
    """Write the value of a setting as a person reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"{value['previous']} to {value['version']}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(tell_value, value)) or "none"
    return "none" if value in {None, ""} else str(value)


def _rule_row(place: int, rule: Rule, values: Mapping[str, object]) -> tuple[str, str]:
    set_by = [f"{name} = {tell_value(values[name])}" for name in rule.settings]
    return f"{rule.reason.value}\n{place}: {rule.decision.value}", "\n".join([rule.sentence, rule.law, *set_by])


def _setting_row(setting: DescribedSetting) -> tuple[str, str]:
    value, default = map(tell_value, (setting.value, setting.default))
    marked = f"{value}   ({DEFAULT}: {default})" if setting.is_changed else value
    choices = [f"Choices: {', '.join(setting.choices)}."] * bool(setting.choices)
    return setting.name, "\n".join([marked, setting.meaning, *choices])


def _summarise_known(ruleset: Ruleset) -> dict[str, object]:
    changed = {setting.name: setting.value for setting in describe_settings(ruleset) if setting.is_changed}
    return {"name": ruleset.name, "version": ruleset.version, "digest": ruleset.digest(), "differs": changed}


def _tell_changes(ruleset: Ruleset) -> str:
    return ", ".join(setting.name for setting in describe_settings(ruleset) if setting.is_changed) or "none"
