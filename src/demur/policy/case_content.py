"""What is in the items of a case: the parts that are cut, what is left, and what the rules on content read."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from demur.kernel.words import Decision, ItemKind
from demur.policy.case_format import Case, Item
from demur.policy.case_items import ReadItems, names_in, spans_to_cut
from demur.policy.case_people import key_of
from demur.policy.content import FILTER_COLUMNS, IDENTIFIER_KINDS, describe_content
from demur.policy.settings import OthersContent, Settings

CUT = " [CUT] "
_MARK = r"\[[A-Z_]+\]"
_WORD_CHARACTER = r"[\p{L}\p{N}\p{So}]"


def keep_text(texts: pl.Series, _languages: pl.Series) -> pl.Series:
    """Return texts as they stand; a caller with filters cuts identifiers."""
    return texts


def is_blank(texts: pl.Series) -> pl.Series:
    """Tell which texts hold nothing but placeholders, space and punctuation; a missing text holds nothing."""
    return ~texts.fill_null("").str.replace_all(_MARK, " ").str.contains(_WORD_CHARACTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTools:
    """The filters that a caller has, since the rules have none.

    Attributes:
        clean: texts and their languages in, texts without identifiers out.
        is_empty: tells which texts hold nothing once identifiers are cut.
    """

    clean: Callable[[pl.Series, pl.Series], pl.Series] = keep_text
    is_empty: Callable[[pl.Series], pl.Series] = is_blank


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredItems:
    """The items of a case after the filters: `texts` as they would stand in a corpus, and the flags of the content."""

    texts: pl.Series
    content: pl.DataFrame


def filter_items(
    case: Case, read: ReadItems, *, decided: pl.DataFrame, settings: Settings, tools: TextTools
) -> FilteredItems:
    """Cut what must be cut from the items of a case, and describe what is in them.

    Args:
        decided: the decisions by facts; only an item that they let in makes another one a duplicate.
    """
    reaches = settings.others_content is OthersContent.CUT
    keys = read.items["item_key"].filter(read.covered).to_list() if reaches else []
    objectors = set(read.facts.objections["subject_key"]) if reaches else set()
    given = sorted(case.given.items, key=lambda item: item.id)
    found = [_findings(case, item) for item in given]
    theirs = [[*spans_to_cut(case, item, keys), *_mentions(case, item, objectors)] for item in given]
    own = [_cut(item.text, cut) for item, cut in zip(given, found, strict=True)]
    left = [_cut(item.text, [*cut, *more]) for item, cut, more in zip(given, found, theirs, strict=True)]
    own_texts, texts = (
        tools.clean(pl.Series("text", part, dtype=pl.String), read.items["language"]) for part in (own, left)
    )
    filtered = _flag(read, own_texts, texts, decided=decided, tools=tools)
    return FilteredItems(texts=texts, content=describe_content(read.items, read.relations, filtered))


def _flag(read: ReadItems, own: pl.Series, left: pl.Series, *, decided: pl.DataFrame, tools: TextTools) -> pl.DataFrame:
    items = read.items.select("item_key", "kind")
    beside = items.join(read.relations, on="item_key", how="left", maintain_order="left")
    embeds, copies = (beside[name].fill_null(value=False) for name in ("embeds_objected", "copies_objected"))
    # A picture is content as well, once somebody has looked at it.
    is_photo = (beside["kind"] == ItemKind.PHOTO.value).fill_null(value=False)
    flags = {
        "is_picture_only": is_photo & tools.is_empty(own) & (read.items["detections"].list.len() == 0),
        "is_empty": tools.is_empty(own) & ~embeds & ~is_photo,
        "is_only_objected": tools.is_empty(left) & (embeds | copies),
        "is_duplicate": _find_duplicates(read.items, left, decided, tools),
    }
    return pl.DataFrame(flags).select(list(FILTER_COLUMNS))


def _find_duplicates(items: pl.DataFrame, texts: pl.Series, decided: pl.DataFrame, tools: TextTools) -> pl.Series:
    """Tell which items say the same as an earlier eligible one."""
    is_open = (decided["decision"] == Decision.INCLUDE.value) & ~tools.is_empty(texts)
    open_items = items.select("item_key", "created_at", texts.alias("text")).filter(is_open)
    later = open_items.sort("created_at", "item_key").filter(~pl.col("text").is_first_distinct())
    return items["item_key"].is_in(later["item_key"].implode())


def _cut(text: str | None, pieces: Sequence[str]) -> str | None:
    """Put a mark in place of every piece, whatever its case, the longest first."""
    if text is None:
        return None
    wanted = sorted({piece for piece in pieces if piece.strip()}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, wanted)), CUT, text, flags=re.IGNORECASE) if wanted else text


def _findings(case: Case, item: Item) -> list[str]:
    """Return what a detector says stands in a text, and the names of people who asked to be left out."""
    found = [
        str(finding["text"])
        for finding in item.findings
        if finding.get("text") and (finding.get("minor") or finding.get("class") in IDENTIFIER_KINDS)
    ]
    preview = (item.preview or {}).get("text")
    return [*found, *names_in(case, item), *([preview] if preview else [])]


def _mentions(case: Case, item: Item, objectors: set[bytes]) -> Iterator[str]:
    """Yield the places of a text that name an objector's handle: as a mention, a hashtag, or in a link."""
    for account in case.given.accounts:
        if account.id in item.mentions and key_of(account.id) in objectors and account.handle:
            handle = re.escape(account.handle.lstrip("@"))
            yield from re.findall(rf"\S*(?<!\w){handle}(?!\w)\S*", item.text or "", flags=re.IGNORECASE)
