"""Pages for what goes wrong: each says what happened in plain words and what to do next; there is no dead end."""

import logging
import sys
import traceback
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demur.kernel.errors import TransientError
from demur.web.errors import ItemNotFoundError, LinkInvalidError, ReceiptMissingError

_log = logging.getLogger("demur.web")
_RETRY_AFTER_SECONDS = "5"

_LOST: dict[type[Exception], str] = {
    LinkInvalidError: "lost.html",
    ItemNotFoundError: "no_item.html",
    ReceiptMissingError: "no_receipt.html",
}


class FriendlyErrors:
    """The middleware that answers the errors that a person, or time, can mend; every other error is a failure."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Remember the views."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the view does."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an error of a view with a page; None leaves it to `fail`."""
        template = _LOST.get(type(error))
        if template is not None:
            return _page(request, template, HTTPStatus.NOT_FOUND)
        if isinstance(error, TransientError):
            response = _page(request, "later.html", HTTPStatus.SERVICE_UNAVAILABLE)
            response["Retry-After"] = _RETRY_AFTER_SECONDS
            return response
        return None


def lose(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that is no page."""
    del exception
    return _page(request, "lost.html", HTTPStatus.NOT_FOUND)


def fail(request: HttpRequest) -> HttpResponse:
    """Answer when something failed that nobody thought of."""
    return _page(request, "failed.html", HTTPStatus.INTERNAL_SERVER_ERROR)


def refuse_forgery(request: HttpRequest, reason: str) -> HttpResponse:
    """Answer a form that does not show the cookie of its page: it is old, or somebody else's page sent it."""
    del reason
    return _page(request, "forged.html", HTTPStatus.FORBIDDEN)


def log_failure(*, sender: object, signal: object, request: HttpRequest) -> None:
    """Log where a page failed, without its address and without the message: either could name a person."""
    del sender, signal, request
    kind, _, place = sys.exc_info()
    name = "an unknown error" if kind is None else kind.__name__
    _log.error("a page failed with %s\n%s", name, "".join(traceback.format_tb(place)).rstrip())


def _page(request: HttpRequest, template: str, status: HTTPStatus) -> HttpResponse:
    return render(request, template, {"may_retry": request.method == "POST"}, status=status)
