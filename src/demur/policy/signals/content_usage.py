"""Statements of preference of the IETF working group AIPREF, in the header ``Content-Usage`` and in robots.txt rules.

Read as draft-ietf-aipref-vocab-08 and draft-ietf-aipref-attach-05 define them, with one difference: where a statement
is there but cannot be read, the drafts leave the preference unknown, and Demur takes it for a refusal.
"""

import re
from collections.abc import Iterable, Mapping

from http_sf import StructuredFieldError, Token, parse

from demur.kernel.words import Preference

_TRAINING = "train-ai"

# Labels of earlier drafts, which sites still send. The present draft ignores labels that it does not know, so they
# never allow anything; a refusal stays one.
_EARLIER_TRAINING = ("train-genai", "genai", "ai")
# There, a preference on a category held for the categories inside it that had none of their own.
_EARLIER_PARENTS = ("all", "bots", "tdm")

# Section "y or n" of the vocabulary; "unknown" is a word of its model, not of its format, and says nothing as well.
_WORDS: Mapping[str, Preference | None] = {"y": Preference.ALLOW, "n": Preference.DENY, "unknown": None}

_LABELLED = re.compile(r"[ \t]*(content-usage|allow|disallow)[ \t]*:(.*)", re.IGNORECASE | re.DOTALL)


def read_content_usage(text: str) -> Preference | None:
    """Read a statement such as ``train-ai=n, search=y``.

    Only training counts: ``ai-use`` and ``search`` are categories beside it, and no category holds for another. Of a
    label that is given twice the last one counts (RFC 9651 section 3.2), and parameters say nothing.
    """
    members = _parse_dictionary(text)
    if members is None:
        return Preference.DENY
    training = _read_member(members[_TRAINING]) if _TRAINING in members else None
    if training is Preference.DENY or _refuses(members, _EARLIER_TRAINING):
        return Preference.DENY
    if training is None and _refuses(members, _EARLIER_PARENTS):
        return Preference.DENY
    return training


def read_robots_rule(text: str) -> Preference | None:
    """Read one rule of robots.txt: a ``Content-Usage`` rule with or without its label and path, or a ``Disallow``.

    A rule that is handed over alone is taken to apply to the item.
    """
    line = text.partition("#")[0].strip()
    labelled = _LABELLED.fullmatch(line)
    if labelled is None:
        return read_content_usage(split_rule(line)[1])
    label, value = labelled[1].lower(), labelled[2].strip()
    if label == "content-usage":
        return read_content_usage(split_rule(value)[1])
    # Permission to fetch a page is no permission to train on it.
    return Preference.DENY if label == "disallow" and value else None


def split_rule(rule: str) -> tuple[str, str]:
    """Split the value of a Content-Usage rule into its path, empty when there is none, and its statement."""
    if not rule.startswith("/"):
        return "", rule
    path, *rest = re.split(r"[ \t]+", rule, maxsplit=1)
    return path, "".join(rest)


def _parse_dictionary(text: str) -> Mapping[str, object] | None:
    try:
        members = parse(text.encode("utf-8", "surrogatepass"), tltype="dictionary")
    except StructuredFieldError:
        return None
    return members if isinstance(members, dict) else None


def _refuses(members: Mapping[str, object], labels: Iterable[str]) -> bool:
    return any(_token(members.get(label)) == "n" for label in labels)


def _read_member(member: object) -> Preference | None:
    return _WORDS.get(_token(member), Preference.DENY)


def _token(member: object) -> str:
    value = member[0] if isinstance(member, tuple) else member
    return str(value) if isinstance(value, Token) else ""
