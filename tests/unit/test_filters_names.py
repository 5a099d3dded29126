"""The names tier: names in every language, and weights that nobody exchanged."""

import threading
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from demur.filters.names.layout import LANGUAGES
from demur.filters.names.model import NamesSilentError, NamesWeightsError, check, read_card, read_model, shared_model
from demur.filters.names.reference import find_reference
from demur.filters.names.sentences import SENTENCES
from demur.filters.names.tagging import Label, find_names, language_ids


def persons(texts, languages=None):
    parts = [text.encode() for text in texts]
    content, offsets = np.frombuffer(b"".join(parts), np.uint8), np.cumsum([0, *map(len, parts)]).astype(np.int64)
    names = find_names(content, offsets, languages=None if languages is None else language_ids(languages))
    found = [[] for _ in texts]
    for row, start, end, label in zip(names.row, names.start, names.end, names.label, strict=True):
        if label == Label.PERSON:
            found[row].append(parts[row][start:end].decode())
    return found


def test_each_language_has_two_sentences_and_a_person_is_found_in_one_at_least():
    texts = [sentence for language in LANGUAGES for sentence in SENTENCES[language]]
    found = persons(texts, [language for language in LANGUAGES for _ in range(2)])
    heard = {language: any(found[2 * place : 2 * place + 2]) for place, language in enumerate(LANGUAGES)}
    assert heard == dict.fromkeys(LANGUAGES, True)


def test_a_name_is_found_with_its_whole_length():
    texts = ["met Susan Whitfield at the gym today", "thanks @susan_w for the ride https://example.com/Susan"]
    assert persons(texts, ["en", "en"]) == [["Susan Whitfield"], []]


def test_a_text_without_names_has_none():
    assert persons(["Order 4711 will arrive on Monday.", "Danke, bis morgen!", "", "2024-01-31"]) == [[], [], [], []]


def test_codes_of_other_languages_count_as_unknown():
    assert language_ids(["bg", "xx", None, "sv"]).tolist() == [1, 0, 0, 24]


def test_rows_may_be_writable_and_offsets_narrow_views():
    text = "met Susan Whitfield at the gym today"
    content, offsets = np.array(list(text.encode()), np.uint8), np.array([0, 9, len(text), 9], np.int64)[::2]
    assert find_names(content, offsets).start.tolist() == [4]


def test_threads_find_what_one_finds():
    texts = [sentence for language in LANGUAGES for sentence in SENTENCES[language]]
    expected, found = persons(texts), []
    threads = [threading.Thread(target=lambda: found.append(persons(texts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_one_flipped_bit_in_the_weights_is_noticed():
    content = bytearray((files("demur.filters.names") / "weights.npz").read_bytes())
    content[len(content) // 2] ^= 1
    with pytest.raises(NamesWeightsError) as raised:
        read_model(bytes(content), read_card())
    assert raised.value.code == "names-weights"


def test_weights_that_find_nothing_are_refused():
    model = shared_model()
    nothing = {name: np.zeros_like(getattr(model, name)) for name in ("table", "transitions", "outside")}
    empty = replace(model, **nothing)
    with pytest.raises(NamesSilentError) as raised:
        check(empty)
    assert raised.value.code == "names-silent"


def test_the_weights_are_small_enough_and_name_their_sources():
    card = read_card()
    assert card["size_bytes"] <= 12_000_000
    assert any("CC BY 4.0" in line for line in card["attribution"])


POSTS_OF_MANY_WORDS = {
    "en": "we were so happy when Jenny Oswick told us that you would be there with her brother today",
    "fi": "kiitos kun tulit eilen ja autoit, kerro terveisiä myös Orvokki Hartolalle ja hänen siskolleen",
    "hu": "köszönjük a sok segítséget, holnap reggel a gyerekekkel együtt megyünk el Borsodi Emesével",
    "pl": "wczoraj wieczorem byliśmy razem na długim spacerze i spotkaliśmy Zbigniewa Orzelskiego z córką",
}


def test_a_language_that_is_not_told_is_guessed_by_its_words():
    texts = list(POSTS_OF_MANY_WORDS.values())
    assert persons(texts) == persons(texts, list(POSTS_OF_MANY_WORDS))


def test_without_words_of_a_language_none_is_guessed():
    blind = replace(shared_model(), vocabulary=np.zeros(1, np.uint32))
    model = shared_model()
    taken = model.outside.copy()
    taken[0] = 1 << 20  # where no language is known, nobody is found
    for text in POSTS_OF_MANY_WORDS.values():
        content, offsets = np.frombuffer(text.encode(), np.uint8), np.array([0, len(text.encode())], np.int64)
        assert len(find_names(content, offsets, model=replace(model, outside=taken))) == 1
        if "you" not in text:  # a common word of English, which the network knows
            assert len(find_names(content, offsets, model=replace(blind, outside=taken))) == 0


@pytest.mark.parametrize("language", ["en", "de", None])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("so proud #HeatherWhitfield", ["#HeatherWhitfield"]),
        ("watch this #HeatherMarieWhitfield now", ["#HeatherMarieWhitfield"]),
        ("#HeatherWhitfield and #DerekOxley", ["#HeatherWhitfield", "#DerekOxley"]),
        ("a HeatherWhitfield #ok", []),
        ("#MayDay", []),  # both are words
        ("#JohnWhitfield", ["#JohnWhitfield"]),  # one is
        ("#ParisDay", []),  # of a town
        ("#HeatherWhitfield2024", []),
        ("#HEATHERWhitfield", []),
        ("# HeatherWhitfield", []),
        ("#Heather", []),
    ],
)
def test_a_hashtag_of_given_name_and_surname_is_a_person(text, found, language):
    assert persons([text], [language])[0] == found
    content, offsets = np.frombuffer(text.encode(), np.uint8), np.array([0, len(text.encode())], np.int64)
    ids = language_ids([language])
    names = find_names(content, offsets, languages=ids)
    expected = [(one.start, one.end, one.label) for one in find_reference(shared_model(), [text], ids.tolist())]
    assert list(zip(names.start.tolist(), names.end.tolist(), names.label.tolist(), strict=True)) == expected
