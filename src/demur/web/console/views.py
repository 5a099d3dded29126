"""The pages that are read: today, notices, corpora, models, effectiveness, acts of staff; and their tables as CSV."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from demur.corpus.overview import CorpusOverview
from demur.register.effectiveness import REACH_BY
from demur.web.console import drawing
from demur.web.console.reading import ACTS_A_PAGE, read_acts, read_built, read_metrics, read_notices, read_today
from demur.web.console.tables import Table, show_cell, write_csv
from demur.web.portal.services import PortalServices, services_of
from demur.web.staff.acts import note_act
from demur.web.staff.permission import StaffRole, for_roles, role_of

_LONGEST_NUMBER = 18
_EXPORTED_ACTS = 100_000
_REACH_TABLES = tuple(f"notices-{by.replace('_', '-')}" for by in REACH_BY)


@for_roles(*StaffRole)
def show_today(request: HttpRequest) -> HttpResponse:
    """Show what is owed, overdue and given up, and whether log and corpora keep up."""
    today = read_today(services_of(request))
    shown = {
        "today": today,
        "oldest": show_cell(today.oldest),
        "took": show_cell(today.took.p99),
        "owed": drawing.draw_owed(today),
        "dead": drawing.draw_dead(today),
        "beats": drawing.draw_beats(today),
    }
    return render_page(request, "console/today.html", shown)


@for_roles(*StaffRole)
def show_notices(request: HttpRequest) -> HttpResponse:
    """Show how many people notices reached, by version, channel, language, country and age."""
    services = services_of(request)
    shown = {"reach": drawing.draw_reach(read_notices(services)), "version": services.ruleset.settings.notice_version}
    return render_page(request, "console/notices.html", shown)


@for_roles(*StaffRole)
def show_corpora(request: HttpRequest) -> HttpResponse:
    """Show every corpus: its size, what was taken out of it, and what is not wiped yet."""
    built = read_built(services_of(request))
    return render_page(request, "console/corpora.html", {"built": built, "table": drawing.draw_corpora(built)})


@for_roles(*StaffRole)
def show_corpus(request: HttpRequest, name: str) -> HttpResponse:
    """Show why items of one corpus are in or out, and what each version changed."""
    corpus = _find_corpus(services_of(request), name)
    reasons, chart = drawing.draw_reasons(corpus)
    shown = {"corpus": corpus, "reasons": reasons, "chart": chart, "changes": drawing.draw_changes(corpus)}
    return render_page(request, "console/corpus.html", shown)


@for_roles(*StaffRole)
def show_models(request: HttpRequest) -> HttpResponse:
    """Show every trained model: its audit, its exposures, and the day by which it is retrained."""
    built = read_built(services_of(request))
    return render_page(request, "console/models.html", {"built": built, "table": drawing.draw_models(built)})


@for_roles(*StaffRole)
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Show whether the right to object works: each metric with what is demanded of it."""
    told = read_metrics(services_of(request))
    drawn = (drawing.draw_forms(told.forms), drawing.draw_handled(told.outcomes))
    tables = [table for table in drawn if table.rows]
    shown = {"told": told, "metrics": drawing.tell_metrics(told.metrics), "tables": tables}
    return render_page(request, "console/effectiveness.html", shown)


@for_roles(StaffRole.DPO, StaffRole.AUDITOR)
def show_acts(request: HttpRequest) -> HttpResponse:
    """Show what staff did, a hundred acts a page."""
    asked = request.GET.get("before", "")
    is_number = asked.isascii() and asked.isdecimal() and len(asked) <= _LONGEST_NUMBER
    acts = read_acts(before=int(asked) if is_number else None)
    shown = {"table": drawing.draw_acts(acts), "before": acts[-1].pk if len(acts) == ACTS_A_PAGE else None}
    return render_page(request, "console/acts.html", shown)


@for_roles(*StaffRole)
def export_table(request: HttpRequest, name: str) -> HttpResponse:
    """Send one table as CSV, and write down that it was taken away."""
    services = services_of(request)
    find = _TABLES.get(name)
    table = None if find is None else find(services)
    if table is None or (name == "acts" and role_of(request) is StaffRole.REVIEWER):
        raise Http404
    note_act(services, request, "export a table", about=table.name)
    response = HttpResponse(write_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return response


def render_page(
    request: HttpRequest, template: str, shown: Mapping[str, object], *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Render a page of the console with what all of them show."""
    services = services_of(request)
    role = role_of(request)
    usual = {
        "role": role,
        "who": request.user.get_username(),
        "may_stop": role is StaffRole.DPO,
        "here": request.resolver_match.url_name if request.resolver_match else "",
        "at": services.clock.now(),
    }
    return render(request, template, {**usual, **shown}, status=status)


def _find_corpus(services: PortalServices, name: str) -> CorpusOverview:
    found = [corpus for corpus in read_built(services).corpora if corpus.name == name]
    if not found:
        raise Http404
    return found[0]


def _reach_of(name: str) -> Callable[[PortalServices], Table]:
    def find(services: PortalServices) -> Table:
        return next(table for table, _ in drawing.draw_reach(read_notices(services)) if table.name == name)

    return find


_TABLES: dict[str, Callable[[PortalServices], Table]] = {
    "owed": lambda services: drawing.draw_owed(read_today(services)),
    "given-up": lambda services: drawing.draw_dead(read_today(services)),
    "freshness": lambda services: drawing.draw_beats(read_today(services)),
    "corpora": lambda services: drawing.draw_corpora(read_built(services)),
    "models": lambda services: drawing.draw_models(read_built(services)),
    "effectiveness": lambda services: drawing.draw_metrics(read_metrics(services)),
    "forms": lambda services: drawing.draw_forms(read_metrics(services).forms),
    "handled": lambda services: drawing.draw_handled(read_metrics(services).outcomes),
    "acts": lambda _: drawing.draw_acts(read_acts(limit=_EXPORTED_ACTS)),
    **{name: _reach_of(name) for name in _REACH_TABLES},
}
