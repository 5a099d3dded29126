"""Errors of a build; splits, lines and partitions are named, people and texts never."""

from demur.kernel.errors import ConfigurationError, InputError, IntegrityError


class PlanInvalidError(ConfigurationError):
    """The plan of a build names something that cannot be."""

    code = "plan-invalid"


class PlatformMismatchError(ConfigurationError):
    """Plan, keyring and snapshot belong to different platforms; their subject keys would never meet."""

    code = "platform-mismatch"


class StaleSnapshotError(InputError):
    """The snapshot is older than the ruleset allows, or from the future."""

    code = "snapshot-stale"


class NothingToReadError(InputError):
    """The sources of a plan name no file."""

    code = "nothing-to-read"


class SourceChangedError(InputError):
    """A file was changed while a build read it."""

    code = "source-changed"


class BadInputError(InputError):
    """A strict build met a row or a file that cannot be used."""

    code = "bad-input"


class CorpusExistsError(InputError):
    """There is a corpus of that name already."""

    code = "corpus-exists"


class WorkDamagedError(IntegrityError):
    """A file of an unfinished build can no longer be read."""

    code = "work-damaged"


class CountsDifferError(IntegrityError):
    """Two stages of a build counted the same rows and disagree; nothing was published."""

    code = "counts-differ"
