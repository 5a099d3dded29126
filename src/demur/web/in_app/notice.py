"""The texts that apps show: made from the catalogues, signed where the key is, read where people ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demur.exchange.documents import read_document, write_document
from demur.exchange.in_app_notice import InAppNotice, InAppTexts
from demur.kernel.words import DocumentKind
from demur.keys.keyring import Keyring, TrustedKeys
from demur.web.languages import COMPLETE, Translate, language_of, translator


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogues; it is translated where the notice is made."""
    return text


_TITLE = gettext_noop("%(platform)s wants to train AI with your posts. You can object.")
_BODY = (
    gettext_noop("If you do nothing, your posts may be used. You can object at any time. You need no reason."),
    gettext_noop("Your objection covers this account and every account that is linked with it."),
)
_OBJECT = gettext_noop("I object")
_CLOSE = gettext_noop("Close")
_MORE = gettext_noop("Read more")
_DONE = gettext_noop("Your objection is recorded")
_FAILED = gettext_noop(
    "We could not do this just now. Nothing was recorded and nothing is lost. Trying again does no harm."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNotice:
    """A notice and the signed note over it, as `demur.exchange.documents` describes."""

    notice: InAppNotice
    note: str


def make_notice(*, platform: str, name: str, version: str, languages: Sequence[str] = COMPLETE) -> InAppNotice:
    """Return the notice in some languages; the same texts are the same document.

    Args:
        platform: the platform's name in the keyring; `name` is the one that people know.
        version: what it is recorded as when somebody was shown it.
        languages: codes of languages whose catalogues are complete.
    """
    return InAppNotice(
        kind=DocumentKind.IN_APP_NOTICE,
        platform=platform,
        version=version,
        languages={code: _say(translator(code), code, name) for code in languages},
    )


def sign_notice(path: Path, notice: InAppNotice, keyring: Keyring) -> None:
    """Write a notice and its note beside each other; it needs the keyring with its keys that sign."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_document(path, notice, keyring.document_signer)


def read_notice(path: Path, trust: TrustedKeys) -> SignedNotice:
    """Read the notice and check its signature; raises as `demur.exchange.documents.read_document`."""
    notice = read_document(path, InAppNotice, trust.documents)
    return SignedNotice(notice=notice, note=path.with_suffix(".note").read_text(encoding="utf-8"))


def _say(translate: Translate, code: str, name: str) -> InAppTexts:
    return InAppTexts(
        direction=language_of(code).direction,
        title=translate(_TITLE) % {"platform": name},
        body=tuple(map(translate, _BODY)),
        object=translate(_OBJECT),
        close=translate(_CLOSE),
        more=translate(_MORE),
        done=translate(_DONE),
        failed=translate(_FAILED),
    )
