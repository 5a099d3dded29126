"""Lists of words for training: models of Tesseract are read whole, and names that people wrote small are left out."""

import struct
from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_tools.names import vocabulary

CHARACTERS = ["NULL", "Joined", *ascii_letters, "ä", "ü", "ħ", "'", "-"]
NUMBER = {character: number for number, character in enumerate(CHARACTERS)}
BITS = len(CHARACTERS).bit_length()
LAST, BACKWARD, ENDS = 1, 2, 4


def graph_of(words):
    """Return words as a tree of edges, the way Tesseract writes its graphs."""
    tree = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    edges, nodes = [], [(tree, None)]
    while nodes:
        node, above = nodes.pop(0)
        letters = sorted(set(node) - {""})
        if above is not None and letters:
            edges[above][1] = len(edges)
        for letter in letters:
            flags = (LAST if letter == letters[-1] else 0) | (ENDS if "" in node[letter] else 0)
            edges.append([NUMBER[letter] | flags << BITS, 0])
            nodes.append((node[letter], len(edges) - 1))
    records = [flagged | following << (BITS + 3) for flagged, following in edges]
    return struct.pack("<hii", 42, len(CHARACTERS), len(records)) + struct.pack(f"<{len(records)}Q", *records)


def model_of(words, graph=None):
    """Return a model that holds nothing but characters and words."""
    characters = "\n".join([str(len(CHARACTERS)), *(f"{one} 0 Latin" for one in CHARACTERS)]).encode()
    parts = {19: graph_of(words) if graph is None else graph, 21: characters}
    starts, content = [], b""
    for number in range(24):
        starts.append(4 + 24 * 8 + len(content) if number in parts else -1)
        content += parts.get(number, b"")
    return struct.pack("<i24q", 24, *starts) + content


def write(folder, **words):
    folder.mkdir(exist_ok=True)
    for name in vocabulary.MODELS.values():
        (folder / f"{name}.traineddata").write_bytes(model_of(words.get(name, ["a"])))


@given(st.sets(st.text(alphabet="abAäħ-'", min_size=1, max_size=6), min_size=1, max_size=40))
def test_every_word_of_a_graph_is_read_and_no_other(tmp_path_factory, words):
    folder = tmp_path_factory.mktemp("tessdata")
    (folder / "mlt.traineddata").write_bytes(model_of(words))
    assert sorted(vocabulary.words("mt", folder)) == sorted(words)


def test_a_file_that_is_no_graph_is_refused(tmp_path):
    (tmp_path / "fin.traineddata").write_bytes(model_of([], graph=b"\x00" * 30))
    with pytest.raises(ValueError, match="begins with 0 instead of 42"):
        vocabulary.words("fi", tmp_path)


def test_a_name_that_stands_with_a_capital_elsewhere_is_no_word(tmp_path):
    write(tmp_path, fin=["angela", "talo", "radio"], swe=["Angela", "hus", "radio"], mlt=["Angela", "dar"])
    found = vocabulary.not_names(tmp_path)
    assert found["fi"] == ["radio", "talo"]


def test_german_nouns_are_known_by_their_endings_and_parts(tmp_path):
    write(
        tmp_path,
        deu=["Zeitung", "Haus", "Hauses", "Brief", "Briefe", "Hausbrief", "Friedbert", "Friedberts", "und"],
    )
    found = vocabulary.not_names(tmp_path)["de"]
    assert {"zeitung", "hausbrief", "brief", "und"} <= set(found)
    assert "friedbert" not in found
