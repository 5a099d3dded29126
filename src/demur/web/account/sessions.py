"""What the session of a person holds: subject keys, their own first; no id, no name, no address."""

from collections.abc import Sequence

from django.http import HttpRequest

from demur.keys.subjects import SubjectKey
from demur.web.account.provider import Asked
from demur.web.staff.sessions import forget_ended, is_in_time, remember_beginning

_SUBJECTS, _ASKED = "subjects", "asked"


def keep_asked(request: HttpRequest, asked: Asked) -> None:
    """Keep what a login that was begun needs when the person comes back, once."""
    request.session[_ASKED] = {"state": asked.state, "nonce": asked.nonce, "verifier": asked.verifier}


def take_asked(request: HttpRequest) -> dict[str, str]:
    """Return what was kept, which is good once; empty when no login was begun here."""
    asked: dict[str, str] = request.session.pop(_ASKED, {})
    return asked


def begin_session(request: HttpRequest, subjects: Sequence[SubjectKey]) -> None:
    """Log a person in: in a new session, so that nobody who knew the old one is logged in with them."""
    forget_ended()
    request.session.flush()
    request.session[_SUBJECTS] = [subject.hex() for subject in subjects]
    remember_beginning(request=request)


def subjects_of(request: HttpRequest) -> tuple[SubjectKey, ...]:
    """Return the subject keys of whoever is logged in, their own first; none for nobody."""
    if not is_in_time(request.session):
        return ()
    return tuple(SubjectKey(bytes.fromhex(one)) for one in request.session.get(_SUBJECTS, ()))
