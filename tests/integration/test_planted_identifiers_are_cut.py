import json

import polars as pl
import pytest

from demur.cli.configuration import load_configuration
from demur.filters.text import redact
from demur.keys.keyring import create_keyring
from demur.keys.subjects import item_key
from demur.sources.open import open_source
from demur.testing.agora import write_agora


@pytest.fixture(scope="module")
def planted_and_filtered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agora")
    write_agora(folder, people=300, items=6_000, seed=11)
    keyring = create_keyring(folder / "keyring.json", platform="agora", seed=b"seed")
    sources = load_configuration(folder / "demur.toml").configuration.sources
    opened = [open_source(spec, keyring=keyring, root=folder) for spec in sources]
    items = pl.concat(batch.frame for source in opened for split in source.splits() for batch in source.batches(split))
    filtered = dict(zip(items["item_key"], redact(items["text"], items["language"]).texts, strict=True))
    planted = [json.loads(line) for line in (folder / "planted.jsonl").read_text("utf-8").splitlines()]
    return [(one["class"], one["value"], filtered[item_key(keyring, one["item"])] or "") for one in planted]


def test_no_planted_identifier_is_left_in_any_text(planted_and_filtered):
    left = [(name, value) for name, value, text in planted_and_filtered if value in text]
    assert left == []


def test_every_class_was_planted(planted_and_filtered):
    names = {name for name, _, _ in planted_and_filtered}
    assert names == {"credit_card", "email", "handle", "iban", "ip", "national_id", "phone", "url"}
