"""What can be wrong with a wish for a sample platform."""

from demur.kernel.errors import InputError


class AgoraTooSmallError(InputError):
    """A sample platform needs enough people and items to show every language and every rule."""

    code = "agora-too-small"
