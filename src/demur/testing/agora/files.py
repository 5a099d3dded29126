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
from demur.testing.agora.content import AudienceChange, Content
from demur.testing.agora.details import Details
from demur.testing.agora.items import Found, Item
from demur.testing.agora.notices import NoticeRow, ObjectionRow
from demur.testing.agora.reports import HijackRow, TargetRow

Row: TypeAlias = Mapping[str, object]

_POST_FILES = 3
# The file of each kind of item.
_POSTS, _PHOTOS, _COMMENTS, _ASSISTANT = range(4)
_FILES: Mapping[str, int] = {
    "post": _POSTS,
    "story": _POSTS,
    "photo": _PHOTOS,
    "comment": _COMMENTS,
    "derived": _COMMENTS,
    "ai_interaction": _ASSISTANT,
    "group_chat_message": _ASSISTANT,
}
_ACCOUNT_HEADER = (
    *("account", "centre", "birth_date", "country", "language", "visibility", "state", "created_at"),
    *("time_zone", "contact", "last_seen_at"),
    *("is_for_minor", "age_doubt", "refuses_training", "refuses_sharing"),
)
_NOTICE_HEADER = (
    *("account", "version", "channel", "language", "event", "at", "states_right"),
    *("is_marketing", "variant"),
)
_PHOTO_HEADER = (
    *("photo_id", "owner_id", "caption", "uploaded_at", "audience"),
    *("lang", "app", "tagged", "file", "removed_at", "rights", "seen"),
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
    "type": pl.String,
    "co_authors": pl.List(pl.String),
    "role_of": pl.List(pl.String),
    "is_card": pl.Boolean,
    "link_text": pl.String,
    "link_rights": pl.String,
    "sensitive": pl.String,
}


def write_accounts(
    folder: Path, accounts: Sequence[Account], details: Mapping[str, Details], last_seen: Mapping[str, datetime]
) -> None:
    """Write who has an account, and the handles by which others mention them."""
    rows = [_account(one, details[one.account], last_seen[one.account]) for one in accounts]
    _write_csv(folder / "accounts.csv", _ACCOUNT_HEADER, rows)
    # Invented addresses: nobody has one below .example (RFC 2606).
    reached = [(one.account, one.language, f"{one.handle.lstrip('@')}@people.example") for one in accounts]
    _write_csv(folder / "recipients.csv", ("account", "language", "email"), reached)
    _write_csv(folder / "content" / "handles.csv", ("account", "handle"), [(a.account, a.handle) for a in accounts])


def write_notices(folder: Path, notices: Sequence[NoticeRow]) -> None:
    """Write what happened to each notice."""
    rows = [
        (
            *(n.account, n.version, n.channel, n.language, n.event, _instant(n.at), _flag(n.states_right)),
            *(_flag(n.is_marketing), n.variant),
        )
        for n in notices
    ]
    _write_csv(folder / "notices.csv", _NOTICE_HEADER, rows)


def write_objections(
    folder: Path, objections: Sequence[ObjectionRow], withdrawals: Sequence[tuple[str, datetime]]
) -> None:
    """Write who objected, and who took the objection back."""
    _write_csv(
        folder / "objections.csv",
        ("account", "received_at", "via", "scope", "in_public_role"),
        [(o.account, _instant(o.at), "form", o.scope, _flag(o.in_public_role)) for o in objections],
    )
    _write_csv(
        folder / "withdrawals.csv",
        ("account", "withdrawn_at"),
        [(account, _instant(at)) for account, at in withdrawals],
    )


def write_reports(folder: Path, targets: Sequence[TargetRow], hijacks: Sequence[HijackRow]) -> None:
    """Write what somebody without an account points at, and when somebody else held an account."""
    _write_csv(
        folder / "targets.csv",
        ("item", "page", "received_at", "in_public_role"),
        [(t.item, t.page, _instant(t.at), _flag(t.in_public_role)) for t in targets],
    )
    _write_csv(
        folder / "hijacks.csv",
        ("account", "since", "until"),
        [(h.account, _instant(h.since), _instant(h.until)) for h in hijacks],
    )


def write_content(folder: Path, content: Content) -> None:
    """Write every item in the file of its kind, how audiences changed, and where identifiers were planted."""
    files: tuple[list[Item], ...] = ([], [], [], [])
    for item in content.items:
        files[_FILES[item.kind]].append(item)
    _write_posts(folder / "content", files[_POSTS])
    _write_photos(folder / "content" / "photos.csv", files[_PHOTOS])
    comments = _json_lines(_comment(item) for item in files[_COMMENTS])
    write_whole(folder / "content" / "comments.jsonl.zst", zstandard.ZstdCompressor(level=3).compress(comments))
    chats = _json_lines(_chat(item) for item in files[_ASSISTANT])
    write_whole(folder / "content" / "assistant.jsonl.gz", gzip.compress(chats, compresslevel=6, mtime=0))
    _write_audience_log(folder / "content" / "audience_log.csv", content.audience_log)
    write_whole(folder / "planted.jsonl", _json_lines(_planted(content.items)))


def write_configuration(folder: Path) -> None:
    """Write the ``demur.toml`` that maps the platform's columns to ours, and the notice that comes next."""
    write_whole(folder / "demur.toml", configuration_text().encode())
    notice = (importlib.resources.files("demur.testing.agora") / "notice.toml").read_bytes()
    write_whole(folder / "notices" / "2026-01.toml", notice)


def configuration_text() -> str:
    """Return the configuration of the platform."""
    return (importlib.resources.files("demur.testing.agora") / "configuration.toml").read_text("utf-8")


def _account(account: Account, details: Details, last_seen: datetime) -> tuple[str, ...]:
    return (
        *(account.account, account.centre, account.birth_date, account.country, account.language),
        *(account.visibility, account.state, _instant(account.created_at)),
        *(details.time_zone, details.contact, _instant(last_seen)),
        *(_flag(details.is_for_minor), _flag(details.has_age_doubt)),
        # A signal that is not there is silence, which is no "no".
        *("true" if refuses else "" for refuses in (details.refuses_training, details.refuses_sharing)),
    )


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
        None if item.kind == "post" else item.kind,
        list(item.other_authors),
        list(item.public_role_of),
        item.is_card,
        item.link_text or None,
        _json(item.link_rights),
        _json(item.sensitive),
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
            " ".join((*item.mentions, *item.tags)),
            item.media,
            _instant(item.removed_at),
            _json(item.rights) or "",
            _json(item.seen) or "",
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
        "type": item.kind,
        "made_from": item.derived_from or None,
        "sensitive": item.sensitive or None,
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
        "type": item.kind,
        "to_assistant": item.addressed_to_assistant,
        "sensitive": item.sensitive or None,
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


def _json(found: Found | Sequence[Found] | None) -> str | None:
    return json.dumps(found, ensure_ascii=False) if found else None


def _flag(value: bool) -> str:  # noqa: FBT001 -- a value of a column
    return "true" if value else "false"


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
