"""The fixed addresses of the public notice; they stand in notices that were sent, so they never change."""

from django.urls import path
from django.views.decorators.http import require_safe

from demur.web.notices import views

urlpatterns = [
    path("notice", require_safe(views.public_notice), name="public_notice"),
    path("notice/<str:version>", require_safe(views.public_notice), name="public_notice"),
    path("notice/<str:version>/document.json", require_safe(views.notice_document), name="notice_document"),
    path("notice/<str:version>/proof", require_safe(views.notice_proof), name="notice_proof"),
]
