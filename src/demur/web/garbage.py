"""How the processes that people wait for collect garbage: seldom, and never among what was imported."""

import gc

# Each objection makes some hundred small objects, and nearly all go by themselves when it is answered.
_OBJECTS_BETWEEN = 50_000


def collect_seldom() -> None:
    """Leave out of every later collection what lives as long as the process, and collect in few steps."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN)
