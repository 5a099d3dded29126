"""What a training run is asked to do; the defaults are the smallest model that shows memorisation (`NANO`)."""

from dataclasses import dataclass
from decimal import Decimal

from demur.training.errors import TrainingPlanError
from demur.training.plan import Plan

_LEAST_CONTEXT = 8
_BYTES_AND_SPECIALS = 259


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """The settings of a small causal language model and of its run.

    Attributes:
        seed: draws the order of rows and the first weights.
        vocabulary: tokens of the byte-level BPE.
        context: tokens of a row; a longer text is cut.
        hidden: width of the model; `heads` must divide it.
        max_steps: ends the run early; None for all epochs.
        learning_rate: at its peak; it rises over `warmup_steps` and falls to a twentieth.
        weights_every: steps between two weights files.
    """

    seed: int = 0
    vocabulary: int = 2048
    context: int = 128
    hidden: int = 96
    layers: int = 2
    heads: int = 3
    batch_rows: int = 8
    epochs: int = 2
    max_steps: int | None = None
    learning_rate: Decimal = Decimal("0.003")
    warmup_steps: int = 30
    weights_every: int = 200

    def __post_init__(self) -> None:
        least = {
            "vocabulary": _BYTES_AND_SPECIALS,
            "context": _LEAST_CONTEXT,
            "hidden": 2,
            "layers": 1,
            "heads": 1,
            "warmup_steps": 1,
            "weights_every": 1,
        }
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                message = f"{name} is {getattr(self, name)}, the least is {smallest}"
                raise TrainingPlanError(message)
        if self.hidden % (2 * self.heads):
            message = f"hidden is {self.hidden}, it must be a multiple of twice the heads ({2 * self.heads})"
            raise TrainingPlanError(message)
        if self.max_steps is not None and self.max_steps < 1:
            message = f"max_steps is {self.max_steps}, the least is 1"
            raise TrainingPlanError(message)
        if not 0 < self.learning_rate < 1:
            message = f"learning_rate is {self.learning_rate}, allowed is more than 0 and less than 1"
            raise TrainingPlanError(message)

    def plan(self, rows: int) -> Plan:
        """Return the plan of a run over so many rows."""
        return Plan(rows=rows, seed=self.seed, batch_rows=self.batch_rows, epochs=self.epochs)

    def steps(self, plan: Plan) -> int:
        """Count the steps that the run takes of its plan."""
        return plan.steps if self.max_steps is None else min(plan.steps, self.max_steps)


NANO = TrainingConfig()
MINI = TrainingConfig(hidden=128, heads=4)
