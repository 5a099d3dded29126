"""Errors of the gate: a reader that cannot be sure reads nothing."""

from demur.kernel.errors import InputError, IntegrityError, TransientError


class CorpusMissingError(InputError):
    """There is no finished corpus in the folder."""

    code = "corpus-missing"


class StaleRemovalsError(TransientError):
    """Nobody has confirmed lately that the corpus reflects the register."""

    code = "removals-stale"


class RemovalsBrokenError(IntegrityError):
    """The list of removals has a gap, belongs to another corpus, or goes back in time."""

    code = "removals-broken"


class OrdinalUnknownError(InputError):
    """A corpus has no row with that ordinal."""

    code = "ordinal-unknown"


class ItemUnknownError(InputError):
    """No item with that id was read when the corpus was built."""

    code = "item-unknown"


class RegisterRewoundError(IntegrityError):
    """A snapshot is older than the one that a corpus already reflects."""

    code = "register-rewound"


class RulesetMismatchError(InputError):
    """A corpus was decided by other rules than those given."""

    code = "ruleset-mismatch"


class ExportExistsError(InputError):
    """The file that an export would write exists already."""

    code = "export-exists"
