"""Headers of every page: nothing is loaded from elsewhere, framed, cached or indexed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# No script, image, font or frame at all; the stylesheet and the one form are our own.
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# Of the few pages that need a script of ours, such as for a passkey; they set it themselves.
POLICY_WITH_OWN_SCRIPT = f"{POLICY}; script-src 'self'"


def guard_page(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that sets them."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        # A page tells what one person did, and a shared computer must forget it; what tells nothing says so itself.
        response.headers.setdefault("Cache-Control", "no-store")
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return respond
