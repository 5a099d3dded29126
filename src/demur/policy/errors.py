"""Errors of rulesets, facts and decision cases."""

from demur.kernel.errors import ConfigurationError, InputError, IntegrityError


class RulesetUnknownError(ConfigurationError):
    """There is no ruleset of this name."""

    code = "ruleset-unknown"


class RulesetInvalidError(ConfigurationError):
    """A ruleset is empty, out of order, or names a rule that no condition decides."""

    code = "ruleset-invalid"


class RulesetSettingError(ConfigurationError):
    """A setting of a ruleset is unknown or has a value that is not allowed."""

    code = "ruleset-setting"


class FactsAmbiguousError(IntegrityError):
    """The tables of a snapshot say two things about one subject."""

    code = "facts-ambiguous"


class BirthDateError(InputError):
    """A birth date is malformed or lies in the future."""

    code = "birth-date"


class CaseInvalidError(InputError):
    """A decision case is not in the format of decision cases."""

    code = "case-invalid"


class ExplanationError(InputError):
    """An explanation was asked about no item, or about more than one."""

    code = "explanation"
