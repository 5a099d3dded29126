"""What every page needs beside its own words: the platform, the language, the other languages, the stylesheet."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language

from demur.web.languages import COMPLETE, OFFICIAL, SOURCE, Language, is_signed, language_of
from demur.web.look.accent import accent_url
from demur.web.look.files import static_url
from demur.web.look.language_choice import PARAMETER
from demur.web.portal.services import services_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageLink:
    """A language that a page can be read in, and the address of the page in it."""

    language: Language
    address: str


def dress(request: HttpRequest) -> dict[str, object]:
    """Return what the template `page.html` shows on every page."""
    services = services_of(request)
    code = get_language() or SOURCE
    return {
        "platform": services.platform_name,
        "contact": services.contact,
        "stylesheet": static_url("look.css"),
        "accent": accent_url(services.page.accent),
        "language": language_of(code),
        "languages": _links(request),
        "is_machine_made": not is_signed(code),
    }


def _links(request: HttpRequest) -> list[LanguageLink]:
    """Return the page in each language that is complete; none where there is no choice."""
    if len(COMPLETE) == 1:
        return []
    asked = request.GET.copy()
    asked.pop(PARAMETER, None)
    address = f"{request.path}?{asked.urlencode()}&" if asked else f"{request.path}?"
    return [
        LanguageLink(language=language_of(code), address=f"{address}{PARAMETER}={code}")
        for code in OFFICIAL
        if code in COMPLETE
    ]
