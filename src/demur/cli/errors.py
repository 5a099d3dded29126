"""Errors of the command line: the configuration is missing or does not say what a command needs."""

from demur.kernel.errors import ConfigurationError, InputError, TransientError


class ConfigurationMissingError(ConfigurationError):
    """There is no configuration file where one was looked for."""

    code = "configuration-missing"


class ConfigurationInvalidError(ConfigurationError):
    """A setting is unknown, missing or of another type."""

    code = "configuration-invalid"


class SnapshotMissingError(InputError):
    """No snapshot of the register was taken yet."""

    code = "snapshot-missing"


class ExtraMissingError(ConfigurationError):
    """A command needs an optional part of Demur that is not installed."""

    code = "extra-missing"


class FolderInUseError(InputError):
    """A command would write into a folder that already holds something else."""

    code = "folder-in-use"


class DemoStepError(ConfigurationError):
    """A command of the demo did not end as it should."""

    code = "demo-step"


class TermsUnreadableError(InputError):
    """A list of terms is missing or is not UTF-8."""

    code = "terms-unreadable"


class NothingNamedError(InputError):
    """A command that works on files was given none, for example by a pattern that matches nothing."""

    code = "nothing-named"


class OutputRefusedError(InputError):
    """A command would write over the file that it reads or over another one, or two results would go to one place."""

    code = "output-refused"


class FileFormError(InputError):
    """What a file of texts holds is not known, or cannot be read or written that way."""

    code = "file-form"


class LabelUnknownError(InputError):
    """A class of identifiers is named that there is not."""

    code = "label-unknown"


class BrokenRowError(InputError):
    """A row of a file of texts cannot be read, and rows are not to be left out."""

    code = "broken-row"


class FileRefusedError(ConfigurationError):
    """The system does not let a command read or write a file."""

    code = "file-refused"


class SourceUnknownError(InputError):
    """A source is named that the configuration does not have."""

    code = "source-unknown"


class StillNeededError(InputError):
    """What is held of people is to be erased while content is processed, or a corpus, a copy or a model is left."""

    code = "still-needed"


class RunStoppedError(InputError):
    """A run may not start, by the rules on runs: processing is suspended, or nobody was told of a relaunch."""

    code = "run-stopped"


class KeyChoiceError(InputError):
    """A receipt is to be checked against no key, or against two."""

    code = "key-choice"


class RoleRefusedError(InputError):
    """A command was asked in a role that it is not for, or in another role than the configuration allows."""

    code = "role-refused"


class NothingPublishedError(InputError):
    """The log has no entry yet, so there is nothing to have signed or time-stamped."""

    code = "nothing-published"


class EffectUnfinishedError(TransientError):
    """A corpus does not reflect an entry of the log yet."""

    code = "effect-unfinished"


class DeliveryFailedError(TransientError):
    """A configured host could not be told something, or did not take it."""

    code = "delivery-failed"


class DeadlineMissedError(TransientError):
    """An objection is not honoured by every corpus although a day has passed."""

    code = "deadline-missed"
