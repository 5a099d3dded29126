"""What is a platform's own on the pages: its name, its language and its colours (`[portal]` of the configuration)."""

from dataclasses import dataclass

from demur.web.languages import SOURCE
from demur.web.look.accent import Accent


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The platform's own settings of its pages.

    Attributes:
        name: as people know the platform; None shows the platform's name of the keyring.
        language: where neither the address nor the browser names a language that is complete.
        accent: the colours; None keeps ours.
    """

    name: str | None = None
    language: str = SOURCE
    accent: Accent | None = None
