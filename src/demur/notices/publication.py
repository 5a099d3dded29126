"""Making a version ready: every language complete, linted and rendered, or the reasons why it may not be published."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from demur.notices.errors import NoticeFaultyError
from demur.notices.lint import Finding, lint_message
from demur.notices.mail import lint_mail, make_template
from demur.notices.message import NoticeMessage, make_message, version_document
from demur.notices.version import NoticeVersion, find_missing
from demur.notices.wording import Translate, find_untranslated

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version with its messages by language, and everything that stands in the way of publishing it."""

    version: NoticeVersion
    messages: Mapping[str, NoticeMessage]
    findings: tuple[Finding, ...]


def draft_version(version: NoticeVersion, translator: Callable[[str], Translate], *, spoken: Collection[str]) -> Draft:
    """Return a version with all that is wrong with it.

    Args:
        translator: gives for a language what translates the texts of `demur.notices.wording`.
        spoken: the languages that the accounts speak; each must be in the version, or be named as held.
    """
    findings = [
        Finding(language=language, rule="missing", message=f"{element.value} is missing")
        for language, elements in find_missing(version.languages).items()
        for element in elements
    ]
    unreached = sorted(set(spoken) - set(version.languages) - set(version.held))
    findings += [
        Finding(
            language=language, rule="language", message="accounts speak it, and the version neither does nor holds it"
        )
        for language in unreached
    ]
    messages = {}
    for language in sorted(version.languages):
        translate = translator(language)
        untranslated = find_untranslated(language, translate)
        if untranslated:
            count = f"{len(untranslated)} texts of the catalogue are not translated"
            findings.append(Finding(language=language, rule="catalogue", message=count))
            continue
        messages[language] = make_message(version, language, translate)
        findings += lint_message(messages[language])
        findings += lint_mail(make_template(messages[language]))
    return Draft(version=version, messages=messages, findings=tuple(findings))


def write_document(draft: Draft, *, origin: str) -> bytes:
    """Return the document of a version that may be published.

    Raises:
        NoticeFaultyError: something stands in its way.
    """
    if draft.findings or not draft.messages:
        first = "; ".join(f"{one.language}: {one.message}" for one in draft.findings[:_SHOWN])
        message = f"{len(draft.findings)} things stand in the way of version {draft.version.version}: {first}"
        raise NoticeFaultyError(message, hint="`demur notice check` lists all of them.")
    return version_document(draft.version, draft.messages, origin=origin)
