"""The addresses of the portal; they stand in notices that were sent, so they never change."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from demur.policy.handling import RequestKind
from demur.web.account.routes import urlpatterns as account_pages
from demur.web.console.public import show_effectiveness, tell_metadata
from demur.web.console.requests_routes import urlpatterns as request_pages
from demur.web.console.routes import urlpatterns as console_pages
from demur.web.in_app import views as in_app
from demur.web.notices.routes import urlpatterns as notice_patterns
from demur.web.portal import open_form, open_search, open_status, views
from demur.web.staff.routes import urlpatterns as staff_pages

View: TypeAlias = Callable[..., HttpResponse]


def _open_to_all(view: View, methods: Sequence[str]) -> View:
    """Return a view that asks for no cookie.

    Django's protection against forged requests needs one. A person whose browser keeps none must be able to object,
    and the token in the address shows more than a cookie would. What a forger could reach with a stolen token is one
    objection, which harms nobody (REQUIREMENTS 0, point 3).
    """
    exempt: View = csrf_exempt(require_http_methods(methods)(view))
    return exempt


_LOOK = ("GET", "HEAD")

urlpatterns = [
    path("look/accent.<str:digest>.css", _open_to_all(views.accent, _LOOK), name="accent"),
    *(
        path(address, _open_to_all(open_form.open_form(kind), (*_LOOK, "POST")), name=name)
        for address, name, kind in (
            ("object", "open_objection", RequestKind.ABOUT_ME),
            ("object/for-child", "open_for_child", RequestKind.CHILD),
            ("object/for-deceased", "open_for_deceased", RequestKind.DECEASED),
            ("object/by-agent", "open_by_agent", RequestKind.AGENT),
        )
    ),
    path("object/answer", _open_to_all(open_status.show_answer, (*_LOOK, "POST")), name="open_answer"),
    path("object/answer/receipt", _open_to_all(open_status.send_receipt, ("POST",)), name="open_receipt"),
    path("search", _open_to_all(open_search.search, (*_LOOK, "POST")), name="search"),
    path("search/found", _open_to_all(open_search.show_found, ("POST",)), name="found"),
    path("object/wait/<str:ticket>", _open_to_all(open_form.wait, _LOOK), name="wait"),
    path("object/<str:token>", _open_to_all(views.objection, (*_LOOK, "POST")), name="objection"),
    path("object/<str:token>/before", _open_to_all(views.before, _LOOK), name="before"),
    path("object/<str:token>/receipt", _open_to_all(views.receipt, _LOOK), name="receipt"),
    path("object/<str:token>/receipt.svg", _open_to_all(views.receipt_code, _LOOK), name="receipt_code"),
    path("object/<str:token>/receipt.pdf", _open_to_all(views.receipt_page, _LOOK), name="receipt_page"),
    path("in-app/<str:token>", _open_to_all(in_app.notice, _LOOK), name="in_app"),
    path("in-app/<str:token>/shown/<str:version>", _open_to_all(in_app.shown, ("POST",)), name="in_app_shown"),
    path("in-app/<str:token>/object", _open_to_all(in_app.objection, ("POST",)), name="in_app_objection"),
    path("why/<str:token>/<path:item>", _open_to_all(views.why, _LOOK), name="why"),
    *account_pages,
    *staff_pages,
    path("effectiveness", _open_to_all(show_effectiveness, _LOOK), name="effectiveness"),
    path(".well-known/ai-training-objection", _open_to_all(tell_metadata, _LOOK), name="metadata"),
    *console_pages,
    *request_pages,
    *notice_patterns,
]

handler404 = "demur.web.portal.friendly.lose"
handler500 = "demur.web.portal.friendly.fail"
