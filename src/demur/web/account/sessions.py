"""What the session of a person holds: subject keys, their own first, and names masked and sealed; no id, no address."""

import json
from collections.abc import Mapping, Sequence

from django.http import HttpRequest

from demur.keys.subjects import SubjectKey
from demur.web.account.provider import Asked
from demur.web.staff.sealing import seal, unseal
from demur.web.staff.sessions import forget_ended, is_in_time, remember_beginning

_SUBJECTS, _ASKED, _HANDLES = "subjects", "asked", "handles"


def keep_asked(request: HttpRequest, asked: Asked) -> None:
    """Keep what a login that was begun needs when the person comes back, once."""
    request.session[_ASKED] = {"state": asked.state, "nonce": asked.nonce, "verifier": asked.verifier}


def take_asked(request: HttpRequest) -> dict[str, str]:
    """Return what was kept, which is good once; empty when no login was begun here."""
    asked: dict[str, str] = request.session.pop(_ASKED, {})
    return asked


def begin_session(
    request: HttpRequest, subjects: Sequence[SubjectKey], handles: Mapping[SubjectKey, str] | None = None
) -> None:
    """Log a person in: in a new session, so that nobody who knew the old one is logged in with them.

    Args:
        request: of the person.
        subjects: their own subject key first.
        handles: masked names of accounts of theirs.
    """
    forget_ended()
    request.session.flush()
    request.session[_SUBJECTS] = [subject.hex() for subject in subjects]
    if handles:
        named = json.dumps({subject.hex(): handle for subject, handle in handles.items()})
        request.session[_HANDLES] = seal(named.encode(), bound_to=subjects[0].hex()).hex()
    remember_beginning(request=request)


def subjects_of(request: HttpRequest) -> tuple[SubjectKey, ...]:
    """Return the subject keys of whoever is logged in, their own first; none for nobody."""
    if not is_in_time(request.session):
        return ()
    return tuple(SubjectKey(bytes.fromhex(one)) for one in request.session.get(_SUBJECTS, ()))


def handles_of(request: HttpRequest) -> dict[SubjectKey, str]:
    """Return the masked names of accounts of whoever is logged in; none where the provider gave none."""
    sealed = request.session.get(_HANDLES)
    if sealed is None:
        return {}
    named = json.loads(unseal(bytes.fromhex(sealed), bound_to=request.session[_SUBJECTS][0]))
    return {SubjectKey(bytes.fromhex(subject)): handle for subject, handle in named.items()}
