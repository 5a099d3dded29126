"""The addresses of the portal; they stand in notices that were sent, so they never change."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from demur.web.portal import views

# Without Django's protection against forged requests, which needs a cookie: a person whose browser keeps none must be
# able to object, and the token in the address shows more than a cookie would. What a forger could reach with a stolen
# token is one objection, which harms nobody (REQUIREMENTS 0, point 3).
_objection = csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(views.objection))

urlpatterns = [
    path("object/<str:token>", _objection, name="objection"),
    path("object/<str:token>/receipt", require_safe(views.receipt), name="receipt"),
    path("why/<str:token>/<path:item>", require_safe(views.why), name="why"),
]

handler404 = "demur.web.portal.friendly.lose"
handler500 = "demur.web.portal.friendly.fail"
