"""Opening a source: which format, which files, and what the configuration may say."""

import hashlib
from importlib.metadata import EntryPoint

import pytest

from demur.keys.keyring import create_keyring
from demur.sources.errors import SourceColumnsError, SourceEmptyError, SourceFormatError, SplitUnknownError
from demur.sources.open import open_source
from demur.sources.spec import SourceSpec

LINE = '{"item": "i1", "account": "a1", "text": "x"}\n'


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return create_keyring(tmp_path_factory.mktemp("keys") / "keyring.json", platform="agora", seed=b"s" * 32)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.jsonl", "a.jsonl", ".a.jsonl", "deep/c.jsonl", "deep/er/d.jsonl.gz", "posts.txt"):
        (tmp_path / name).write_text(LINE)
    (tmp_path / "folder.jsonl").mkdir()
    return tmp_path


def splits(root, keyring, path, **spec):
    return open_source(SourceSpec(name="s", path=path, **spec), keyring=keyring, root=root).splits()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("*.jsonl", ["a.jsonl", "b.jsonl"]),
        ("**/*.jsonl", ["a.jsonl", "b.jsonl", "deep/c.jsonl"]),
        ("deep/er/*.jsonl.gz", ["deep/er/d.jsonl.gz"]),
        ("deep/../a.jsonl", ["a.jsonl"]),
    ],
)
def test_splits_are_the_files_that_the_glob_finds(root, keyring, path, found):
    assert splits(root, keyring, path) == found


def test_files_beside_the_configuration_are_named_from_it(root, keyring):
    assert splits(root / "deep", keyring, "../*.jsonl") == ["../a.jsonl", "../b.jsonl"]
    assert splits(root, keyring, f"{root}/deep/*.jsonl") == ["deep/c.jsonl"]


def test_the_digest_is_that_of_the_bytes(root, keyring):
    source = open_source(SourceSpec(name="s", path="a.jsonl"), keyring=keyring, root=root)
    assert source.digest("a.jsonl") == hashlib.sha256(LINE.encode()).hexdigest()


def test_a_split_that_went_away_is_refused(root, keyring):
    source = open_source(SourceSpec(name="s", path="a.jsonl"), keyring=keyring, root=root)
    (root / "a.jsonl").unlink()
    with pytest.raises(SplitUnknownError) as caught:
        list(source.batches("a.jsonl"))
    assert str(caught.value) == "source s has no file a.jsonl"


def test_the_format_can_be_named(root, keyring):
    assert splits(root, keyring, "posts.txt", format="jsonl") == ["posts.txt"]


def test_a_format_that_the_path_does_not_tell_is_refused(root, keyring):
    with pytest.raises(SourceFormatError) as caught:
        splits(root, keyring, "posts.txt")
    assert str(caught.value) == "source s: the path posts.txt does not tell the format"


def test_an_unknown_format_is_refused_with_the_known_ones(root, keyring):
    with pytest.raises(SourceFormatError) as caught:
        splits(root, keyring, "posts.txt", format="xml")
    assert str(caught.value) == "source s: format 'xml' is unknown, known are csv, jsonl, parquet"


def test_a_path_without_a_file_is_refused(root, keyring):
    with pytest.raises(SourceEmptyError) as caught:
        splits(root, keyring, "nothing/*.jsonl")
    assert str(caught.value) == f"source s: no file matches nothing/*.jsonl in {root}"


def test_a_mapping_of_an_unknown_field_is_refused(root, keyring):
    with pytest.raises(SourceColumnsError, match="source s: columns maps unknown fields author"):
        splits(root, keyring, "a.jsonl", columns={"author": "user"})


def test_a_mapping_of_two_fields_to_one_column_is_refused(root, keyring):
    with pytest.raises(SourceColumnsError, match="source s: columns gives id to more than one field"):
        splits(root, keyring, "a.jsonl", columns={"item": "id", "account": "id"})


class Extension:
    """A format of somebody else."""

    def __init__(self, spec, *, keyring, root):
        self.name = spec.name

    def splits(self):
        return ["one"]


def test_an_installed_extension_is_a_format_like_any_other(root, keyring, monkeypatch):
    point = EntryPoint(name="platform-export", value=f"{__name__}:Extension", group="demur.sources")
    monkeypatch.setattr("demur.plugins.loading.entry_points", lambda **_: [point])
    monkeypatch.setattr(EntryPoint, "load", lambda _: Extension)
    assert splits(root, keyring, "whatever", format="platform-export") == ["one"]


def test_an_extension_may_not_take_the_name_of_a_format_of_ours(root, keyring, monkeypatch):
    point = EntryPoint(name="csv", value=f"{__name__}:Extension", group="demur.sources")
    monkeypatch.setattr("demur.plugins.loading.entry_points", lambda **_: [point])
    monkeypatch.setattr(EntryPoint, "load", lambda _: Extension)
    with pytest.raises(SourceFormatError, match="takes the name of a format of Demur: csv"):
        splits(root, keyring, "a.jsonl")
