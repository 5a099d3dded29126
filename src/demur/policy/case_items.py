"""From the items of a case to rows of items: the columns that sources write, and what items repeat of each other."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from demur.exchange.columns import ITEM_COLUMNS, Facts
from demur.kernel.words import ItemKind, Preference, Product, Visibility
from demur.policy.case_format import Account, Case, Item, read_instant
from demur.policy.case_people import case_facts, case_instant, is_past, key_of, page_key_of
from demur.policy.content import ABOUT_AUTHOR
from demur.policy.decide import is_covered
from demur.policy.relations import ITEM_REFERENCES, Role, merge_relations, refer_to_items, relate
from demur.policy.ruleset import Ruleset
from demur.policy.signals.items import read_fetches, read_item_signals
from demur.policy.signals.preference import as_kept, combine

_KINDS = {"ai_chat": ItemKind.AI_INTERACTION.value}
_OPEN = (Visibility.PUBLIC, Visibility.GROUP_PUBLIC)
_OWN = ("author", "self", "own")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadItems:
    """The items of a case as rows, with the facts, their relations, and whether an objection covers each."""

    items: pl.DataFrame
    facts: Facts
    relations: pl.DataFrame
    covered: pl.Series


def read_items(case: Case, ruleset: Ruleset) -> ReadItems:
    """Return what the rules on items read of a case."""
    items, facts = case_items(case), case_facts(case, ruleset.settings)
    relations = case_relations(case, items, facts, ruleset)
    covered = is_covered(items, relations, facts, ruleset, at=case_instant(case))
    return ReadItems(items=items, facts=facts, relations=relations, covered=covered)


def case_items(case: Case) -> pl.DataFrame:
    """Return the items of a case in the order of their ids, as a source would yield them."""
    ordered = sorted(case.given.items, key=lambda item: item.id)
    rows = [_item_row(case, item, line) for line, item in enumerate(ordered, 1)]
    return pl.DataFrame(rows, schema=ITEM_COLUMNS)


def case_relations(case: Case, items: pl.DataFrame, facts: Facts, ruleset: Ruleset) -> pl.DataFrame:
    """Return what the items have to do with each other and with people (`RELATION_COLUMNS`)."""
    named = pl.DataFrame(list(_copy_references(case)), schema=ITEM_REFERENCES)
    references = pl.concat([refer_to_items(items), named])
    related = relate(items, facts, ruleset, at=case_instant(case), references=references)
    named_in = [key_of(item.id) for item in case.given.items if names_in(case, item)]
    hit = pl.DataFrame({"item_key": named_in}, schema={"item_key": pl.Binary})
    return merge_relations([related, hit.with_columns(pl.lit(value=True).alias("mentions_objector"))])


def names_in(case: Case, item: Item) -> list[str]:
    """Return the names in a text of people who asked to be left out: they are masked everywhere (SCO-11)."""
    names = (
        str(target["name"])
        for made in case.given.objections
        if is_past(case, made.received_at)
        for target in made.targets
        if target.get("name")
    )
    return [name for name in names if name.lower() in (item.text or "").lower()]


def _item_row(case: Case, item: Item, line: int) -> dict[str, Any]:
    signals = [
        *read_item_signals(item.signals or {}, path=item.url),
        *read_fetches(item.fetches, at=case_instant(case), path=item.url),
    ]
    preview = item.preview or {}
    return {
        "item_key": key_of(item.id),
        "subject_key": key_of(_main_author(item)),
        "source": "cases",
        "split": case.id,
        "line": line,
        "kind": _KINDS.get(item.kind or "", item.kind),
        "product": _product(item),
        "visibility": _visibility(case, item),
        "created_at": read_instant(case, item.created_at),
        "deleted_at": read_instant(case, item.deleted_at),
        "expires_at": read_instant(case, item.expires_at),
        "collected_at": read_instant(case, item.collected_at),
        "language": None,
        "text": item.text,
        "other_authors": [key_of(author) for author in _other_authors(case, item)],
        "addressed_to_assistant": item.addressed_to_ai,
        "mentions": [key_of(account) for account in item.mentions],
        "tags": [key_of(account) for account in item.tags],
        "public_role_of": [key_of(person) for person in _people_in_public_role(case, item)],
        "reshare_of": key_of((item.embeds or {}).get("item")),
        "quote_of": None,
        "reply_to": key_of(item.reply_to),
        "derived_from": key_of(item.derived_from),
        "embed_separable": (item.embeds or {}).get("separable"),
        "page_key": page_key_of(item.url),
        "media": None,
        "preference": combine(signals),
        "signals": [as_kept(signal) for signal in signals],
        "preview_text": preview.get("text"),
        "preview_preference": _preview_preference(case, preview),
        "findings": [_finding(item, found) for found in item.findings],
        "detections": [{"kind": found.get("class"), "score": found.get("score")} for found in item.detections],
    }


def _main_author(item: Item) -> str | None:
    return None if item.author_known is False else item.account


def _other_authors(case: Case, item: Item) -> list[str]:
    """Return everybody else who wrote an item or may have: co-authors, a page's admins, who shares the account."""
    may_be = list(item.page_admins) if _main_author(item) is None else []
    known = {account.id for account in case.given.accounts}
    shared = [name for account in _accounts(case, _main_author(item)) for name in account.shared_by if name in known]
    named = dict.fromkeys([*item.authors, *may_be, *shared])
    return [author for author in named if author != _main_author(item)]


def _accounts(case: Case, name: str | None) -> list[Account]:
    return [account for account in case.given.accounts if account.id == name]


def _product(item: Item) -> str | None:
    # The format names the product only where there is an assistant in several.
    is_named = item.kind in ("ai_chat", ItemKind.GROUP_CHAT_MESSAGE.value, ItemKind.WEB_PAGE.value)
    return item.product if is_named or item.product else Product.SOCIAL.value


def _visibility(case: Case, item: Item) -> str | None:
    """Return the visibility at the instant of the question; where history and state differ, the closed one."""
    changes = [
        (at, entry.get("visibility"))
        for entry in item.visibility_log
        if (at := read_instant(case, entry.get("at"))) is not None and at <= case_instant(case)
    ]
    logged = max(changes, key=lambda change: change[0])[1] if changes else item.visibility
    return logged if item.visibility in _OPEN else item.visibility


def _people_in_public_role(case: Case, item: Item) -> list[str]:
    """Return whose public role an item is about; a bare "yes" is about whoever objects about such a role."""
    about = item.about_public_role
    if isinstance(about, str):
        return [about]
    if isinstance(about, list):
        return about
    makers = (made.by.account for made in case.given.objections if made.public_role)
    return ["somebody", *(maker for maker in makers if maker is not None)] if about else []


def _preview_preference(case: Case, preview: Mapping[str, Any]) -> str | None:
    key = page_key_of(preview.get("url"))
    pointed_at = {
        page_key_of(target.get("url"))
        for made in case.given.objections
        if is_past(case, made.received_at)
        for target in made.targets
    }
    if key is not None and key in pointed_at:
        return Preference.DENY.value
    return combine(read_item_signals(preview.get("signals") or {}, path=preview.get("url")))


def _finding(item: Item, found: Mapping[str, Any]) -> dict[str, Any]:
    kind, about = found.get("class"), found.get("about")
    is_own = about in _OWN or (about is not None and about == item.account)
    return {
        "kind": kind,
        "about": ABOUT_AUTHOR if is_own else about,
        "is_minor": found.get("minor"),
        "text": found.get("text"),
    }


def _copy_references(case: Case) -> Iterator[dict[str, Any]]:
    """Yield the copies that a case says a detector found, except of what somebody else published earlier."""
    for item in case.given.items:
        named = [(Role.QUOTED, copy.get("item"), copy.get("span")) for copy in item.copies]
        named += [(Role.SHOWN, _id_in(copy), None) for copy in item.ocr_copies]
        for role, source, span in named:
            if source is not None and not _is_older_elsewhere(case, source, span):
                yield {
                    "item_key": key_of(item.id),
                    "role": role.value,
                    "source_key": key_of(source),
                    "created_at": read_instant(case, item.created_at),
                }


def _id_in(copy: str | Mapping[str, Any]) -> str | None:
    return copy if isinstance(copy, str) else copy.get("item")


def _is_older_elsewhere(case: Case, source: str, span: str | None) -> bool:
    """Tell whether somebody else published the same words before: then they are not the objector's (SCO-7)."""
    original = next((item for item in case.given.items if item.id == source), None)
    created = None if original is None else read_instant(case, original.created_at)
    words = "" if original is None else _fold(span or original.text or "")
    if original is None or created is None or not words:
        return False
    others = (item for item in case.given.items if item.account != original.account)
    return any(
        words in _fold(other.text or "") and (at := read_instant(case, other.created_at)) is not None and at < created
        for other in others
    )


def _fold(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def spans_to_cut(case: Case, item: Item, covered: Iterable[bytes | None]) -> Sequence[str]:
    """Return the pieces of an item's text that belong to objectors: copies, and embedded texts that it repeats."""
    keys = set(covered)
    copied = [copy["span"] for copy in item.copies if copy.get("span") and key_of(copy.get("item")) in keys]
    embedded = (item.embeds or {}).get("item")
    texts = [other.text for other in case.given.items if other.id == embedded and key_of(other.id) in keys]
    return [*copied, *(text for text in texts if text)]
