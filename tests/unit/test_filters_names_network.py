"""The small network of the names tier: asked on doubtful English posts alone, and a file that nobody exchanged."""

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from demur.filters.names.layout import NETWORK_TOKENS, Number, Tag
from demur.filters.names.model import (
    NamesWeightsError,
    no_network,
    read_card,
    read_network,
    read_network_card,
    shared_model,
)
from demur.filters.names.reference import find_reference
from demur.filters.names.tagging import find_names, language_ids

POSTS = ("lol kerry was not even late", "Ask Marlowe now", "so proud of my girl zara again", "Zayn > Harry", "ok")


def spans(texts, language, model):
    parts = [text.encode() for text in texts]
    content, offsets = np.frombuffer(b"".join(parts), np.uint8), np.cumsum([0, *map(len, parts)]).astype(np.int64)
    names = find_names(content, offsets, languages=language_ids([language] * len(texts)), model=model)
    columns = (names.row, names.start, names.end, names.label)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def always():
    """Return the installation's model, with a network that is asked however sure the tagger is, and sees persons."""
    network = shared_model().network
    numbers, to_tags = network.numbers.copy(), network.to_tags.copy()
    numbers[Number.DOUBT], to_tags[Tag.BEGIN_PERSON, -1] = 1 << 20, 1 << 20
    return replace(shared_model(), network=replace(network, numbers=numbers, to_tags=to_tags))


def alone():
    return replace(shared_model(), network=no_network())


def test_the_kernel_adds_what_the_reference_adds():
    expected = find_reference(always(), POSTS, language_ids(["en"] * len(POSTS)).tolist())
    assert spans(POSTS, "en", always()) == [(one.row, one.start, one.end, one.label) for one in expected]


def test_the_network_changes_english_posts_and_no_others():
    assert spans(POSTS, "en", always()) != spans(POSTS, "en", alone())
    assert spans(POSTS, "de", always()) == spans(POSTS, "de", alone())


def test_where_no_language_is_known_an_english_word_has_to_stand_there():
    assert spans(POSTS, None, always()) == spans(POSTS, None, alone())
    english = [f"{post} and you" for post in POSTS]
    assert spans(english, None, always()) != spans(english, None, alone())


def test_a_long_sequence_is_left_to_the_tagger():
    long = [" ".join([*POSTS] * (NETWORK_TOKENS // 16))]
    assert spans(long, "en", always()) == spans(long, "en", alone())


def test_one_flipped_bit_in_the_network_is_noticed():
    content = bytearray((files("demur.filters.names") / "network.npz").read_bytes())
    content[len(content) // 2] ^= 1
    with pytest.raises(NamesWeightsError) as raised:
        read_network(bytes(content), read_network_card())
    assert raised.value.code == "names-weights"


def test_weights_and_network_are_small_enough_together_and_name_their_sources():
    card = read_network_card()
    assert card["size_bytes"] + read_card()["size_bytes"] <= 12_000_000
    assert any("CC BY 4.0" in line for line in card["attribution"])
