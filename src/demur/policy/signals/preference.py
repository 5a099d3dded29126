"""One signal with the preference that it states, how signals combine, and the text that is kept with an item.

Preferences must be there when an item is used, long after it was fetched (draft-ietf-aipref-vocab-08 section 3.4); the
kept text is enough to read them again.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from demur.kernel.words import Preference
from demur.policy.signals import metadata
from demur.policy.signals.content_usage import read_content_usage, read_robots_rule
from demur.policy.signals.errors import SignalUnreadableError


class SignalProtocol(StrEnum):
    """Where a signal was found; the value stands before the colon of a kept signal."""

    CONTENT_USAGE = "content-usage"
    ROBOTS = "robots.txt"
    TDM_RESERVATION = "tdm-reservation"
    TDM_POLICY = "tdm-policy"
    TDM_FILE = "tdmrep.json"
    CAWG_GENERATIVE_TRAINING = "cawg.ai_generative_training"
    CAWG_TRAINING = "cawg.ai_training"
    CAWG_DATA_MINING = "cawg.data_mining"
    CAWG_INFERENCE = "cawg.ai_inference"
    CAWG_CONSTRAINT = "constraint_info"
    PLUS_DATA_MINING = "plus:DataMining"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One statement as it was read; a preference of None is silence about training."""

    protocol: SignalProtocol
    value: str
    preference: Preference | None


_READERS: Mapping[SignalProtocol, Callable[[str], Preference | None]] = {
    SignalProtocol.CONTENT_USAGE: read_content_usage,
    SignalProtocol.ROBOTS: read_robots_rule,
    SignalProtocol.TDM_RESERVATION: metadata.read_reservation,
    # A policy says on which terms reserved rights are licensed, not that they are reserved (TDMRep).
    SignalProtocol.TDM_POLICY: metadata.read_nothing,
    SignalProtocol.TDM_FILE: metadata.read_reservation,
    SignalProtocol.CAWG_GENERATIVE_TRAINING: metadata.read_generative_training,
    SignalProtocol.CAWG_TRAINING: metadata.read_wider_use,
    SignalProtocol.CAWG_DATA_MINING: metadata.read_wider_use,
    SignalProtocol.CAWG_INFERENCE: metadata.read_nothing,
    SignalProtocol.CAWG_CONSTRAINT: metadata.read_constraint,
    SignalProtocol.PLUS_DATA_MINING: metadata.read_data_mining,
}

_PROTOCOLS: Mapping[str, SignalProtocol] = {protocol.value: protocol for protocol in SignalProtocol}
_SEPARATOR = ": "
_STRICTEST_FIRST = (Preference.DENY, Preference.ALLOW, None)


def read_signal(protocol: SignalProtocol, value: object) -> Signal:
    """Read one signal; the preference depends on protocol and kept value alone, and never on how the value was typed.

    A truth value is read as 1 or 0, anything else that is no text as its JSON form.
    """
    text = _as_text(value)
    return Signal(protocol=protocol, value=text, preference=_READERS[protocol](text))


def combine(signals: Iterable[Signal]) -> Preference | None:
    """Return what signals say together: refused if any refuses, else allowed if any allows, else silence.

    Draft-ietf-aipref-vocab-08 section 5.1; their order and number do not matter.
    """
    strictest = find_strictest(signals)
    return strictest.preference if strictest else None


def find_strictest(signals: Iterable[Signal]) -> Signal | None:
    """Find the signal that decides; among equals the one whose kept text comes first, so that order does not matter."""
    return min(signals, key=lambda one: (_STRICTEST_FIRST.index(one.preference), as_kept(one)), default=None)


def as_kept(signal: Signal) -> str:
    """Write a signal as the text that is kept with an item: ``protocol: value``."""
    return f"{signal.protocol}{_SEPARATOR}{signal.value}"


def read_kept(text: str) -> Signal:
    """Read a kept signal again, with the same preference.

    Raises:
        SignalUnreadableError: the text does not start with a protocol.
    """
    name, separator, value = text.partition(_SEPARATOR)
    if not separator or name not in _PROTOCOLS:
        message = "a kept signal does not start with a protocol and a colon"
        raise SignalUnreadableError(message, hint=f"The protocols are {', '.join(_PROTOCOLS)}.")
    return read_signal(_PROTOCOLS[name], value)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
