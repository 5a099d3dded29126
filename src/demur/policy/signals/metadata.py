"""Preferences that stand in or beside a file: content credentials (CAWG), IPTC/PLUS metadata, TDMRep.

A CAWG assertion keeps training of models that generate apart from other training and from mining. What Demur builds is
for models that generate: a refusal of the other two refuses it as well, a permission of theirs does not cover it.
"""

from collections.abc import Mapping

from demur.kernel.words import Preference

# CAWG training and data mining 1.1 section 3.1: without further agreement, "constrained" equals "notAllowed".
_USES: Mapping[str, Preference] = {
    "allowed": Preference.ALLOW,
    "notAllowed": Preference.DENY,
    "constrained": Preference.DENY,
}

_PLUS_NAMESPACES = ("http://ns.useplus.org/ldf/vocab/", "https://ns.useplus.org/ldf/vocab/", "plus:")
# Every other value of the vocabulary starts with DMI-PROHIBITED; each of them prohibits this use, or all uses but one.
_PLUS_VALUES: Mapping[str, Preference | None] = {
    "DMI-ALLOWED": Preference.ALLOW,
    "DMI-UNSPECIFIED": None,
}

# TDMRep takes another number for a protocol error, which would leave the reservation unset.
_RESERVATIONS: Mapping[str, Preference] = {"0": Preference.ALLOW, "1": Preference.DENY}


def read_generative_training(text: str) -> Preference | None:
    """Read what a CAWG assertion says about training a model that generates."""
    return _USES.get(text.strip(), Preference.DENY)


def read_wider_use(text: str) -> Preference | None:
    """Read what a CAWG assertion says about mining or other training: it may refuse ours, and cannot allow it."""
    return None if text.strip() == "allowed" else Preference.DENY


def read_constraint(text: str) -> Preference | None:
    """Read the conditions of a CAWG assertion: a permission under conditions that nobody checked is none."""
    return Preference.DENY if text.strip() else None


def read_data_mining(text: str) -> Preference | None:
    """Read a value of the PLUS property DataMining, as a name or as an address in the PLUS vocabulary."""
    name = text.strip()
    for namespace in _PLUS_NAMESPACES:
        name = name.removeprefix(namespace)
    return _PLUS_VALUES.get(name, Preference.DENY)


def read_reservation(text: str) -> Preference | None:
    """Read a TDMRep reservation: 1 reserves the rights, 0 does not."""
    return _RESERVATIONS.get(text.strip(), Preference.DENY)


def read_nothing(_text: str) -> Preference | None:
    """Read a signal that says nothing about training, whatever its value."""
    return None
