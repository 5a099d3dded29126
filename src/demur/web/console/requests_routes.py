"""The addresses of requests in the console; none of them holds more of a person than the number of their request."""

from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from demur.web.console import requests_views as views

_look = require_http_methods(["GET", "HEAD"])

urlpatterns = [
    path("console/requests", _look(views.show_requests), name="console_requests"),
    path("console/requests/all", require_POST(views.step_all), name="console_requests_all"),
    path("console/requests.csv", _look(views.export_requests), name="console_requests_export"),
    path("console/requests/<int:number>", _look(views.show_request), name="console_request"),
    path("console/requests/<int:number>/step", require_POST(views.step_one), name="console_request_step"),
    path("console/requests/<int:number>/review", _look(views.review), name="console_review"),
    path("console/requests/<int:number>/decide", require_POST(views.decide), name="console_decide"),
]
