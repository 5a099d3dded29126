"""Whatever stands in the way, a person reaches a receipt: in one language here, in every one by the benchmark."""

from dataclasses import dataclass, field, replace

import pytest

from demur.testing.portal.crowd import gather_crowd, percentile
from demur.testing.portal.effort import by_link, without_an_account
from demur.testing.portal.errors import DeadEndError
from demur.testing.portal.firefox import open_firefox
from demur.testing.portal.mail import open_post
from demur.testing.portal.mail_ways import link_of
from demur.testing.portal.matrix import Cell, Worlds, walk, write_report
from demur.testing.portal.visitor import Visitor
from demur.testing.portal.ways import by_link as follow_link
from demur.testing.portal.world import open_world
from demur.web.languages import COMPLETE

# One that is neither the source nor the language of the browser.
LANGUAGE = COMPLETE[-1]
MOST_SECONDS = 40


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Return an installation as it is delivered, with post; the queue of one under load has tests of its own."""
    with open_world(tmp_path_factory.mktemp("world")) as opened, open_post(opened) as post:
        yield Worlds(usual=opened, post=post)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_way_leads_to_a_receipt(worlds, browser):
    with open_firefox() as firefox:
        cells = list(walk(replace(worlds, firefox=firefox), browser, (LANGUAGE,)))
    assert [(cell.way, cell.dead_end) for cell in cells if cell.dead_end] == []
    assert len({cell.way for cell in cells}) == len(cells) == 23


@pytest.mark.slow
def test_a_way_whose_page_speaks_another_language_is_a_dead_end(worlds):
    with pytest.raises(DeadEndError, match="the page speaks en"):
        follow_link(worlds.usual, "xx")


@pytest.mark.slow
def test_a_mail_that_the_server_did_not_take_or_in_another_language_is_a_dead_end(worlds):
    post, person = worlds.post, worlds.usual.person()
    with pytest.raises(DeadEndError, match="no mail has come"):
        post.mail_to(person)
    post.send(person, "en")
    assert "I object" in post.mail_to(person).get_body(("plain",)).get_content()
    with pytest.raises(DeadEndError, match="the mail says it speaks en"):
        link_of(post.mail_to(person), "mt")


@dataclass
class Deaf:
    """A world whose register forgets what it is told."""

    world: object
    asked: list = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.world, name)

    def has_objected(self, person):
        self.asked.append(person)
        return False


@pytest.mark.slow
def test_a_receipt_without_an_objection_in_the_register_is_a_dead_end(worlds):
    with pytest.raises(DeadEndError, match="the register knows of no objection"):
        follow_link(Deaf(worlds.usual), LANGUAGE)


@pytest.mark.slow
def test_a_receipt_that_was_altered_is_a_dead_end(worlds):
    person = worlds.usual.person()
    visitor = Visitor(worlds.usual.port, LANGUAGE)
    page = visitor.look(person.link)
    visitor.send(page, page.forms[-1])
    receipt = visitor.look(f"{person.link}/receipt").content.decode()
    worlds.usual.check_receipt(receipt)
    with pytest.raises(DeadEndError, match="the receipt does not verify"):
        worlds.usual.check_receipt(receipt.replace("index 0", "index 1") if "index 0" in receipt else receipt[:-9])


@pytest.mark.slow
def test_an_objection_by_the_link_takes_one_click_no_field_and_less_time_than_is_promised(worlds, browser):
    effort = by_link(worlds.usual, browser)
    assert (effort.clicks_after_arrival, effort.fields, effort.scrolls) == (1, 0, 0)
    assert effort.seconds() <= MOST_SECONDS


@pytest.mark.slow
def test_somebody_without_an_account_fills_in_one_field_in_less_time_than_is_promised(worlds, browser):
    effort = without_an_account(worlds.usual, browser, "https://pages.example/somebody/42")
    assert (effort.required_fields, effort.scrolls) == (1, 0)
    assert effort.seconds() <= MOST_SECONDS


@pytest.mark.slow
def test_people_who_come_at_once_all_get_their_receipts(worlds):
    links = [worlds.usual.person().link for _ in range(40)]
    waits = gather_crowd(worlds.usual.port, links, people=20, think_seconds=0.2, seed=7)
    assert (len(waits.pages), len(waits.receipts), waits.refused) == (40, 40, 0)


def test_a_share_of_waits_is_the_smallest_that_so_many_do_not_exceed():
    waits = [float(number) for number in range(1, 101)]
    assert [percentile(waits, share) for share in (0.01, 0.5, 0.99, 1.0)] == [1.0, 50.0, 99.0, 100.0]


def test_the_report_counts_ways_and_names_dead_ends():
    cells = [
        Cell(way="by_link", says="Follow the link.", language="mt"),
        Cell(way="by_link", says="Follow the link.", language="ga", dead_end="the page has no title"),
    ]
    assert write_report(cells).splitlines()[5:] == [
        "2 cells, 1 dead ends.",
        "",
        "| way | what it is | languages | dead ends |",
        "|---|---|---|---|",
        "| `by_link` | Follow the link. | 2 | 1 |",
        "",
        "- `by_link`, ga: the page has no title",
    ]
