"""Which facts of a case no rule reads yet: such a case is listed as not supported, never decided by luck.

The answer depends on what is in a case, never on which case it is. A fact that leads nowhere (the name of a run, a
handle) is not in the list: rules need not read it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from demur.kernel.words import NoticeChannel, NoticeEvent
from demur.policy.case_facts import case_facts, key_of
from demur.policy.case_format import Account, Case, asked_item, read_instant
from demur.policy.settings import Settings

# Set from the facts on the processing, so a case that names it in its policy says it twice.
_SETTINGS_OF_PROCESSING = {"processing", "notice_version", "suspended_countries"}
_DORMANT_AFTER = timedelta(days=730)

_ITEM_FACTS = (
    "authors",
    "page",
    "page_admins",
    "author_known",
    "tags",
    "embeds",
    "copies",
    "ocr_copies",
    "derived_from",
    "derived",
    "findings",
    "detections",
    "exif",
    "signals",
    "preview",
    "fetches",
    "about_public_role",
    "addressed_to_ai",
)
_ACCOUNT_FACTS = (
    "age_signal",
    "managed_for_minor",
    "shared_by",
    "compromised",
    "signals",
    "birth_date_log",
    "country_log",
    "holder_log",
)
_NOTICE_FACTS = ("mixed_with_marketing", "variant")
_OBJECTION_FACTS = ("targets", "claims", "person", "on_behalf_of", "public_role")
_PROCESSING_FACTS = ("erasure_windows", "relaunched_at")


def find_unsupported(case: Case) -> tuple[str, ...]:
    """Return the facts of a case that no rule reads yet, by name; empty when the rules can decide it."""
    if case.given.ask.about != "item":
        return (f"ask.about={case.given.ask.about}",)
    found = (name for find in _FINDERS for name in find(case))
    return tuple(dict.fromkeys(found))


def _in_item(case: Case) -> list[str]:
    return [f"items.{name}" for name in _present(asked_item(case), _ITEM_FACTS)]


def _in_author(case: Case) -> list[str]:
    return [f"accounts.{name}" for account in _authors(case) for name in _present(account, _ACCOUNT_FACTS)]


def _in_notices(case: Case) -> list[str]:
    author = asked_item(case).account
    of_author = (notice for notice in case.given.notices if notice.account == author)
    return [f"notices.{name}" for notice in of_author for name in _present(notice, _NOTICE_FACTS)]


def _in_objections(case: Case) -> list[str]:
    names = [f"objections.{name}" for made in case.given.objections for name in _present(made, _OBJECTION_FACTS)]
    if any(made.by.account is None for made in case.given.objections):
        names.append("objections.by=null")
    # What is inside the partial scope is out by the rule for the whole.
    if any(made.scope != "all" for made in case.given.objections) and asked_item(case).kind != "photo":
        names.append("objections.scope")
    return names


def _in_processing(case: Case) -> list[str]:
    names = [f"processing.{name}" for name in _present(case.given.processing, _PROCESSING_FACTS)]
    changes = case.given.processing.changes
    return [*names, *("processing.changes" for change in changes if change.get("material") is not True)]


def _in_policy(case: Case) -> list[str]:
    known = set(Settings.__struct_fields__) - _SETTINGS_OF_PROCESSING
    return [f"policy.{name}" for name in sorted(set(case.given.policy) - known)]


def _in_contacts(case: Case) -> list[str]:
    author = asked_item(case).account
    contacts = [account.contact_key for account in _authors(case) if account.contact_verified and account.contact_key]
    others = [account for account in case.given.accounts if account.id != author and account.contact_verified]
    return ["accounts.contact_verified" for account in others if account.contact_key in contacts]


def _in_centres(case: Case) -> list[str]:
    entries = [entry for account in case.given.accounts for entry in account.centre_log]
    return ["accounts.centre_log" for entry in entries if set(entry) != {"at", "centre"}]


def _in_mentions(case: Case) -> list[str]:
    mentions = asked_item(case).mentions
    if not mentions or _in_centres(case):
        return []
    covered = set(case_facts(case).objections["subject_key"])
    return ["items.mentions" for account in mentions if key_of(account) in covered]


def _in_sign_of_life(case: Case) -> list[str]:
    now = read_instant(case, case.given.now)
    names = []
    for account in _authors(case):
        seen = read_instant(case, account.last_seen_at)
        shown = [
            notice
            for notice in case.given.notices
            if notice.account == account.id
            and (notice.channel, notice.event) == (NoticeChannel.IN_APP, NoticeEvent.SHOWN)
        ]
        if seen and now and now - seen > _DORMANT_AFTER and not shown:
            names.append("accounts.last_seen_at")
    return names


_FINDERS: Sequence[Callable[[Case], Sequence[str]]] = (
    _in_item,
    _in_author,
    _in_notices,
    _in_objections,
    _in_processing,
    _in_policy,
    _in_contacts,
    _in_centres,
    _in_mentions,
    _in_sign_of_life,
)


def _authors(case: Case) -> list[Account]:
    author = asked_item(case).account
    return [account for account in case.given.accounts if account.id == author]


def _present(part: object, names: Sequence[str]) -> list[str]:
    return [name for name in names if getattr(part, name)]
