"""Whether the optional libraries of training are there."""

from importlib.util import find_spec

from demur.training.errors import TrainExtraMissingError

_LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors")


def require_train_extra() -> None:
    """Check that the extra ``train`` is installed, without importing it.

    Raises:
        TrainExtraMissingError: a library is missing.
    """
    missing = [library for library in _LIBRARIES if find_spec(library) is None]
    if missing:
        message = f"training needs {', '.join(missing)}, which the bare install does not have"
        raise TrainExtraMissingError(message, hint="Install the extra: pip install 'demur[train]'.")
