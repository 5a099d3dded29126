"""Compiles the loops of the text filter into their caches, so that not each process of the tests does it for itself."""

import polars as pl

from demur.filters.consistency import hash_secrets, list_secrets, mask_mentions
from demur.filters.special import cut_children, statements
from demur.filters.suppressions import build_suppressions, mask
from demur.filters.text import find_parts, redact, spans

KEY = bytes(16)


def main() -> None:
    """Call everything once that is compiled."""
    texts, languages = pl.Series(["mail a@b.eu, says Anna Example"]), pl.Series(["en"])
    redact(texts, languages)
    spans(texts, languages)
    statements(texts, languages)
    cut_children(texts, languages)
    secrets = list_secrets(hash_secrets(find_parts(texts, languages), KEY), KEY)
    mask_mentions(texts, secrets)
    mask(texts, build_suppressions(["Anna Example"], KEY * 2))


if __name__ == "__main__":
    main()
