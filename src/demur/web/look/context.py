"""What every page needs beside its own words: the platform, the language, the other languages, the stylesheet."""

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from demur.web.languages import COMPLETE, OFFICIAL, SOURCE, Language, is_signed, language_of
from demur.web.look.accent import accent_url
from demur.web.look.files import static_url
from demur.web.look.language_choice import PARAMETER
from demur.web.portal.services import services_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageLink:
    """A language that a page can be read in, and the address of the page in it, seen from the page."""

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
        "languages": _list_languages(request, code),
        "is_machine_made": not is_signed(code),
    }


def _list_languages(request: HttpRequest, shown: str) -> SafeString:
    """Return the list of the page in each language that is complete; empty where there is no choice."""
    if len(COMPLETE) == 1:
        return SafeString()
    asked = request.GET.copy()
    asked.pop(PARAMETER, None)
    # Most addresses ask for nothing else, so their list is the same on every page and is written once.
    return _write_list(shown, COMPLETE, f"?{asked.urlencode()}&") if asked else _write_usual_list(shown, COMPLETE)


@lru_cache
def _write_usual_list(shown: str, offered: tuple[str, ...]) -> SafeString:
    return _write_list(shown, offered, "?")


def _write_list(shown: str, offered: tuple[str, ...], address: str) -> SafeString:
    links = [
        LanguageLink(language=language_of(code), address=f"{address}{PARAMETER}={code}")
        for code in OFFICIAL
        if code in offered
    ]
    return render_to_string("languages.html", {"shown": shown, "languages": links})
