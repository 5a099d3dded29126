"""What the file ``/.well-known/tdmrep.json`` of a site says about one path (TDMRep, final report of 10 May 2024)."""

import json
from typing import NamedTuple

from demur.policy.signals.patterns import is_match, normal_path, normal_pattern
from demur.policy.signals.preference import Signal, SignalProtocol, find_strictest, read_signal


class _Rule(NamedTuple):
    pattern: str
    reservation: object


_EVERYWHERE = "/"


def tdmrep_preference(document: bytes, *, path: str) -> Signal | None:
    """Return the reservation that decides about a path, or None when no rule matches.

    The report says that the most specific match counts, and that this is the first in sequence; sites read it both
    ways. Where the first and the longest match differ, the stricter one counts.
    """
    rules = _read_rules(document)
    normal = normal_path(path)
    matching = [rule for rule in rules if is_match(rule.pattern, normal)]
    if not matching:
        return None
    deciding = matching[0], max(matching, key=lambda rule: len(rule.pattern))
    return find_strictest(read_signal(SignalProtocol.TDM_FILE, rule.reservation) for rule in deciding)


def _read_rules(document: bytes) -> list[_Rule]:
    try:
        entries = json.loads(document)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        return [_Rule(_EVERYWHERE, "unreadable")]
    return [_read_rule(entry) for entry in entries]


def _read_rule(entry: object) -> _Rule:
    fields = entry if isinstance(entry, dict) else {}
    location = fields.get("location")
    # A rule that does not say what it is about may be about any path.
    pattern = normal_pattern(location) if isinstance(location, str) else _EVERYWHERE
    return _Rule(pattern, fields.get("tdm-reservation"))
