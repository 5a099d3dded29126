"""The one thing of the look that is a platform's own: its accent, in the bar at the top and on the button.

A colour on which people cannot read is refused when the configuration is read, not seen by the first who cannot.
"""

import hashlib
import re
from dataclasses import dataclass

# Text on a button has at least this contrast (WCAG 2.2, 1.4.3, level AA).
LEAST_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")
# Of look.scss: the page and the letters on a button, on a light and on a dark screen.
_LIGHT = ("#fdfdfb", "#ffffff")
_DARK = ("#161c20", "#0b1a1d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accent:
    """A colour for light screens and one for dark screens, `#rrggbb`.

    Raises:
        ValueError: it is no such colour, or page or letters could not be told from it.
    """

    light: str
    dark: str

    def __post_init__(self) -> None:
        """Check both colours against what they are seen with."""
        for colour, others in ((self.light, _LIGHT), (self.dark, _DARK)):
            _check(colour, others)

    @property
    def style(self) -> str:
        """Return the rules that set them."""
        return (
            f":root{{--govuk-brand-colour:{self.light};--demur-button:{self.light};--demur-button-hover:{self.light}}}"
            f"@media screen and (prefers-color-scheme:dark){{:root{{--govuk-brand-colour:{self.dark};"
            f"--demur-button:{self.dark};--demur-button-hover:{self.dark}}}}}\n"
        )

    @property
    def digest(self) -> str:
        """Return what names these colours in an address."""
        return hashlib.sha256(self.style.encode()).hexdigest()[:12]


def accent_url(accent: Accent | None) -> str | None:
    """Return where the rules are; None where the platform keeps our colours."""
    return None if accent is None else f"/look/accent.{accent.digest}.css"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _check(colour: str, others: tuple[str, ...]) -> None:
    if _COLOUR.fullmatch(colour) is None:
        message = f"{colour} is no colour like #0f5a66"
        raise ValueError(message)
    least = min(contrast(colour, other) for other in others)
    if least < LEAST_CONTRAST:
        message = f"the contrast of {colour} is {least:.1f}, it must be at least {LEAST_CONTRAST}"
        raise ValueError(message)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
