"""The texts that apps show: made from the catalogues, signed where the key is, read where people ask."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from demur.exchange.documents import read_document, write_document
from demur.exchange.errors import DocumentMissingError
from demur.exchange.in_app_notice import InAppNotice, InAppTexts
from demur.kernel.words import DocumentKind
from demur.keys.keyring import Keyring, TrustedKeys
from demur.notices.version import VERSION_PATTERN
from demur.web.languages import COMPLETE, Translate, language_of, translator


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogues; it is translated where the notice is made."""
    return text


_USUAL = "notice"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class InAppNotices:
    """The notices for apps as they lie signed in a folder: the usual one, and one for each version that was published.

    Each is read when somebody is to be shown it first, so that a version may be published while the pages are open.
    """

    folder: Path
    trust: TrustedKeys
    _read: dict[str, SignedNotice] = field(default_factory=dict)

    def usual(self) -> SignedNotice | None:
        """Return what apps show to people for whom nothing else is due; None where nothing was signed.

        Raises:
            DocumentAlteredError, NoteSignatureError: it is not what was signed; so for `of`.
        """
        return self._find(_USUAL)

    def of(self, version: str) -> SignedNotice | None:
        """Return the notice of a version; None where none was signed for it."""
        usual = self.usual()
        if usual is not None and usual.notice.version == version:
            return usual
        return self._find(_name(version)) if re.fullmatch(VERSION_PATTERN, version) else None

    def _find(self, name: str) -> SignedNotice | None:
        if name not in self._read:
            try:
                self._read[name] = read_notice(self.folder / name, self.trust)
            except DocumentMissingError:
                return None
        return self._read[name]


def sign_notices(folder: Path, usual: InAppNotice, versions: Iterable[str], keyring: Keyring) -> None:
    """Write the usual notice for apps and the same texts for each of some versions, as `InAppNotices` finds them."""
    sign_notice(folder / _USUAL, usual, keyring)
    for version in versions:
        sign_notice(folder / _name(version), msgspec.structs.replace(usual, version=version), keyring)


def sign_published(folder: Path, notice: InAppNotice, keyring: Keyring) -> None:
    """Write the notice for apps of a version that is being published, beside those that are there."""
    sign_notice(folder / _name(notice.version), notice, keyring)


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


def _name(version: str) -> str:
    return f"{_USUAL}-{version}"


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
