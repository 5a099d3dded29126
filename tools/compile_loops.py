"""Compiles the loops of the text filter into their caches, so that not each process of the tests does it for itself."""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import polars as pl

from demur.filters.consistency import hash_secrets, list_secrets, mask_mentions
from demur.filters.names.tagging import find_names, language_ids
from demur.filters.special import cut_children, statements
from demur.filters.suppressions import build_suppressions, mask
from demur.filters.text import find_parts, redact, spans

KEY = bytes(16)
TEXTS, LANGUAGES = ("mail a@b.eu, says Anna Example",), ("en",)


def compile_identifiers() -> None:
    """Call what finds identifiers, and what reads its finds."""
    texts, languages = pl.Series(TEXTS), pl.Series(LANGUAGES)
    redact(texts, languages)
    spans(texts, languages)
    secrets = list_secrets(hash_secrets(find_parts(texts, languages), KEY), KEY)
    mask_mentions(texts, secrets)


def compile_others() -> None:
    """Call what reads texts for names, special categories and suppressions."""
    find_names(
        np.frombuffer(TEXTS[0].encode(), np.uint8), np.array([0, len(TEXTS[0])]), languages=language_ids(LANGUAGES)
    )
    texts, languages = pl.Series(TEXTS), pl.Series(LANGUAGES)
    statements(texts, languages)
    cut_children(texts, languages)
    mask(texts, build_suppressions(["Anna Example"], KEY * 2))


def main() -> None:
    """Compile on two cores."""
    with ProcessPoolExecutor(2) as pool:
        for job in [pool.submit(one) for one in (compile_identifiers, compile_others)]:
            job.result()


if __name__ == "__main__":
    main()
