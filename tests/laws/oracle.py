"""A second decider, one item at a time, in plain Python: written from the requirements, it shares no code with ours.

It reads a world (see ``worlds``) and knows neither columns nor null; what it doesn't know, it says in words.
"""

from datetime import date, timedelta

AGE = 18
IN_SCOPE = ("post", "photo", "comment", "reply", "reshare", "group_post", "story", "ai_interaction")


def covering_objection(world, person):
    """Say whether an objection covers a person: "own", "linked" or None."""
    last = max((at for name, at in world.withdrawals if name == person), default=None)
    if any(name == person and (last is None or at >= last) for name, at in world.objections):
        return "own"
    circle = linked_with(world, person)
    grown = max((at for name, _, event, at in world.links if name in circle and event == "linked"), default=None)
    for name, made in world.objections:
        if name == person or name not in circle:
            continue
        ends = [at for other, at in world.withdrawals if other == name and at > made]
        stands = not ends
        if not stands and max(first_link(world, person), first_link(world, name)) > min(ends):
            continue
        if last is None or made >= last or (stands and grown is not None and grown >= last):
            return "linked"
    return None


def linked_with(world, person):
    """Return everybody whom a chain of past or present links joins with a person."""
    circle, size = {person}, 0
    while len(circle) > size:
        size = len(circle)
        groups = {group for name, group, _, _ in world.links if name in circle}
        circle |= {name for name, group, _, _ in world.links if group in groups}
    return circle


def first_link(world, person):
    return min(at for name, _, _, at in world.links if name == person)


def has_birthday(born, years, at):
    """Say whether somebody born at the latest on a day had completed some years where the day begins last."""
    day = (at - timedelta(hours=12)).date()
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:
        birthday = date(born.year + years, 3, 1)
    return day >= birthday


def latest_birth(text):
    if text is None:
        return None
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return date(parts[0], 12, 31)
    if len(parts) == 3:
        return date(*parts)
    year, month = parts
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def decide_item(world, item, at):
    """Return decision and reason of one item."""
    name = item["person"]
    known = {person["id"]: person for person in world.people}
    author = known.get(name)
    basis = covering_objection(world, name)
    if basis is not None:
        return "exclude", "own_objection" if basis == "own" else "linked_account_objection"
    if item["product"] != "social" or item["kind"] not in world.settings.get("kinds", IN_SCOPE):
        return "exclude", "product_out_of_scope"
    if item["deleted_at"] is not None:
        return "exclude", "deleted"
    return (
        by_account(author)
        or by_visibility(world, item, author, at)
        or by_age(world, item, author, at)
        or by_stop(world, author)
        or by_notice(world, item, author, at)
        or ("include", "eligible")
    )


def by_account(author):
    if author is None:
        return None
    return {
        "active": None,
        "deleted": ("exclude", "account_deleted"),
        "deactivated": ("hold", "account_not_visible"),
        "memorialised": ("exclude", "deceased"),
    }.get(author["state"], ("exclude", "account_not_visible"))


def by_visibility(world, item, author, at):
    is_chat = item["kind"] == "ai_interaction"
    if not is_chat and item["visibility"] not in ("public", "group_public"):
        return "exclude", "not_public"
    if item["kind"] in world.settings.get("ephemeral_kinds", ("story",)):
        return "exclude", "expired"
    if item["expires_at"] is not None and item["expires_at"] <= at:
        return "exclude", "expired"
    if author is not None and not is_chat and author["visibility"] != "public":
        return "exclude", "author_not_public"
    return None


def by_age(world, item, author, at):
    years = world.settings.get("ai_chat_min_age", AGE) if item["kind"] == "ai_interaction" else AGE
    if years == 0:
        return None
    born = latest_birth(author["born"]) if author else None
    if born is None:
        return "exclude", "age_unknown"
    if not has_birthday(born, years, at):
        return "exclude", "author_minor"
    if world.settings.get("include_posted_as_minor"):
        return None
    if item["created_at"] is None or not has_birthday(born, years, item["created_at"]):
        return "exclude", "minor_when_posted"
    return None


def by_stop(world, author):
    stopped = world.settings.get("suspended_countries", [])
    country = ((author and author["country"]) or "").upper()
    if stopped and not country:
        return "hold", "country_unknown"
    if country and country in stopped:
        return "exclude", "country_suspended"
    if world.settings.get("processing", "active") != "active":
        return "exclude", "processing_suspended"
    return None


def by_notice(world, item, author, at):
    reached = [
        notice
        for notice in world.notices
        if notice["person"] == item["person"] and notice["proven_at"] and notice["channel"] in ("email", "in_app")
    ]
    if not reached:
        return "hold", "notice_missing"
    current = [one for one in reached if one["version"] == world.settings.get("notice_version", "2025-04")]
    if not current:
        return "hold", "notice_outdated"
    for_minors = item["kind"] == "ai_interaction" and world.settings.get("ai_chat_min_age", AGE) < AGE
    valid = [one["proven_at"] for one in current if is_valid(one, author, for_minors=for_minors)]
    if not valid:
        return "hold", "notice_invalid"
    if min(valid) + timedelta(days=world.settings.get("notice_days", 30)) > at:
        return "hold", "notice_period_running"
    return None


def is_valid(notice, author, *, for_minors):
    if author is None or not author["language"] or not notice["language"] or not notice["states_right"]:
        return False
    if notice["language"].lower() != author["language"].lower()[:2]:
        return False
    born = latest_birth(author["born"])
    return for_minors or (born is not None and has_birthday(born, AGE, notice["proven_at"]))
