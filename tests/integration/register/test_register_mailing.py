"""One notice to one person, as the register keeps it: once, leased, settled, and with an address that is soon gone."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from demur.kernel.words import MailingState, NoticeChannel, NoticeEvent
from demur.keys.envelope import SECRET_BYTES, SealBrokenError
from demur.keys.subjects import subject_key
from demur.register.accesses import Reader
from demur.register.envelopes import give_up, rewrap
from demur.register.errors import (
    CampaignMissingError,
    EnvelopeKeyInUseError,
    VersionPublishedError,
    VersionUnknownError,
)
from demur.register.mailing import (
    MailingOrder,
    Step,
    queue_mailings,
    read_standing,
    start_campaign,
    stop_campaign,
)
from demur.register.mailing_addresses import Contact
from demur.register.mailing_reports import (
    NotedShowing,
    find_due_notice,
    note_report,
    note_shown,
    record_mailing_events,
)
from demur.register.mailing_versions import find_version, list_versions, publish_version
from demur.register.mailing_work import HandedOver, NotHandedOver, forget_addresses, next_due, take_next
from demur.register.messages import LENGTH, decode_request, encode_request
from demur.register.notice_entries import read_notice_entries, show_events
from demur.register.outbox import Patience
from demur.register.schema import mailing, metadata
from demur.register.snapshot import read_facts

EMAIL = Step(channel="email", medium=NoticeChannel.EMAIL, needs_address=True)
IN_APP = Step(channel="in_app", medium=NoticeChannel.IN_APP, needs_address=False)
PATIENCE = Patience(lease=timedelta(seconds=60), attempts=3)
READER = Reader(role="test", name="test", act="test")
MONTH = timedelta(days=30)


@pytest.fixture
def campaign(register, at):
    """Return a register that may send version 1."""
    publish_version(register, "1", b'{"v":1}', note="signed", languages=["en", "fr"], at=at)
    start_campaign(register, "1", at=at)
    return register


def queue(register, at, *accounts, steps=(EMAIL, IN_APP), address="somebody@people.example"):
    orders = [
        MailingOrder(
            subject=subject_key(register.keyring, account), language="en", contact=Contact(address=address), steps=steps
        )
        for account in accounts
    ]
    return queue_mailings(register, "1", orders, expires_at=at + MONTH, at=at)


def take(register, at, *settled, most=9):
    return take_next(register, "1", settled, most=most, at=at, patience=PATIENCE)


def sent(taken, event=NoticeEvent.SENT):
    return HandedOver(
        id=taken.id, attempts=taken.attempts, channel=taken.channel, medium=NoticeChannel.EMAIL, event=event
    )


def failed(taken, *, is_final, code="channel-busy"):
    return NotHandedOver(
        id=taken.id,
        attempts=taken.attempts,
        channel=taken.channel,
        medium=NoticeChannel.EMAIL,
        code=code,
        is_final=is_final,
    )


def states(register):
    return {(one.channel, one.state.value): one.count for one in read_standing(register, "1").counts}


def sealed(register):
    with register.reading() as connection:
        return connection.execute(sa.select(sa.func.count(mailing.c.sealed))).scalar()


def test_a_version_is_published_once_with_its_words_and_tells_the_public(register, at):
    published = publish_version(register, "1", b'{"v":1}', note="signed", languages=["en", "fr"], at=at)
    again = publish_version(register, "1", b'{"v":1}', note="signed", languages=["en", "fr"], at=at + MONTH)
    assert (again, list_versions(register)) == (published, (published,))
    with pytest.raises(VersionPublishedError):
        publish_version(register, "1", b'{"v":2}', note="signed", languages=["en"], at=at)
    with pytest.raises(VersionUnknownError):
        find_version(register, "2")
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=at)
    told = facts.notices.select("subject_key", "version", "channel", "proven_at").unique().rows()
    assert told == [(None, "1", "public_page", at)]
    entries = read_notice_entries(register)
    assert [(entry.index, entry.version, entry.events) for entry in entries] == [(0, "1", None), (1, None, 2)]
    assert entries[0].document == b'{"v":1}'


def test_a_person_gets_a_version_once_and_whoever_was_erased_gets_none(campaign, at):
    first = queue(campaign, at, "ada", "bo", "ada")
    again = queue(campaign, at, "bo", "cy")
    assert [(one.new, one.unchanged, one.closed) for one in (first, again)] == [(2, 1, 0), (1, 1, 0)]
    with pytest.raises(CampaignMissingError):
        read_standing(campaign, "2")


def test_what_is_taken_is_held_until_it_is_settled_and_its_address_goes_with_it(campaign, at):
    queue(campaign, at, "ada", "bo")
    ada, bo = take(campaign, at)
    assert (take(campaign, at), {ada.contact.address, bo.contact.address}) == ([], {"somebody@people.example"})
    assert take(campaign, at, sent(ada), failed(bo, is_final=False)) == []
    assert states(campaign) == {("email", "sent"): 1, ("email", "waiting"): 1}
    assert (sealed(campaign), next_due(campaign, "1")) == (1, at + timedelta(seconds=1))
    (again,) = take(campaign, at + timedelta(seconds=1))
    assert (again.id, again.attempts) == (bo.id, 2)
    assert take(campaign, at, failed(again, is_final=True)) != []
    assert (sealed(campaign), states(campaign)) == (0, {("email", "sent"): 1, ("in_app", "sending"): 1})


def test_what_a_dead_worker_had_in_hand_goes_to_the_next_channel_and_its_late_word_changes_nothing(campaign, at):
    queue(campaign, at, "ada")
    (lost,) = take(campaign, at)
    later = at + PATIENCE.lease
    (next_way,) = take(campaign, later)
    assert (next_way.id, next_way.channel, next_way.contact.address) == (lost.id, "in_app", None)
    waits = HandedOver(id=lost.id, attempts=1, channel="in_app", medium=NoticeChannel.IN_APP, event=NoticeEvent.QUEUED)
    take(campaign, later, sent(lost), waits)
    assert states(campaign) == {("in_app", "due"): 1}


def test_whom_no_channel_reaches_fails_after_so_many_attempts_and_a_stopped_campaign_gives_nothing(campaign, at):
    queue(campaign, at, "ada", steps=(EMAIL,))
    now = at
    while taken := take(campaign, now):
        assert take(campaign, now, failed(taken[0], is_final=False)) == []
        now += timedelta(seconds=60)
    assert now == at + PATIENCE.attempts * timedelta(seconds=60)
    assert (states(campaign), sealed(campaign)) == ({("email", "failed"): 1}, 0)
    queue(campaign, at, "bo")
    stop_campaign(campaign, "1", at=at)
    assert take(campaign, now) == []
    start_campaign(campaign, "1", at=at)
    assert len(take(campaign, now)) == 1


def test_a_dictionary_of_all_addresses_finds_none_in_a_stolen_database(campaign, url, at):
    dictionary = [f"person{number}@people.example" for number in range(100)]
    for number in range(0, 100, 10):
        queue(campaign, at, f"account {number}", address=dictionary[number])
    with campaign.reading() as connection:
        dump = [row for table in metadata.tables.values() for row in connection.execute(table.select())]
    content = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in dump for value in row)
    if url.startswith("sqlite"):
        content += b"".join(path.read_bytes() for path in Path(url.removeprefix("sqlite:///")).parent.glob("*.db*"))
    assert (sealed(campaign), find_addresses(dictionary, content)) == (10, [])
    # The same search finds an address by the beginning of any of its digests.
    assert [find_addresses(dictionary, form) for form in forms_of(dictionary[1])] == [[dictionary[1]]] * 11


def find_addresses(dictionary, content):
    return [address for address in dictionary if any(form in content for form in forms_of(address))]


def forms_of(address):
    """Return an address and what its digests without a key begin with, as bytes and in hexadecimal."""
    digests = [hashlib.new(name, address.encode()) for name in ("sha256", "sha1", "md5", "sha512", "blake2b")]
    forms = [form for digest in digests for form in (digest.digest()[:8], digest.hexdigest()[:16].encode())]
    return (address.encode(), *forms)


def test_an_address_whose_time_is_over_is_destroyed_and_the_app_is_left(campaign, at):
    queue(campaign, at, "ada")
    assert (forget_addresses(campaign, at=at), sealed(campaign)) == (0, 1)
    (taken,) = take(campaign, at + MONTH)
    assert (taken.channel, sealed(campaign)) == ("in_app", 0)
    queue(campaign, at, "bo")
    assert (forget_addresses(campaign, at=at + MONTH), sealed(campaign)) == (1, 0)
    assert states(campaign) == {("in_app", "sending"): 1, ("in_app", "waiting"): 1}


def test_a_report_changes_what_was_sent_and_a_display_informs_for_good(campaign, at):
    queue(campaign, at, "ada", "bo")
    taken = take(campaign, at)
    take(campaign, at, *map(sent, taken))
    by_subject = {one.subject: one for one in taken}
    ada, bo = (by_subject[subject_key(campaign.keyring, account)] for account in ("ada", "bo"))
    assert note_report(campaign, bytes(16), NoticeEvent.BOUNCED, at=at) is False
    assert note_report(campaign, ada.id, NoticeEvent.BOUNCED, at=at) is True
    assert find_due_notice(campaign, ada.subject).version == "1"
    assert note_report(campaign, bo.id, NoticeEvent.DELIVERED, at=at) is True
    assert find_due_notice(campaign, bo.subject) is None
    assert note_shown(campaign, ada.subject, "1", at=at) is True
    assert note_shown(campaign, subject_key(campaign.keyring, "cy"), "1", at=at) is False
    assert states(campaign) == {("email", "informed"): 1, ("in_app", "informed"): 1}
    assert take(campaign, at + MONTH) == []
    assert (record_mailing_events(campaign, at=at), record_mailing_events(campaign, at=at)) == (7, 0)
    told = [(one.channel, one.event, one.states_right) for one in show_events(campaign, ada.subject, READER, at=at)]
    assert sorted(told) == [
        ("email", "bounced", True),
        ("email", "queued", True),
        ("email", "sent", True),
        ("in_app", "shown", True),
    ]


def test_an_address_opens_in_its_own_row_alone_and_follows_the_envelope_keys(campaign, at):
    queue(campaign, at, "ada", "bo")
    envelope = campaign.keyring.envelope_keys.rotate(b"n" * SECRET_BYTES)
    with campaign.database.writing() as connection:
        connection.execute(sa.text("INSERT INTO envelope_key (key_id) VALUES (:key)"), {"key": envelope.current.key_id})
    with pytest.raises(EnvelopeKeyInUseError, match="2 rows"):
        give_up(campaign.database, envelope)
    assert rewrap(campaign.database, envelope, pause=lambda: None, progress=lambda *_: None) == 2
    give_up(campaign.database, envelope)
    renewed = replace(campaign, keyring=replace(campaign.keyring, envelope=envelope))
    with campaign.database.writing() as connection:
        connection.execute(sa.text("UPDATE mailing SET sealed = (SELECT sealed FROM mailing ORDER BY id LIMIT 1)"))
    with pytest.raises(SealBrokenError):
        take(renewed, at)


def test_the_pages_tell_of_a_display_over_the_socket(campaign, at):
    unit = NotedShowing(subject=subject_key(campaign.keyring, "ada"), version="1", at=at)
    assert decode_request(encode_request(unit)[LENGTH.size :]) == unit
    assert {state.value for state in MailingState} == {"waiting", "sending", "sent", "due", "informed", "failed"}
