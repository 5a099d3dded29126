"""The addresses of the console; every view of it names its roles, and changes something by POST alone."""

from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from demur.kernel.words import RelaunchOutcome
from demur.web.console import stopping, views

_look = require_http_methods(["GET", "HEAD"])

urlpatterns = [
    path("console", _look(views.show_today), name="console_today"),
    path("console/notices", _look(views.show_notices), name="console_notices"),
    path("console/corpora", _look(views.show_corpora), name="console_corpora"),
    path("console/corpora/<str:name>", _look(views.show_corpus), name="console_corpus"),
    path("console/models", _look(views.show_models), name="console_models"),
    path("console/effectiveness", _look(views.show_metrics), name="console_effectiveness"),
    path("console/acts", _look(views.show_acts), name="console_acts"),
    path("console/tables/<str:name>.csv", _look(views.export_table), name="console_export"),
    path("console/stops", _look(stopping.show_stops), name="console_stops"),
    path("console/stops/new", require_POST(stopping.stop), name="console_stop"),
    path("console/stops/<int:number>/propose", require_POST(stopping.propose), name="console_propose"),
    *(
        path(
            f"console/proposals/<int:number>/{outcome.value.replace('_', '-')}",
            require_POST(stopping.decide(outcome)),
            name=f"console_{outcome.value}",
        )
        for outcome in RelaunchOutcome
    ),
]
