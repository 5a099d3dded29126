"""The public notice: fixed addresses, dated versions, and the digest that anybody can compare with the log.

What is shown is the document that was published, word for word, in the language of the page where the version has it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from demur.kernel.canonical import sha256_hex
from demur.notices.languages import direction_of, primary_language
from demur.notices.message import NoticeMessage, PartKind
from demur.notices.published import PublishedTexts, read_texts
from demur.register.errors import VersionUnknownError
from demur.register.mailing_versions import PublishedVersion, find_version, list_versions, prove_version
from demur.web.portal.friendly import lose
from demur.web.portal.services import PortalServices, services_of

Content: TypeAlias = Callable[[PortalServices, PublishedVersion], bytes]

_JSON = "application/json"
# On the page the way to object is a form of the portal, and the address of the page is where the reader is.
_APART = (PartKind.RIGHT, PartKind.BUTTON, PartKind.REPLY, PartKind.DETAILS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVersion:
    """A version as the page shows it: when it was published, what is new, and what anybody can check it by."""

    version: str
    published_at: datetime
    change: str
    predecessor: str | None
    reason: str | None
    decided_by: str | None
    index: int
    digest: str
    direction: str
    message: NoticeMessage


def public_notice(request: HttpRequest, version: str = "") -> HttpResponse:
    """Show the version that holds now, or the one that is named, and the list of all."""
    services = services_of(request)
    published = list_versions(services.register)
    wanted = next((one for one in published if version in {"", one.version}), None)
    if wanted is None:
        return lose(request, VersionUnknownError("no such version")) if version else _show(request, None, ())
    return _show(request, _shown(wanted, request), published)


def notice_document(request: HttpRequest, version: str) -> HttpResponse:
    """Send the document of a version: the bytes whose digest the log holds."""
    return _send(request, version, "json", _JSON, lambda _, found: found.document)


def notice_proof(request: HttpRequest, version: str) -> HttpResponse:
    """Send the proof that the log holds the digest of a version."""
    return _send(
        request,
        version,
        "tlog-proof",
        "text/plain; charset=utf-8",
        lambda services, found: prove_version(services.register, found).encode(),
    )


def _send(request: HttpRequest, version: str, ending: str, kind: str, content: Content) -> HttpResponse:
    services = services_of(request)
    try:
        found = find_version(services.register, version)
    except VersionUnknownError as error:
        return lose(request, error)
    response = HttpResponse(content(services, found), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="notice-{found.version}.{ending}"'
    return response


def _shown(published: PublishedVersion, request: HttpRequest) -> ShownVersion:
    texts = read_texts(published.document)
    message = texts.messages[_language(texts, request.GET.get("lang") or get_language() or "")]
    return ShownVersion(
        version=published.version,
        published_at=published.published_at,
        change=texts.change,
        predecessor=texts.predecessor,
        reason=texts.reason,
        decided_by=texts.decided_by,
        index=published.index,
        digest=sha256_hex(published.document),
        direction=direction_of(message.language),
        message=message,
    )


def _language(texts: PublishedTexts, asked: str) -> str:
    """Return the language of the page where the version has it, else English, else the first that there is."""
    wanted = (primary_language(asked) or "", "en", *texts.messages)
    return next(language for language in wanted if language in texts.messages)


def _show(request: HttpRequest, shown: ShownVersion | None, versions: tuple[PublishedVersion, ...]) -> HttpResponse:
    about = {
        "shown": shown,
        "sections": [] if shown is None else [part for part in shown.message.parts if part.kind not in _APART],
        "versions": [
            (one.version, one.published_at, reverse("public_notice", args=(one.version,))) for one in versions
        ],
    }
    return render(request, "public_notice.html", about)
