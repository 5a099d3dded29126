"""The addresses of the account page; each answers with a cookie, and each POST shows it."""

from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from demur.web.account import views

_look = require_http_methods(["GET", "HEAD"])

urlpatterns = [
    path("login", _look(views.log_in), name="log_in"),
    path("login/done", _look(views.finish_log_in), name="finish_log_in"),
    path("account", _look(views.show), name="account"),
    path("account/logout", require_POST(views.log_out), name="log_out"),
    path("account/object", require_POST(views.objection), name="account_objection"),
    path("account/withdraw", require_POST(views.withdrawal), name="account_withdrawal"),
    path("account/receipt/<int:index>", _look(views.receipt), name="account_receipt"),
    path("account/data-key", _look(views.data_key), name="account_data_key"),
]
