"""Signals that a person set on an account: user intents of atproto, and Global Privacy Control.

A refusal of AI training on an authenticated account is an objection by automated means (GDPR Art. 21(5)). Global
Privacy Control asks not to sell or share, and says nothing about the training of one's own model.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from demur.policy.signals.errors import SignalUnknownError

_TRAINING_INTENT = "syntheticContentGeneration"
_DATASET_INTENT = "bulkDataset"
_PRIVACY_CONTROL = "Sec-GPC"

# The record of atproto proposal 0008, and the header of Global Privacy Control.
ACCOUNT_KEYS = (
    _TRAINING_INTENT,
    _DATASET_INTENT,
    "protocolBridging",
    "publicAccessArchive",
    "updatedAt",
    "$type",
    _PRIVACY_CONTROL,
)

_NO_CONTROL = frozenset({"", "0", "False", "None"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSignals:
    """What the signals of an account refuse; silence refuses nothing.

    Attributes:
        refuses_training: no models that generate may be trained on what the account publishes.
        refuses_sharing: what it publishes may not be passed on to others in a corpus.
    """

    refuses_training: bool
    refuses_sharing: bool


def read_account_signals(signals: Mapping[str, object]) -> AccountSignals:
    """Read the signals of one account; what is there and cannot be read is a refusal.

    Raises:
        SignalUnknownError: a key is none of `ACCOUNT_KEYS`.
    """
    _refuse_unknown(signals)
    return AccountSignals(
        refuses_training=_is_refused(signals.get(_TRAINING_INTENT)),
        # The proposal's words for a public bulk data set are what a shared corpus is.
        refuses_sharing=_is_refused(signals.get(_DATASET_INTENT)) or _asks_privacy(signals.get(_PRIVACY_CONTROL)),
    )


def _is_refused(intent: object) -> bool:
    # Proposal 0008: `allow` is true, false, or left out for "undeclared".
    allow = intent.get("allow") if isinstance(intent, Mapping) else intent
    return allow is not None and allow is not True


def _asks_privacy(control: object) -> bool:
    return str(control).strip() not in _NO_CONTROL


def _refuse_unknown(signals: Mapping[str, object]) -> None:
    unknown = [key for key in signals if key not in ACCOUNT_KEYS]
    if unknown:
        message = f"no signal of an account is called {unknown[0]!r}"
        raise SignalUnknownError(message, hint=f"The names are {', '.join(ACCOUNT_KEYS)}.")
