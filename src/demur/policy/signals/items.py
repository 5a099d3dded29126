"""Signals of an item, under the names that their standards give them, and what its fetches found."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from demur.kernel.clock import parse_timestamp, timestamp
from demur.policy.signals.errors import SignalUnknownError, SignalUnreadableError
from demur.policy.signals.preference import Signal, SignalProtocol, as_kept, read_signal
from demur.policy.signals.robots import EVERY_AGENT, is_robots_file, robots_preference

ITEM_KEYS: Mapping[str, SignalProtocol] = {
    "header": SignalProtocol.CONTENT_USAGE,
    "robots": SignalProtocol.ROBOTS,
    "tdm-reservation": SignalProtocol.TDM_RESERVATION,
    "tdm-policy": SignalProtocol.TDM_POLICY,
    "cawg.ai_generative_training": SignalProtocol.CAWG_GENERATIVE_TRAINING,
    "cawg.ai_training": SignalProtocol.CAWG_TRAINING,
    "cawg.data_mining": SignalProtocol.CAWG_DATA_MINING,
    "cawg.ai_inference": SignalProtocol.CAWG_INFERENCE,
    "constraint_info": SignalProtocol.CAWG_CONSTRAINT,
    "plus:DataMining": SignalProtocol.PLUS_DATA_MINING,
}

_TRAINING_ENTRIES = frozenset({"cawg.ai_generative_training", "cawg.ai_training", "cawg.data_mining"})


def read_item_signals(
    signals: Mapping[str, object], *, user_agent: str = EVERY_AGENT, path: str | None = None
) -> tuple[Signal, ...]:
    """Read the signals of one item, in the order of `ITEM_KEYS`; null is no signal.

    `user_agent` and `path`, or the whole address, say which rules of a robots.txt are about the item.

    Raises:
        SignalUnknownError: a key is none of `ITEM_KEYS`.
    """
    _refuse_unknown(signals)
    return tuple(
        signal
        for key in ITEM_KEYS
        if signals.get(key) is not None
        for signal in _read_key(key, signals[key], user_agent=user_agent, path=path)
    )


def read_fetches(
    fetches: Sequence[Mapping[str, object]], *, at: datetime, user_agent: str = EVERY_AGENT, path: str | None = None
) -> tuple[Signal, ...]:
    """Read what the fetches of an item found up to an instant, each signal once, in the order of their kept texts.

    A fetch has an instant `at` and any keys of an item. What a site said later counts from the next fetch on
    (draft-ietf-aipref-attach-05 section 3.3), and no fetch takes back what an earlier one found.

    Raises:
        SignalUnknownError: a key is neither `at` nor one of `ITEM_KEYS`.
        SignalUnreadableError: a fetch has no instant.
        TimestampError: an instant is malformed or names no time zone.
    """
    found = {signal for fetch in fetches for signal in _read_fetch(fetch, at=at, user_agent=user_agent, path=path)}
    return tuple(sorted(found, key=as_kept))


def _read_fetch(fetch: Mapping[str, object], *, at: datetime, user_agent: str, path: str | None) -> tuple[Signal, ...]:
    signals = {key: value for key, value in fetch.items() if key != "at"}
    read = read_item_signals(signals, user_agent=user_agent, path=path)
    return read if _instant(fetch.get("at")) <= at else ()


def _read_key(key: str, value: object, *, user_agent: str, path: str | None) -> Iterator[Signal]:
    if key == "robots" and isinstance(value, str) and is_robots_file(value):
        deciding = robots_preference(value, user_agent=user_agent, path=path)
        yield from (deciding,) if deciding else ()
    elif key in _TRAINING_ENTRIES and isinstance(value, Mapping):
        yield from _read_entry(ITEM_KEYS[key], value)
    else:
        yield read_signal(ITEM_KEYS[key], value)


def _read_entry(protocol: SignalProtocol, entry: Mapping[str, object]) -> Iterator[Signal]:
    # CAWG training and data mining 1.1 section 3.2: an entry is a map of "use" and, at will, "constraint_info".
    yield read_signal(protocol, entry.get("use"))
    if entry.get("constraint_info") is not None:
        yield read_signal(SignalProtocol.CAWG_CONSTRAINT, entry["constraint_info"])


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return parse_timestamp(timestamp(value))
    if isinstance(value, str):
        return parse_timestamp(value)
    message = f"a fetch has {type(value).__name__} for its instant `at`"
    raise SignalUnreadableError(message, hint="Give date, time and zone of every fetch.")


def _refuse_unknown(signals: Mapping[str, object]) -> None:
    unknown = [key for key in signals if key not in ITEM_KEYS]
    if unknown:
        message = f"no signal of an item is called {unknown[0]!r}"
        raise SignalUnknownError(message, hint=f"The names are {', '.join(ITEM_KEYS)}.")
