"""The files of Agora, as its own systems would export them: four formats, and names of columns that are not ours."""

import csv
import gzip
import importlib.resources
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import polars as pl
import zstandard

from demur.exchange.columns import Schema
from demur.kernel.files import whole_file, write_whole
from demur.testing.agora.accounts import Account
from demur.testing.agora.content import AudienceChange, Content, Item
from demur.testing.agora.notices import NoticeRow

Row: TypeAlias = Mapping[str, object]

_POST_FILES = 3
_PHOTO_HEADER = (
    *("photo_id", "owner_id", "caption", "uploaded_at", "audience"),
    *("lang", "app", "tagged", "file", "removed_at"),
)
_POST_SCHEMA: Schema = {
    "id": pl.String,
    "author_id": pl.String,
    "body": pl.String,
    "posted_at": pl.Datetime("us", "UTC"),
    "audience": pl.String,
    "lang": pl.String,
    "app": pl.String,
    "mentions": pl.List(pl.String),
    "shared_from": pl.String,
    "quoted": pl.String,
    "removed_at": pl.Datetime("us", "UTC"),
    "expires_at": pl.Datetime("us", "UTC"),
}


def write_accounts(folder: Path, accounts: Sequence[Account]) -> None:
    """Write who has an account, and the handles by which others mention them."""
    rows = [
        (a.account, a.centre, a.birth_date, a.country, a.language, a.visibility, a.state, _instant(a.created_at))
        for a in accounts
    ]
    header = ("account", "centre", "birth_date", "country", "language", "visibility", "state", "created_at")
    _write_csv(folder / "accounts.csv", header, rows)
    _write_csv(folder / "handles.csv", ("account", "handle"), [(a.account, a.handle) for a in accounts])


def write_notices(folder: Path, notices: Sequence[NoticeRow]) -> None:
    """Write what happened to each notice."""
    rows = [
        (n.account, n.version, n.channel, n.language, n.event, _instant(n.at), "true" if n.states_right else "false")
        for n in notices
    ]
    header = ("account", "version", "channel", "language", "event", "at", "states_right")
    _write_csv(folder / "notices.csv", header, rows)


def write_objections(
    folder: Path, objections: Sequence[tuple[str, datetime]], withdrawals: Sequence[tuple[str, datetime]]
) -> None:
    """Write who objected, and who took the objection back."""
    rows = [(account, _instant(at), "form") for account, at in objections]
    _write_csv(folder / "objections.csv", ("account", "received_at", "via"), rows)
    _write_csv(
        folder / "withdrawals.csv",
        ("account", "withdrawn_at"),
        [(account, _instant(at)) for account, at in withdrawals],
    )


def write_content(folder: Path, content: Content) -> None:
    """Write every item in the file of its kind, how audiences changed, and where identifiers were planted."""
    by_kind: dict[str, list[Item]] = {"post": [], "photo": [], "comment": [], "ai_interaction": []}
    for item in content.items:
        by_kind[item.kind].append(item)
    _write_posts(folder / "content", by_kind["post"])
    _write_photos(folder / "content" / "photos.csv", by_kind["photo"])
    comments = _json_lines(_comment(item) for item in by_kind["comment"])
    write_whole(folder / "content" / "comments.jsonl.zst", zstandard.ZstdCompressor(level=3).compress(comments))
    chats = _json_lines(_chat(item) for item in by_kind["ai_interaction"])
    write_whole(folder / "content" / "assistant.jsonl.gz", gzip.compress(chats, compresslevel=6, mtime=0))
    _write_audience_log(folder / "audience_log.csv", content.audience_log)
    write_whole(folder / "planted.jsonl", _json_lines(_planted(content.items)))


def write_configuration(folder: Path) -> None:
    """Write the ``demur.toml`` that maps the platform's columns to ours."""
    write_whole(folder / "demur.toml", configuration_text().encode())


def configuration_text() -> str:
    """Return the configuration of the platform."""
    return (importlib.resources.files("demur.testing.agora") / "configuration.toml").read_text("utf-8")


def _write_posts(folder: Path, posts: Sequence[Item]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame([_post(item) for item in posts], schema=_POST_SCHEMA, orient="row")
    size = -(-len(posts) // _POST_FILES)
    for number in range(_POST_FILES):
        with whole_file(folder / f"posts-{number + 1}.parquet") as path:
            frame.slice(number * size, size).write_parquet(path, compression="zstd", compression_level=3)


def _post(item: Item) -> tuple[object, ...]:
    return (
        item.item,
        item.author.account,
        item.text.body,
        item.created_at,
        item.visibility,
        _language(item),
        item.product,
        list(item.mentions),
        item.reshare_of or None,
        item.quote_of or None,
        item.removed_at,
        item.expires_at,
    )


def _write_photos(path: Path, photos: Sequence[Item]) -> None:
    rows = [
        (
            item.item,
            item.author.account,
            item.text.body,
            _instant(item.created_at),
            item.visibility,
            _language(item) or "",
            item.product,
            " ".join(item.mentions),
            item.media,
            _instant(item.removed_at),
        )
        for item in photos
    ]
    _write_csv(path, _PHOTO_HEADER, rows)


def _comment(item: Item) -> Row:
    return {
        "comment_id": item.item,
        "user_id": item.author.account,
        "message": item.text.body,
        "written_at": _instant(item.created_at),
        "audience": item.visibility,
        "lang": _language(item),
        "app": item.product,
        "mentions": list(item.mentions),
        "in_reply_to": item.reply_to or None,
        "removed_at": _instant(item.removed_at) or None,
    }


def _chat(item: Item) -> Row:
    return {
        "turn_id": item.item,
        "asked_by": item.author.account,
        "prompt": item.text.body,
        "asked_at": _instant(item.created_at),
        "audience": item.visibility,
        "lang": _language(item),
        "app": item.product,
        "removed_at": _instant(item.removed_at) or None,
    }


def _write_audience_log(path: Path, changes: Sequence[AudienceChange]) -> None:
    rows = [(change.item, _instant(change.at), change.visibility) for change in changes]
    _write_csv(path, ("item", "at", "visibility"), rows)


def _planted(items: Sequence[Item]) -> Iterable[Row]:
    return (
        {"item": item.item, "class": planted.label, "start": planted.start, "end": planted.end, "value": planted.value}
        for item in items
        for planted in item.text.planted
    )


def _language(item: Item) -> str | None:
    return item.language if item.language_known else None


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode())


def _json_lines(rows: Iterable[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
