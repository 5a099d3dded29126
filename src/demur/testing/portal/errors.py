"""What ends a way through the portal."""


class DeadEndError(Exception):
    """A person stands before a page, or before none, and cannot go on."""
