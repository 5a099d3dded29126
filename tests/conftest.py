"""Settings of every test: repeatable examples, few threads, no network."""

import gc
import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # `servers`: real servers that tests start
sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))  # `text_evaluation`: what measures the text filter
sys.path.append(str(Path(__file__).parents[1]))  # `training_tools`: what made the weights of the names tier

# Before Polars, numba or torch are imported: test processes run side by side, so each takes few threads.
for variable in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "2")
os.environ["HF_HUB_OFFLINE"] = "1"  # models come from the test, never from a hub
os.environ["TOKENIZERS_PARALLELISM"] = "false"  # a fork after use would warn on standard error
os.environ["NO_COLOR"] = "1"  # what a command prints is compared as plain text
os.environ["COLUMNS"] = "120"  # and does not depend on the width of a terminal

# No deadline: the first example of a law pays for imports and compilation. Each push sees the same examples, a thorough
# run (make test-all) sees new ones.
settings.register_profile(
    "push", deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "push"))

# With few workers, a file that takes long and comes last runs alone. The first one compiles the kernels of the filters,
# which any other process would do as well if it came to them at the same time.
FIRST = (
    "tests/laws/test_filters_kernels_equal_their_references.py",
    "tests/laws/test_names_are_found_in_each_row_alone.py",
    "tests/integration/test_register_power_cut.py",
    "tests/docs/test_code_blocks.py",
    "tests/verifiers/test_independent_verifiers.py",
    "tests/story/test_the_whole_story.py",
)


def pytest_collection_modifyitems(items):
    """Let the longest files begin first; the others keep their order."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(FIRST)))


def pytest_collection_finish():
    """Leave the thousands of tests that were collected out of every later search for garbage."""
    gc.collect()
    gc.freeze()
