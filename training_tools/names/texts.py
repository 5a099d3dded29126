"""Reads annotated corpora (one token TAB tag a line) into texts with spans, as people would have written them."""

import gzip
import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KINDS: Final = {"PER": 0, "LOC": 1, "ORG": 2}
"""Labels that are trained; everything else counts as no name."""
SHARE_ALIKE: Final = frozenset(
    (
        "uner_da_ddt",
        "uner_en_ewt",
        "turku_ner",
        "hr500k_devpart",
        "reldi_tweets_devpart",
        "uner_hr_set",
        "nerkor",
        "fullstack_ne",
        "uner_pt_bosque",
        "uner_sk_snk",
        "uner_sr_set",
        "uner_sv_talbanken",
    )
)
_PLAIN: Final = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H"})
_CLOSING, _OPENING = frozenset(".,!?;:)]}…%»”"), frozenset("([{«„#$€£")
_APOSTROPHES: Final = ("'", "’", "n't", "´")


@dataclass(frozen=True, slots=True)
class Text:
    """One training text: spans are first and last byte and kind in its UTF-8 form."""

    content: str
    spans: tuple[tuple[int, int, int], ...]
    language: str
    source: str
    weight: float = 1.0

    def changed(self, how: Callable[[str], str]) -> "Text":
        """Return the text with every part, in spans and between them, written in another way."""
        content, pieces, spans, place = self.content.encode(), "", [], 0
        for start, end, kind in sorted(self.spans):
            pieces += how(content[place:start].decode())
            begin = len(pieces.encode())
            pieces += how(content[start:end].decode())
            spans.append((begin, len(pieces.encode()), kind))
            place = end
        pieces += how(content[place:].decode())
        return Text(pieces, tuple(spans), self.language, self.source, self.weight)


def strip_accents(text: str) -> str:
    """Return a text without marks on its letters, as people type on a foreign keyboard."""
    plain = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return plain.translate(_PLAIN)


def sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    """Yield the sentences of one file as tokens with tags."""
    held: list[tuple[str, str]] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            token, _, tag = line.rstrip("\n").partition("\t")
            if not token.strip():
                if held:
                    yield held
                held = []
            else:
                held.append((token, tag or "O"))
    if held:
        yield held


def rebuild(sentence: list[tuple[str, str]], *, tight: bool) -> tuple[str, list[tuple[int, int, int]]]:
    """Join tokens to a text, with signs close to their words where it is `tight`; a handle is never a name."""
    text, spans, kind = "", [], -1
    glued = True
    for index, (token, given) in enumerate(sentence):
        follows_at = index > 0 and sentence[index - 1][0] == "@"
        if tight and not glued:
            glued = token[0] in _CLOSING or token.startswith(_APOSTROPHES)
        if follows_at:
            glued = True
        tag = "O" if follows_at else given
        text += ("" if glued else " ") + token
        end = len(text.encode())
        start = end - len(token.encode())
        label = KINDS.get(tag[2:], -1)
        if token.startswith(("@", "http")):
            label = -1
        if label >= 0 and tag[0] == "I" and label == kind and spans and not follows_at:
            spans[-1] = (spans[-1][0], end, label)
        elif label >= 0:
            spans.append((start, end, label))
        kind = label
        glued = tight and token[-1] in _OPENING
    return text, spans


def corpus(folder: Path, part: str, *, share_alike: bool, seed: int) -> list[Text]:
    """Read all files of one part ("train" or "dev"), half of the sentences as tokens apart."""
    found = []
    shuffler = random.Random(seed)
    for path in sorted(folder.glob(f"*/*.{part}.conll.gz")):
        source, language = path.name.split(".")[0], path.parent.name
        if source in SHARE_ALIKE and not share_alike:
            continue
        for sentence in sentences(path):
            text, spans = rebuild(sentence, tight=shuffler.random() < 0.5)
            found.append(Text(text, tuple(spans), language, source))
    return found
