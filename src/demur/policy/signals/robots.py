"""What a whole robots.txt says about one path: RFC 9309 with the rule ``Content-Usage`` of draft-ietf-aipref-attach-05.

Fetching and training are two questions: ``Disallow`` refuses both, ``Allow`` permits only the first.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from demur.policy.signals.content_usage import split_rule
from demur.policy.signals.patterns import is_match, normal_path, normal_pattern
from demur.policy.signals.preference import Signal, SignalProtocol, find_strictest, read_signal

EVERY_AGENT = "*"

_LINE_END = re.compile(r"\r\n|\r|\n")
_PRODUCT_TOKEN = re.compile(r"[A-Za-z0-9_-]+|\*")
_RULE_LABELS = frozenset({"allow", "disallow", "content-usage"})
_FILE_LABELS = frozenset({"user-agent", "sitemap"})


class _Rule(NamedTuple):
    label: str
    value: str

    @property
    def pattern(self) -> str:
        """The paths that it is about; a Content-Usage rule without a path is about all."""
        path = split_rule(self.value)[0] if self.label == "content-usage" else self.value
        return normal_pattern(path)


def is_robots_file(text: str) -> bool:
    """Tell a robots.txt from a single rule of one."""
    return any(label in _FILE_LABELS for label, _ in _lines(text))


def robots_preference(robots_txt: str, *, user_agent: str, path: str | None) -> Signal | None:
    """Return the rule that decides about a path for a crawler, or None when there is none.

    The crawler is named by its product token; `EVERY_AGENT` reads the group of those that no group names. Where the
    path is not known, a rule for any path counts: in doubt, out.
    """
    rules = _rules_for(_PRODUCT_TOKEN.match(user_agent.strip()), robots_txt)
    normal = None if path is None else normal_path(path)
    refusal = _find_disallow(rules, normal)
    if refusal is not None:
        return read_signal(SignalProtocol.ROBOTS, f"Disallow: {refusal.value}")
    usage = _most_specific([rule for rule in rules if rule.label == "content-usage"], normal)
    return find_strictest(read_signal(SignalProtocol.ROBOTS, rule.value) for rule in usage)


def _find_disallow(rules: Iterable[_Rule], path: str | None) -> _Rule | None:
    access = [rule for rule in rules if rule.label != "content-usage" and rule.value]
    deciding = _most_specific(access, path)
    # RFC 9309 section 2.2.2: of two rules of equal length, Allow counts.
    if path is not None and any(rule.label == "allow" for rule in deciding):
        return None
    return next((rule for rule in deciding if rule.label == "disallow"), None)


def _most_specific(rules: Sequence[_Rule], path: str | None) -> list[_Rule]:
    if path is None:
        return list(rules)
    matching = [(len(rule.pattern), rule) for rule in rules if is_match(rule.pattern, path)]
    longest = max((length for length, _ in matching), default=0)
    return [rule for length, rule in matching if length == longest]


def _rules_for(token: re.Match[str] | None, robots_txt: str) -> list[_Rule]:
    by_agent: defaultdict[str, list[_Rule]] = defaultdict(list)
    for agents, rules in _groups(robots_txt):
        for agent in agents:
            by_agent[agent].extend(rules)
    agent = token[0].lower() if token else EVERY_AGENT
    return by_agent[agent] if agent in by_agent else by_agent[EVERY_AGENT]


def _groups(robots_txt: str) -> Iterator[tuple[set[str], list[_Rule]]]:
    agents: set[str] = set()  # what stands before the first name is a group of nobody
    rules: list[_Rule] = []
    for label, value in _lines(robots_txt):
        if label == "user-agent":
            if rules:
                yield agents, rules
                agents, rules = set(), []
            named = _PRODUCT_TOKEN.match(value)
            agents.add(named[0].lower() if named else "")
        elif label in _RULE_LABELS:
            rules.append(_Rule(label, value))
    yield agents, rules


def _lines(robots_txt: str) -> Iterator[tuple[str, str]]:
    for line in _LINE_END.split(robots_txt.removeprefix("\ufeff")):
        label, _, value = line.partition("#")[0].partition(":")
        yield label.strip().lower(), value.strip()
