"""What ends a way through the portal."""


class DeadEndError(Exception):
    """A person stands before a page, or before none, and cannot go on."""


def check(holds: bool, why: str) -> None:  # noqa: FBT001 -- a claim, like assert
    """Raise `DeadEndError` with its reason, which names nobody, where a claim does not hold."""
    if not holds:
        raise DeadEndError(why)
