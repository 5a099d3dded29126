"""A reviewer's search ends when they have waited long enough, and says that there may be more."""

from itertools import count
from types import SimpleNamespace

import polars as pl
import pytest

from demur.filters.suppressions import hash_term
from demur.keys.keyring import create_keyring
from demur.web.console.requests_candidates import find_candidates


class ManyBatches:
    """A source of one split, with a batch of one public text for each of some words."""

    def __init__(self, words):
        self.words = words

    def splits(self):
        return ["all"]

    def batches(self, split):
        del split
        for word in self.words:
            row = {"item_key": bytes(16), "source": "s", "kind": "post", "text": f"so {word}", "visibility": "public"}
            yield SimpleNamespace(frame=pl.DataFrame([row]))


@pytest.mark.parametrize(("seconds", "searched", "is_all"), [(0.1, 5, True), (0.4, 3, False)])
def test_a_search_stops_after_a_second_and_says_so(tmp_path, seconds, searched, is_all):
    keyring = create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"review")
    spans = [(span.words, span.hash, span.digest) for span in hash_term("Xantippe Moreau", keyring.suppression_key)]
    services = SimpleNamespace(
        register=SimpleNamespace(keyring=keyring), sources={"s": ManyBatches(["Xantippe Moreau"] * 5)}
    )
    ticks = count()
    told = find_candidates(services, spans, clock=lambda: next(ticks) * seconds)
    assert (len(told.found), told.is_all) == (searched, is_all)
