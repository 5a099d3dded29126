"""`demur init` where something is already: it refuses, and leaves everything as it was."""

import pytest

REFUSED = "init --platform agora.example --contact help@agora.example"


@pytest.mark.parametrize("there", ["demur.toml", "keys", "register", "corpora"])
def test_an_installation_is_never_overwritten(demur, tmp_path, there):
    (tmp_path / there).mkdir()
    ended = demur(tmp_path, *REFUSED.split())
    assert (ended.status, "[folder-in-use]" in ended.err, [path.name for path in tmp_path.iterdir()]) == (
        2,
        True,
        [there],
    )


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("init --platform Agora! --contact x", 2),
        ("init --platform a.example --contact x --address http://agora.example", 3),
        ("init --platform a.example --contact x --address https://agora.example/portal", 3),
    ],
)
def test_what_is_refused_leaves_nothing(demur, tmp_path, words, status):
    ended = demur(tmp_path, *words.split())
    assert (ended.status, list(tmp_path.iterdir())) == (status, [])
