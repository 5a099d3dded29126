"""Read posts with human labels of names: token, tab, BIO tag; a blank line between posts; gzip or plain."""

import gzip
from pathlib import Path

from text_evaluation.posts import GoldSpan, Label, Post

_PERSON = frozenset(("PER", "PERSON"))


def read_posts(path: Path, language: str) -> list[Post]:
    """Join the tokens of each post by blanks; each run of tags B-PER, I-PER becomes a span, other tags are left out."""
    opened = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    blocks = opened.decode("utf-8").replace("\r\n", "\n").split("\n\n")
    return [_read_post(block.splitlines(), language) for block in blocks if block.strip()]


def _read_post(lines: list[str], language: str) -> Post:
    text, spans, start, end = "", [], None, 0
    for line in (line for line in lines if "\t" in line):
        token, _, tag = line.partition("\t")
        kind, _, name = tag.strip().rpartition("-")
        is_person = name.upper() in _PERSON
        if start is not None and not (is_person and kind == "I"):
            spans.append((start, end))
            start = None
        text += " " if text else ""
        if is_person and start is None:
            start = len(text)
        text += token
        end = len(text)
    if start is not None:
        spans.append((start, end))
    gold = tuple(GoldSpan(start=a, end=b, label=Label.PERSON, form="tweet", hidden=False) for a, b in spans)
    return Post(text=text, language=language, spans=gold)
