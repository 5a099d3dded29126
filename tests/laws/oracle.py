"""A second decider, one item at a time, in plain Python: written from the requirements, it shares no code with ours.

It exists so that two people who never saw each other's work must agree on every item. It is written to be read: the
rules stand in the order in which they are tried, `RULES` at the end lists them, and each is a claim about a world and
an item. In doubt, an item is out: where a rule needs a fact that nobody knows, the rule hits, unless its text says so.

A world (see ``worlds``) is plain data: what people did, what was found out, the settings that differ, and the instant
``at`` of the question. Whatever was done after that instant has not happened yet.
"""

import calendar
import re
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

EU_2025 = {
    "notice_version": "2025-04",
    "notice_changes": (),
    "notice_days": 30,
    "notice_period_from": "proof",
    "dormant_days": 730,
    "unreachable": "hold",
    "adult_age": 18,
    "include_posted_as_minor": False,
    "ai_chat_min_age": 18,
    "products": ("social",),
    "kinds": ("post", "photo", "comment", "reply", "reshare", "group_post", "story", "ai_interaction", "web_page"),
    "ephemeral_kinds": ("story",),
    "private_authors": "exclude",
    "late_objection": "all_content",
    "same_person_objections": True,
    "others_content": "cut",
    "public_role": "human",
    "deceased": "exclude",
    "own_special_categories": "exclude",
    "faces": "blur",
    "child_face_score": 0.3,
    "machine_signals": "objection",
    "is_shared": False,
    "relaunched_at": None,
}
# Whatever a detector found that is none of these may be data of GDPR Art. 9(1) or 10.
IDENTIFIERS = (
    "name",
    "person",
    "person_name",
    "email",
    "e_mail",
    "phone",
    "address",
    "postal_address",
    "national_id",
    "user_id",
    "handle",
    "card",
    "credit_card",
    "iban",
    "bank_account",
    "account",
    "plate",
    "ip",
    "device_id",
    "birth_date",
    "date_of_birth",
    "gps",
    "coordinates",
    "age",
    "school",
    "url",
)
ZONES = available_timezones()
LANGUAGE = re.compile(r"([a-z]{2,3})([-_].*)?")
BIRTH = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def setting(world, name):
    return world.settings.get(name, EU_2025[name])


# --- items and their authors


def is_chat(item):
    """Say whether the item was said to the assistant; in a group, only what was addressed to it."""
    if item["kind"] == "ai_interaction":
        return item["addressed_to_assistant"] is not False
    return item["kind"] == "group_chat_message" and item["addressed_to_assistant"] is True


def is_message(item):
    """Say whether the item was said to people in private; what was said to the assistant among them is a chat."""
    return item["kind"] in ("direct_message", "group_chat_message") and not is_chat(item)


def kind_of(item):
    return "ai_interaction" if is_chat(item) else item["kind"]


def authors_of(item):
    """Return everybody who wrote the item, or may have."""
    names = (item["person"], *(item["other_authors"] or ()))
    return [name for name in dict.fromkeys(names) if name is not None]


def has_unknown_author(item):
    """Say whether somebody's account published this and nobody knows whose; a web page is nobody's account."""
    return not authors_of(item) and item["kind"] != "web_page"


def account_of(world, name):
    """Return what the register knows about an account; None when it is not in the register."""
    return next((person for person in world.people if person["id"] == name), None)


def by_any_author(claim):
    """Make a claim about one author a claim about an item: it holds when it holds for any author."""
    return lambda world, item: any(claim(world, item, name) for name in authors_of(item))


def by_any_account(claim):
    """Make a claim about an account a claim about an item; an author who is not in the register is passed over."""

    def holds(world, item, name):
        account = account_of(world, name)
        return account is not None and claim(world, item, account)

    return by_any_author(holds)


def is_within(window, instant):
    """Say whether an instant lies in a window: its first instant does, the first one after it does not."""
    has_begun = window["since"] is None or window["since"] <= instant
    return has_begun and (window["until"] is None or instant < window["until"])


# --- whom an objection covers


def covering(world, person):
    """Return what covers a person at the instant of the world.

    An objection to everything, one to photos, and each of these about a public role, are four kinds; each spreads on
    its own.
    """
    kinds = [(scope, is_about_role) for scope in ("all", "photos") for is_about_role in (False, True)]
    return [
        {**row, "scope": scope, "in_public_role": is_about_role}
        for scope, is_about_role in kinds
        for row in covering_rows(world, person, objections_made(world, scope, in_public_role=is_about_role))
    ]


def covering_rows(world, person, made):
    """Return the reasons why objections of one kind cover a person, the nearest first.

    A farther reason is only named when no nearer one covers as much.
    """
    shown = []
    for row in (own_row(world, person, made), *spread_rows(world, person, made)):
        if row is not None and not any(hides(nearer, row) for nearer in shown):
            shown.append(row)
    return shown


def hides(nearer, farther):
    """Say whether a reason covers whatever a farther one covers: it never ends, and began no later."""
    return nearer["covers_until"] is None and nearer["effective_at"] <= farther["effective_at"]


def objections_made(world, scope, *, in_public_role):
    """Return the objections of one kind; one whose scope is not clear is about everything (OBJ-16)."""
    return [
        objection
        for objection in world.objections
        if objection["received_at"] <= world.at
        and ("photos" if objection["scope"] == "photos" else "all") == scope
        and (objection["in_public_role"] is True) == in_public_role
    ]


def own_row(world, person, made):
    """Return what a person's own objections cover, or None: those that were not withdrawn."""
    received = [objection["received_at"] for objection in made if objection["person"] == person]
    in_force = [at for at in received if withdrawn_at(world, person, at) is None]
    if not in_force:
        return None
    ends = [changes_hands(world, person, at) for at in in_force]
    return {"basis": "own", "effective_at": min(in_force), "covers_until": None if None in ends else max(ends)}


def withdrawn_at(world, maker, received):
    """Return when the maker of an objection first withdrew it, or None.

    A withdrawal ends what was asked before it, whatever its scope; a tie goes to the person (TIM-9). Who holds the
    account later cannot withdraw what its former holder asked.
    """
    handed_over = changes_hands(world, maker, received)
    later = [at for at in withdrawals_of(world, maker) if at > received]
    return min((at for at in later if handed_over is None or at < handed_over), default=None)


def spread_rows(world, person, made):
    """Return what objections of other accounts mean for a person: by the centre, and by contacts as well."""
    ties = (("linked", ("centre",)), ("same_person", ("centre", "contact")))
    found = [(basis, spread_since(world, person, made, ties=joining)) for basis, joining in ties]
    return [
        {"basis": basis, "effective_at": since, "covers_until": None} for basis, since in found if since is not None
    ]


def spread_since(world, person, made, *, ties):
    """Return the earliest instant from which an objection of another account reaches a person through ties, or None."""
    links = [link for link in world.links if link["tie"] in ties and link["at"] <= world.at]
    circle = circle_of(links, person)
    others = [objection for objection in made if objection["person"] in circle - {person}]
    reached = [reached_since(world, objection, person, links, circle) for objection in others]
    return min((since for since in reached if since is not None), default=None)


def circle_of(links, person):
    """Return everybody whom a chain of past or present links joins with a person; unlinking never undoes (SCO-1)."""
    circle, size = {person}, 0
    while len(circle) > size:
        size = len(circle)
        groups = {(link["tie"], link["group"]) for link in links if link["person"] in circle}
        circle |= {link["person"] for link in links if (link["tie"], link["group"]) in groups}
    return circle


def reached_since(world, objection, person, links, circle):
    """Return from when an objection of somebody in the circle covers a person there, or None.

    A withdrawal is narrow (WDR-4). An objection that its maker withdrew goes on covering who was linked before that,
    and nobody who is linked later. A person who withdrew is covered by what others ask afterwards, and, from when the
    circle grows afterwards, by what they asked before and have not withdrawn by then.
    """
    maker, received = objection["person"], objection["received_at"]
    ended = withdrawn_at(world, maker, received)
    if ended is not None and max(joined(links, person), joined(links, maker)) > ended:
        return None
    last = max(withdrawals_of(world, person), default=None)
    if last is None or received >= last:
        return received
    grown = grown_since(links, circle, last)
    return grown if grown is not None and (ended is None or grown <= ended) else None


def grown_since(links, circle, since):
    """Return when a circle first grew again, or None."""
    grown = [link["at"] for link in links if link["person"] in circle and link["event"] == "linked"]
    return min((at for at in grown if at >= since), default=None)


def joined(links, person):
    return min(link["at"] for link in links if link["person"] == person)


def withdrawals_of(world, person):
    return [one["at"] for one in world.withdrawals if one["person"] == person and one["at"] <= world.at]


def changes_hands(world, person, since):
    """Return when somebody else first held the account after an objection: what they publish is theirs (SCO-4)."""
    hand_overs = [one["at"] for one in world.hand_overs if one["person"] == person]
    return min((at for at in hand_overs if since < at <= world.at), default=None)


# --- what an objection means for an item


def is_in_force(world, item, effective_at):
    """Say whether an objection counts for an item: by default for all content, old and new (GDPR Art. 21(1))."""
    if effective_at is None:
        return True
    if effective_at > world.at:
        return False
    is_for_all = setting(world, "late_objection") != "later_content"
    return is_for_all or item["created_at"] is None or item["created_at"] >= effective_at


def objections_of(world, item, person):
    """Return the objections that cover a person and count at the time of the item, whatever their scope."""
    return [
        row
        for row in covering(world, person)
        if is_in_force(world, item, row["effective_at"])
        and (row["basis"] != "same_person" or setting(world, "same_person_objections"))
    ]


def is_in_scope(row, item):
    return row["scope"] == "all" or item["kind"] in ("photo", None)


def is_before_hand_over(row, item):
    return row["covers_until"] is None or item["created_at"] is None or item["created_at"] < row["covers_until"]


def others_in(item, column):
    """Return the people whom an item shows or names besides its authors."""
    authors = authors_of(item)
    return [name for name in item[column] or () if name not in authors]


def has_objected(world, item, person):
    """Say whether a person who is shown or named in somebody's item is covered by an objection that concerns it."""
    return any(is_in_scope(row, item) for row in objections_of(world, item, person))


def covers(basis):
    """Make the rule that an author's objection of one basis covers the item."""
    return by_any_author(
        lambda world, item, name: any(
            row["basis"] == basis and is_in_scope(row, item) and is_before_hand_over(row, item)
            for row in objections_of(world, item, name)
        )
    )


def targets_on(world, item):
    """Return the objections by which somebody pointed at this very item or its page (SCO-9)."""
    names = {item["id"], item["page"]} - {None}
    return [
        target
        for target in world.targets
        if names & {target.get("item"), target.get("page")} and is_in_force(world, item, target["effective_at"])
    ]


def is_pointed_at(world, item):
    return bool(targets_on(world, item))


def is_about_public_role(world, item):
    """Say whether a human must weigh: the item is about the public role of somebody who objects about it (SCO-12).

    An author's own role does not count: about the own content there is nothing to weigh.
    """
    others = others_in(item, "public_role_of")
    asked = [row for name in others for row in objections_of(world, item, name)]
    pointed = targets_on(world, item) if others else []
    return any(objection["in_public_role"] is True for objection in (*asked, *pointed))


def is_for_a_human(world, item):
    return setting(world, "public_role") == "human" and is_about_public_role(world, item)


# --- what an item took from other items


SOURCES = ("derived_from", "reshare_of", "quote_of")


def item_named(world, name):
    return next((item for item in world.items if item["id"] == name), None)


def origins_of(world, name):
    """Return the item of this name and all that it took something from, in whatever way; who is not there is not."""
    found, waiting = {}, [name]
    while waiting:
        name = waiting.pop()
        item = item_named(world, name)
        if item is not None and name not in found:
            found[name] = item
            waiting += [item[source] for source in SOURCES if item[source] is not None]
    return list(found.values())


def objected_origins(world, item, source):
    """Return the items that an objection covers among those that an item took something from by one way."""
    return [origin for origin in origins_of(world, item[source]) if is_objected(world, origin)]


def is_objected(world, item):
    return is_pointed_at(world, item) or any(covers(basis)(world, item) for basis in ("own", "linked", "same_person"))


def derives_from_objected(world, item):
    return bool(objected_origins(world, item, "derived_from"))


def embeds_objected(world, item):
    return bool(objected_origins(world, item, "reshare_of"))


def copies_objected(world, item):
    """Say whether the item holds a copy; a text that is older than the objector's is not theirs (SCO-7)."""
    return any(not is_older(item, origin) for origin in objected_origins(world, item, "quote_of"))


def is_older(item, other):
    """Say whether an item is known to be older than another."""
    is_known = item["created_at"] is not None and other["created_at"] is not None
    return is_known and item["created_at"] < other["created_at"]


# --- what is in scope and still there


def is_out_of_scope(world, item):
    if item["kind"] == "ai_interaction" and not is_chat(item):
        return True
    is_kind_known = is_message(item) or kind_of(item) in setting(world, "kinds")
    is_product_known = item["kind"] == "web_page" or item["product"] in setting(world, "products")
    return not is_kind_known or not is_product_known


def is_deleted(world, item):
    return item["deleted_at"] is not None


def is_account_in(state):
    def holds(world, item, account):
        return account["state"] == state

    return by_any_account(holds)


def is_account_gone(world, item, account):
    """Say whether the account is banned, or in a state that nobody knows."""
    return account["state"] not in ("active", "deactivated", "deleted", "memorialised")


def is_author_dead(world, item, account):
    return account["state"] == "memorialised" and setting(world, "deceased") == "exclude"


def is_hijacked(world, item, name):
    """Say whether somebody else held the account when the item was published, or may have."""
    windows = [window for window in world.hijacks if window["person"] == name]
    created = item["created_at"]
    return any(created is None or is_within(window, created) for window in windows)


def is_to_be_erased(world, item):
    return any(is_under(undertaking, item) for undertaking in world.undertakings)


def is_under(undertaking, item):
    """Say whether an item falls in a window that the controller undertook to erase (SUS-5)."""
    both = ("created_at", "collected_at")
    fields = (undertaking["field"],) if undertaking["field"] in both else both
    return any(item[field] is None or is_within(undertaking, item[field]) for field in fields)


# --- who may see it


def is_hidden(world, item):
    return not is_chat(item) and (is_message(item) or item["visibility"] not in ("public", "group_public"))


def is_expired(world, item):
    has_ended = item["expires_at"] is not None and item["expires_at"] <= world.at
    return has_ended or kind_of(item) in setting(world, "ephemeral_kinds")


def is_author_hidden(world, item, account):
    """Say whether the author's account is not public (SEL-8)."""
    is_asked = setting(world, "private_authors") == "exclude" and not is_chat(item)
    return is_asked and account["visibility"] != "public"


# --- how old people are


def birth_span(text):
    """Return the first and the last day that a year, month or day of birth allows; None when it names none."""
    match = BIRTH.fullmatch(text or "")
    if match is None:
        return None
    year, month, day = (part and int(part) for part in match.groups())
    try:
        last_month = 12 if month is None else month
        last_day = calendar.monthrange(year, last_month)[1] if day is None else day
        return date(year, 1 if month is None else month, 1 if day is None else day), date(year, last_month, last_day)
    except ValueError:
        return None


def latest_birth(account):
    span = birth_span(account["born"])
    return span and span[1]


def earliest_birth(account):
    """Return the earliest day on which somebody may be born; where it is not known, the latest."""
    span = birth_span(account["born"])
    return span and span[0 if account["is_earliest_known"] else 1]


def birthday(born, years):
    """Return the day on which so many years are completed; after 29 February, that is 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def day_begins(day, zone):
    """Return the instant at which a day begins for a person.

    Where the zone is not known it is that of the place on Earth where the day begins last, UTC-12; so it is when
    the clock skips midnight. When the clock shows midnight twice, the day begins at the later one.
    """
    begins_last = datetime.combine(day, time(12), UTC)
    if zone not in ZONES:
        return begins_last
    midnight = datetime.combine(day, time(0))
    instant = midnight.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    is_on_the_clock = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == midnight
    return instant if is_on_the_clock else begins_last


def coming_of_age(born, years, zone):
    """Return the instant at which somebody completes so many years; None when the day of birth is not known."""
    if born is None or born.year + years > MAXYEAR:
        return None
    return day_begins(birthday(born, years), zone)


def has_completed(born, years, account, at):
    begins = coming_of_age(born, years, account["zone"])
    return begins is not None and at >= begins


def is_of_age(account, years, at):
    """Say whether somebody is shown to have completed so many years."""
    return has_completed(latest_birth(account), years, account, at)


def may_be_of_age(account, years, at):
    return has_completed(earliest_birth(account), years, account, at)


def age_asked(world, item):
    return setting(world, "ai_chat_min_age" if is_chat(item) else "adult_age")


def is_age_in_doubt(world, item, account):
    return age_asked(world, item) > 0 and account["has_age_doubt"] is True


def is_age_unknown(world, item):
    years = age_asked(world, item)
    if years == 0:
        return False
    accounts = [account_of(world, name) for name in authors_of(item)]
    return has_unknown_author(item) or any(is_age_open(account, years, world.at) for account in accounts)


def is_age_open(account, years, at):
    """Say whether the register cannot tell; who runs an account for a child is known to speak for a minor."""
    if account is None:
        return True
    if account["is_for_minor"] is True:
        return False
    if latest_birth(account) is None:
        return True
    return may_be_of_age(account, years, at) and not is_of_age(account, years, at)


def is_author_minor(world, item, account):
    years = age_asked(world, item)
    return years > 0 and (account["is_for_minor"] is True or not may_be_of_age(account, years, world.at))


def was_author_minor(world, item, account):
    """Say whether the author was a minor when the item was published, or may have been (MIN-2)."""
    years, created = age_asked(world, item), item["created_at"]
    if setting(world, "include_posted_as_minor") or years == 0:
        return False
    return created is None or not is_of_age(account, years, created)


# --- people shown


def depicts_minor(world, item):
    is_tagged = any(not is_shown_adult(world, account_of(world, name)) for name in others_in(item, "tags"))
    return is_tagged or any(is_child(world, detection) for detection in item["detections"] or ())


def is_shown_adult(world, account):
    if account is None or account["has_age_doubt"] is True or account["is_for_minor"] is True:
        return False
    return is_of_age(account, setting(world, "adult_age"), world.at)


def is_child(world, detection):
    kind, score = detection["kind"], detection["score"]
    may_be = kind is None or "child" in kind or "minor" in kind
    is_below = score is not None and score < float(setting(world, "child_face_score"))
    return may_be and not is_below


def depicts_objector(world, item):
    tagged = others_in(item, "tags")
    return setting(world, "others_content") == "cut" and any(has_objected(world, item, name) for name in tagged)


# --- machine signals


def is_reserved(world, item):
    return item["preference"] == "deny"


def has_refusing_signal(world, item, account):
    """Say whether the account carries a refusal that machines read; silence is none (GDPR Art. 21(5))."""
    refuses_training = setting(world, "machine_signals") == "objection" and account["refuses_training"] is True
    return refuses_training or (setting(world, "is_shared") and account["refuses_sharing"] is True)


# --- what is under a stop


def stops_on(world, item):
    """Return the suspensions that are running and concern the item, whatever their country."""
    return [one for one in world.suspensions if is_within(one, world.at) and concerns(one, item)]


def concerns(suspension, item):
    """Say whether an item lies in the scope of a suspension; what is not known of the item may lie in it."""
    created = item["created_at"]
    return (
        (suspension["product"] is None or item["product"] in (None, suspension["product"]))
        and (suspension["kind"] is None or kind_of(item) in (None, suspension["kind"]))
        and (suspension["created_from"] is None or created is None or created >= suspension["created_from"])
        and (suspension["created_until"] is None or created is None or created < suspension["created_until"])
    )


def stopped_countries(world, item):
    return {one["country"] for one in stops_on(world, item) if one["country"] is not None}


def country_of(world, name):
    """Return an author's country as two capital letters; None when it is not known."""
    account = account_of(world, name)
    country = ((account and account["country"]) or "").upper()
    return country if re.fullmatch("[A-Z]{2}", country) else None


def is_country_unknown(world, item):
    is_unknown = has_unknown_author(item) or any(country_of(world, name) is None for name in authors_of(item))
    return is_unknown and bool(stopped_countries(world, item))


def is_country_stopped(world, item, name):
    country = country_of(world, name)
    return country is not None and country in stopped_countries(world, item)


def is_stopped_everywhere(world, item):
    return any(one["country"] is None for one in stops_on(world, item))


# --- who was told


def has_notice_flaw(flaw):
    return lambda world, item: flaw in notice_flaws(world, item)


def notice_flaws(world, item):
    """Return what is wrong with the notice to each author; a page that is nobody's account needs one to the public."""
    if not authors_of(item) and not has_unknown_author(item):
        return {public_notice_flaw(world)}
    if setting(world, "unreachable") == "public_notice" and has_old_public_notice(world):
        return set()
    if has_unknown_author(item):
        return {"notice_missing"}
    return {author_notice_flaw(world, item, name) for name in authors_of(item)}


def author_notice_flaw(world, item, name):
    """Return the first thing that is wrong with the notice to an author, or None."""
    account = account_of(world, name)
    reaching = [notice for notice in notices_to(world, item, name) if reached_reader(world, item, account, notice)]
    valid = [notice for notice in reaching if is_valid(world, account, notice)]
    return (
        notice_gap(world, reaching, valid)
        or (is_period_running(world, valid) and "notice_period_running")
        or (is_reach_doubtful(world, name, valid) and "notice_doubtful")
        or None
    )


def notice_gap(world, notices, valid):
    """Return why no notice of these will do, or None when one does."""
    if not notices:
        return "notice_missing"
    if not any(is_accepted(world, notice) for notice in notices):
        return "notice_outdated"
    return None if valid else "notice_invalid"


def notices_to(world, item, name):
    """Return the notices that are proven to have reached the person who published the item."""
    account = account_of(world, name)
    held_since = account and account["held_since"]
    return [
        notice
        for notice in world.notices
        if notice["person"] == name
        and notice["channel"] in ("email", "in_app")
        and is_proven(world, notice)
        and (held_since is None or reached_publisher(item, notice, held_since))
    ]


def reached_publisher(item, notice, held_since):
    """Say whether notice and item fall to the same holder of an account that changed hands."""
    is_item_present = item["created_at"] is None or item["created_at"] >= held_since
    return (notice["proven_at"] >= held_since) == is_item_present


def is_proven(world, notice):
    return notice["proven_at"] is not None and notice["proven_at"] <= world.at


def is_accepted(world, notice):
    """Say whether a notice describes the present processing, and came after a stop if there was one (SUS-4)."""
    relaunched = setting(world, "relaunched_at")
    is_recent = relaunched is None or notice["proven_at"] >= relaunched
    return is_recent and notice["version"] in accepted_versions(world)


def accepted_versions(world):
    """Return the present version and those from which only immaterial, signed changes lead to it (NOT-8)."""
    versions = [setting(world, "notice_version")]
    for change in reversed(setting(world, "notice_changes")):
        is_signed_typo = not change["is_material"] and change.get("signed_by", "").strip() != ""
        if is_signed_typo and change["version"] == versions[-1]:
            versions.append(change["previous"])
    return versions


def is_valid(world, account, notice):
    """Say whether a notice has all that the law asks of it, in the language of the account."""
    is_complete = states_right(world, notice) and notice["is_marketing"] is not True
    return is_complete and is_in_language(notice["language"], account and account["language"])


def states_right(world, notice):
    return is_accepted(world, notice) and notice["states_right"] is True


def is_in_language(of_notice, of_account):
    if of_notice == "*":
        return True
    spoken = primary_language(of_account)
    return spoken is not None and primary_language(of_notice) == spoken


def primary_language(tag):
    match = LANGUAGE.fullmatch((tag or "").lower())
    return match and match[1]


def reached_reader(world, item, account, notice):
    """Say whether a notice reached an adult, where adults are asked for: what a minor was told is nothing (MIN-8)."""
    adult_age = setting(world, "adult_age")
    if is_chat(item) and setting(world, "ai_chat_min_age") < adult_age:
        return True
    return notice["variant"] != "minor" and account is not None and is_of_age(account, adult_age, notice["proven_at"])


def is_period_running(world, valid):
    return period_start(world, valid) + notice_period(world) > world.at


def notice_period(world):
    return timedelta(days=setting(world, "notice_days"))


def period_start(world, valid):
    """Return from when the period runs: the first valid notice, or by setting an earlier publication."""
    starts = [notice["proven_at"] for notice in valid]
    if setting(world, "notice_period_from") == "publication":
        starts += [notice["proven_at"] for notice in public_notices(world) if states_right(world, notice)]
    return min(starts)


def is_reach_doubtful(world, name, valid):
    """Say whether nobody was seen for so long that only a display in the app would prove that the notice arrived."""
    if any(is_displayed(world, notice) for notice in valid):
        return False
    account = account_of(world, name)
    last_seen = account and account["last_seen_at"]
    return last_seen is None or world.at - last_seen > timedelta(days=setting(world, "dormant_days"))


def is_displayed(world, notice):
    return notice["channel"] == "in_app" and notice["shown_at"] is not None and notice["shown_at"] <= world.at


def public_notices(world):
    """Return the published versions of the permanent notice page (NOT-10)."""
    return [
        notice
        for notice in world.notices
        if notice["person"] is None and notice["channel"] == "public_page" and is_proven(world, notice)
    ]


def valid_public_notices(world):
    return [
        notice for notice in public_notices(world) if states_right(world, notice) and notice["is_marketing"] is not True
    ]


def has_old_public_notice(world):
    valid = valid_public_notices(world)
    return any(notice["proven_at"] + notice_period(world) <= world.at for notice in valid)


def public_notice_flaw(world):
    gap = notice_gap(world, public_notices(world), valid_public_notices(world))
    if gap is None and not has_old_public_notice(world):
        return "notice_period_running"
    return gap


# --- what the filters found


def special_findings(item):
    """Return the findings of a special category; one of unknown kind may be of any."""
    findings = item["findings"] or ()
    return [finding for finding in findings if finding["kind"] not in IDENTIFIERS]


def tells_on_others(world, item):
    return any(finding["about"] != "author" for finding in special_findings(item))


def tells_on_author(world, item):
    is_asked = setting(world, "own_special_categories") == "exclude"
    return is_asked and any(finding["about"] == "author" for finding in special_findings(item))


def is_flagged(flag):
    """Make the rule that a flag which the filters set is true, or was never set."""

    def holds(world, item):
        return item[flag] is not False

    return holds


def holds_inseparable_copy(world, item):
    """Say whether an objector's content stands in the item and cannot be cut out of it."""
    is_inseparable = embeds_objected(world, item) and item["embed_separable"] is not True
    is_held = item["is_only_objected"] is not False or is_inseparable or item["shows_objected_text"] is not False
    return setting(world, "others_content") == "cut" and is_held


def has_separable_copy(world, item):
    return holds_copy(world, item) or holds_embed(world, item)


def holds_copy(world, item):
    return setting(world, "others_content") == "cut" and copies_objected(world, item)


def holds_embed(world, item):
    return setting(world, "others_content") == "cut" and embeds_objected(world, item)


def names_minor(world, item):
    return any(finding["is_minor"] is True for finding in item["findings"] or ())


def mentions_objector(world, item):
    """Say whether the text names somebody else who objected."""
    named = others_in(item, "mentions")
    return setting(world, "others_content") == "cut" and any(has_objected(world, item, name) for name in named)


def has_face_when(treatment):
    """Make the rule that a face or plate is left in the picture and such are to be treated so."""
    return lambda world, item: setting(world, "faces") == treatment and bool(item["detections"])


def is_preview_reserved(world, item):
    return item["preview_preference"] == "deny"


# --- the rules, first hit wins, and cuts

RULES = (
    ("hold", "freedom_of_information", is_for_a_human),
    ("exclude", "third_party_objection", is_pointed_at),
    ("exclude", "derived_from_objected", derives_from_objected),
    ("exclude", "own_objection", covers("own")),
    ("exclude", "linked_account_objection", covers("linked")),
    ("exclude", "same_person_objection", covers("same_person")),
    ("exclude", "product_out_of_scope", is_out_of_scope),
    ("exclude", "deleted", is_deleted),
    ("exclude", "account_deleted", is_account_in("deleted")),
    ("exclude", "account_not_visible", by_any_account(is_account_gone)),
    ("hold", "account_not_visible", is_account_in("deactivated")),
    ("exclude", "deceased", by_any_account(is_author_dead)),
    ("exclude", "compromised_account", by_any_author(is_hijacked)),
    ("exclude", "erasure_undertaking", is_to_be_erased),
    ("exclude", "not_public", is_hidden),
    ("exclude", "expired", is_expired),
    ("exclude", "author_not_public", by_any_account(is_author_hidden)),
    ("exclude", "age_doubt", by_any_account(is_age_in_doubt)),
    ("exclude", "age_unknown", is_age_unknown),
    ("exclude", "author_minor", by_any_account(is_author_minor)),
    ("exclude", "minor_when_posted", by_any_account(was_author_minor)),
    ("exclude", "depicts_minor", depicts_minor),
    ("exclude", "depicts_objector", depicts_objector),
    ("exclude", "rights_reservation", is_reserved),
    ("exclude", "machine_signal", by_any_account(has_refusing_signal)),
    ("hold", "country_unknown", is_country_unknown),
    ("exclude", "country_suspended", by_any_author(is_country_stopped)),
    ("exclude", "processing_suspended", is_stopped_everywhere),
    ("hold", "notice_missing", has_notice_flaw("notice_missing")),
    ("hold", "notice_outdated", has_notice_flaw("notice_outdated")),
    ("hold", "notice_invalid", has_notice_flaw("notice_invalid")),
    ("hold", "notice_period_running", has_notice_flaw("notice_period_running")),
    ("hold", "notice_doubtful", has_notice_flaw("notice_doubtful")),
    ("exclude", "third_party_special_category", tells_on_others),
    ("exclude", "special_category", tells_on_author),
    ("exclude", "image_unfiltered", is_flagged("is_picture_only")),
    ("exclude", "nothing_left", is_flagged("is_empty")),
    ("exclude", "contains_objected_content", holds_inseparable_copy),
    ("exclude", "duplicate", is_flagged("is_duplicate")),
    ("exclude", "unidentified_face", has_face_when("exclude")),
    ("redact", "contains_objected_content", has_separable_copy),
    ("redact", "names_minor", names_minor),
    ("redact", "mentions_objector", mentions_objector),
    ("redact", "unidentified_face", has_face_when("blur")),
    ("redact", "rights_reservation", is_preview_reserved),
)

CUTS = (
    ("copy", holds_copy),
    ("embed", holds_embed),
    ("minor", names_minor),
    ("mention", mentions_objector),
    ("face", has_face_when("blur")),
    ("preview", is_preview_reserved),
)


def decide_item(world, item):
    """Return decision and reason of one item: those of the first rule that hits."""
    hits = ((decision, reason) for decision, reason, applies in RULES if applies(world, item))
    return next(hits, ("include", "eligible"))


def cuts(world, item):
    """Return the parts that are cut out of an item if it is used; they mean nothing for one that is out."""
    return {part for part, applies in CUTS if applies(world, item)}
