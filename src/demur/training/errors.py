"""Errors of training: a plan that cannot be, a ledger that was altered, a folder of another run."""

from demur.kernel.errors import ConfigurationError, InputError, IntegrityError


class TrainingPlanError(ConfigurationError):
    """A plan or a training configuration holds a value that no run can have."""

    code = "training-plan"


class CorpusEmptyError(InputError):
    """A corpus has no row left that a model could be trained on."""

    code = "corpus-empty"


class RunMismatchError(ConfigurationError):
    """A run folder belongs to another corpus, configuration or set of canaries."""

    code = "run-mismatch"


class RunMissingError(InputError):
    """A folder holds no run, or a run that is not finished."""

    code = "run-missing"


class PlanPositionError(InputError):
    """A row, position, epoch or step is outside the plan."""

    code = "plan-position"


class BatchOrderError(IntegrityError):
    """A reader delivered other rows than the plan says; the ledger would be untrue."""

    code = "batch-order"


class UsageLedgerError(IntegrityError):
    """A usage ledger is corrupt, belongs to another run, or covers less than the weights that exist."""

    code = "usage-ledger"
