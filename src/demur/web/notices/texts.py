"""The catalogues of the pages, for texts of notices: they are the same in mails, in the app and on the pages."""

import gettext
from functools import cache
from pathlib import Path

from demur.notices.wording import Translate

_LOCALE_FOLDER = Path(__file__).parents[1] / "locale"
_DOMAIN = "django"
_SOURCE = "en"


@cache
def translator(language: str) -> Translate:
    """Return what translates the texts of `demur.notices.wording`; a text without a translation comes back in English.

    `find_untranslated` tells which those are, and no version is published with one.
    """
    if language == _SOURCE:
        return str
    found = gettext.translation(_DOMAIN, _LOCALE_FOLDER, languages=[language], fallback=True)
    return found.gettext
