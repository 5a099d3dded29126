"""What everybody may read: how well objecting works here, and where programs find the form, the log and the contact."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from demur.kernel.words import Purpose
from demur.web.console.drawing import tell_metrics
from demur.web.console.reading import read_metrics
from demur.web.effectiveness import veil
from demur.web.metric_values import MetricState
from demur.web.portal.services import services_of

METADATA_VERSION = 1


def show_effectiveness(request: HttpRequest) -> HttpResponse:
    """Show the metrics that can be public, without a login and without any count about fewer than ten people."""
    services = services_of(request)
    told = veil(read_metrics(services))
    measured = [metric for metric in told.metrics if metric.state is not MetricState.NOT_MEASURED]
    shown = {
        "told": told,
        "metrics": tell_metrics(measured),
        "unmeasured": [metric for metric in told.metrics if metric.state is MetricState.NOT_MEASURED],
    }
    return render(request, "console/public_effectiveness.html", shown)


def tell_metadata(request: HttpRequest) -> HttpResponse:
    """Tell programs where a person objects, what is published, and by which keys it is checked."""
    services = services_of(request)
    public = services.register.keyring.public
    told = {
        "version": METADATA_VERSION,
        "platform": services.register.keyring.platform,
        "purposes": [purpose.value for purpose in Purpose],
        "objection_form": _address(request, "open_objection"),
        "notice": _address(request, "public_notice"),
        "effectiveness": _address(request, "effectiveness"),
        "languages": _languages(),
        "log": {"origin": public.log.name, "verifier_key": public.log.vkey, "size": services.register.tiles.size()},
        "documents": {"verifier_key": public.documents.vkey},
        "api": request.build_absolute_uri("/api/v1/openapi.json"),
        "contact": services.contact,
    }
    response = JsonResponse(told)
    response["Access-Control-Allow-Origin"] = "*"  # it is public, and programs in browsers ask as well
    return response


def _address(request: HttpRequest, name: str) -> str | None:
    """Return the whole address of a page; None where this installation has no such page."""
    try:
        return str(request.build_absolute_uri(reverse(name)))
    except NoReverseMatch:
        return None


def _languages() -> list[str]:
    return [code for code, _ in settings.LANGUAGES]
