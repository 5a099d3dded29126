"""The addresses of staff's own pages, below ``/console/``; each answers with a cookie, and each POST shows it."""

from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from demur.web.staff import enrolling, views

_look = require_http_methods(["GET", "HEAD"])
_look_or_send = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("console/login", _look_or_send(views.log_in), name="staff_log_in"),
    path("console/logout", require_POST(views.log_out), name="staff_log_out"),
    path("console/enrol/<str:token>", _look_or_send(enrolling.enrol), name="staff_enrol"),
    path("console/you", _look(views.show_own), name="staff_own"),
    path("console/you/codes", require_POST(views.renew_codes), name="staff_renew_codes"),
]
