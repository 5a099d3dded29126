"""The language of a request, without a cookie: from the address, else from the browser.

Whoever chose a language keeps it: it is added to every address of ours on the page, so that no view and no template can
forget it. An address that came with a notice holds the language of the notice in the same way.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from demur.web.languages import COMPLETE, choose_language
from demur.web.portal.services import DEFAULT_LANGUAGE

PARAMETER = "lang"

# Addresses of ours in links and forms; `//host` would be somebody else's.
_ADDRESS = re.compile(rb'(<(?:a|form)\b[^>]*?\s(?:href|action)=")(/(?!/)[^"]*)"')
_SEARCH = re.compile(rb'<form\b(?=[^>]*\smethod="get")[^>]*>')
_OURS = re.compile(rf"(?:[?&]|&amp;){PARAMETER}=".encode())


def speak(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that answers in the language of the request and says which it is."""

    def respond(request: HttpRequest) -> HttpResponse:
        asked = request.GET.get(PARAMETER, "")
        accepted, default = request.META.get("HTTP_ACCEPT_LANGUAGE", ""), request.META.get(DEFAULT_LANGUAGE, "")
        code = choose_language(asked, accepted, default, known=COMPLETE)
        with translation.override(code):
            response = get_response(request)
        response["Content-Language"] = code
        patch_vary_headers(response, ("Accept-Language",))
        return _keep(response, asked) if asked in COMPLETE else response

    return respond


def _keep(response: HttpResponse, code: str) -> HttpResponse:
    """Add the language to every address of ours in a page, or to where it sends the browser."""
    location = response.get("Location", "")
    if location.startswith("/") and not location.startswith("//"):
        response["Location"] = _with_language(location.encode(), code.encode(), b"&").decode()
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return response
    hidden = f'<input type="hidden" name="{PARAMETER}" value="{code}">'.encode()
    content = _ADDRESS.sub(
        lambda found: found[1] + _with_language(found[2], code.encode(), b"&amp;") + b'"', response.content
    )
    response.content = _SEARCH.sub(lambda found: found[0] + hidden, content)
    if "Content-Length" in response:
        response["Content-Length"] = str(len(response.content))
    return response


def _with_language(address: bytes, code: bytes, joint: bytes) -> bytes:
    if _OURS.search(address):
        return address  # a link to another language
    path, mark, place = address.partition(b"#")
    return path + (joint if b"?" in path else b"?") + PARAMETER.encode() + b"=" + code + mark + place
