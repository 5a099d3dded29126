"""Ways to an objection without a script, a cookie or a login, and what stands in them.

Each takes a world and a language, walks to a receipt as somebody would who reads nothing but the pages, and raises
`DeadEndError` where it cannot go on. The rules they hold the portal to: no answer to a look changes anything, a repeat
gives the first receipt, every page speaks the language of the first one, and every page leads on.
"""

from collections.abc import Callable
from http import HTTPStatus
from time import monotonic, sleep
from typing import TypeAlias

from demur.testing.portal.errors import DeadEndError, check
from demur.testing.portal.visitor import Form, Page, Visitor
from demur.testing.portal.world import Person, World

Way: TypeAlias = Callable[[World, str], None]

_PUBLISHED_ELSEWHERE = "https://pages.example/somebody/42"
_LONGEST_WAIT_SECONDS = 30.0
_MOST_REQUIRED = 2


def by_link(world: World, language: str) -> None:
    """Follow the link of a notice, logged in nowhere."""
    _object(world, world.person(), language)


def after_a_mail_scanner(world: World, language: str) -> None:
    """Follow the link after a mail scanner has fetched it, and every link on its page."""
    person = world.person()
    scanner = Visitor(world.port, language)
    before = world.log_size()
    page = scanner.look(person.link)
    for _ in range(2):
        scanner.look(person.link, method="HEAD")
        for link in _within(page):
            scanner.look(scanner.follow(page, link))
    check(world.log_size() == before and not world.has_objected(person), "a look was taken for an objection")
    _object(world, person, language)


def twice(world: World, language: str) -> None:
    """Press the button twice."""
    person = world.person()
    first = _object(world, person, language)
    visitor = Visitor(world.port, language)
    page = visitor.look(person.link)
    size = world.log_size()
    again = _receipt_of(world, visitor, person)
    check(again == first, "the second receipt differs from the first")
    check(page.status == HTTPStatus.OK and page.language == language, "the page of somebody who objected is not there")
    check(world.log_size() == size, "an objection was recorded twice")


def by_an_old_link(world: World, language: str) -> None:
    """Follow the link of an earlier notice, after a newer one was used."""
    person = world.person()
    _object(world, person, language)
    older = world.told_again(person)
    check(older.link != person.link, "two links of one person are alike")
    visitor = Visitor(world.port, language)
    _opened(visitor.look(older.link), language)
    _receipt_of(world, visitor, older)


def by_a_torn_link(world: World, language: str) -> None:
    """Follow a link that the mail program cut in two; its page leads to the form that needs none."""
    person = world.person()
    visitor = Visitor(world.port, language)
    page = visitor.look(person.link[:40])
    check(page.status == HTTPStatus.NOT_FOUND, f"a torn link answers {page.status}")
    check(page.language == language, f"the page speaks {page.language}")
    for link in _within(page):
        onward = visitor.look(visitor.follow(page, link))
        if any(form.method == "post" for form in onward.forms):
            _send_open(world, visitor, onward, language)
            return
    message = "no link of the page leads to a form"
    raise DeadEndError(message)


def with_a_suspended_account(world: World, language: str) -> None:
    """Object with an account that the platform has suspended."""
    person = world.person()
    world.set_account(person, state="banned")
    _object(world, person, language)


def with_a_deleted_account(world: World, language: str) -> None:
    """Object with an account that is deleted, while others hold what it published."""
    person = world.person()
    world.set_account(person, state="deleted")
    _object(world, person, language)


def with_accounts_that_are_not_linked(world: World, language: str) -> None:
    """Object with two accounts of one person that nobody has linked."""
    first, second = world.person(), world.person()
    _object(world, first, language)
    check(not world.has_objected(second), "an objection covered an account that nobody linked")
    _object(world, second, language)


def with_an_account_that_only_moderates(world: World, language: str) -> None:
    """Object with an account that publishes nothing itself, such as a moderator's."""
    person = world.person()
    world.set_account(person, visibility="private")
    _object(world, person, language)


def after_an_earlier_campaign(world: World, language: str) -> None:
    """Find the receipt of an objection that was made a year ago, elsewhere."""
    person = world.person()
    world.object(person)
    visitor = Visitor(world.port, language)
    _opened(visitor.look(person.link), language)
    _receipt_of(world, visitor, person)


def after_a_withdrawal(world: World, language: str) -> None:
    """Object again after a withdrawal."""
    person = world.person()
    world.set_account(person, state="active")
    _object(world, person, language)
    world.withdraw(person)
    check(not world.has_objected(person), "a withdrawal changed nothing")
    _object(world, person, language)


def without_an_account(world: World, language: str) -> None:
    """Point at what others published, without an account."""
    visitor = Visitor(world.port, language)
    _send_open(world, visitor, visitor.look("/object"), language)


def without_an_account_under_load(world: World, language: str) -> None:
    """Do the same while so many come that everybody waits for a turn."""
    visitor = Visitor(world.port, language)
    page = _sent_open(visitor, visitor.look("/object"))
    check(page.status == HTTPStatus.SERVICE_UNAVAILABLE, f"nobody waits: {page.status}")
    ends = monotonic() + _LONGEST_WAIT_SECONDS
    while page.status == HTTPStatus.SERVICE_UNAVAILABLE:
        check(monotonic() < ends, "the turn does not come")
        check(page.language == language, f"the page of the queue speaks {page.language}")
        sleep(float(page.headers.get("retry-after", "1")) / 2)
        onward = next((link for link in _within(page) if "/wait/" in link), page.address)
        page = visitor.look(visitor.follow(page, onward))
    _opened(page, language)
    _recorded(world, visitor.send(page, _button(page)), language)


def with_a_mistake_in_the_form(world: World, language: str) -> None:
    """Send the form empty first: it says what is missing and takes the second try."""
    visitor = Visitor(world.port, language)
    page = visitor.look("/object")
    form = _button(page)
    faulty = visitor.send(page, form, **dict.fromkeys([*form.fields, *form.required], ""))
    check(faulty.status == HTTPStatus.BAD_REQUEST, f"an empty form answers {faulty.status}")
    check(faulty.language == language, f"the page speaks {faulty.language}")
    _send_open(world, visitor, faulty, language)


WITHOUT_A_BROWSER: dict[str, Way] = {
    way.__name__: way
    for way in (
        by_link,
        after_a_mail_scanner,
        twice,
        by_an_old_link,
        by_a_torn_link,
        with_a_suspended_account,
        with_a_deleted_account,
        with_accounts_that_are_not_linked,
        with_an_account_that_only_moderates,
        after_an_earlier_campaign,
        after_a_withdrawal,
        without_an_account,
        with_a_mistake_in_the_form,
    )
}
UNDER_LOAD: dict[str, Way] = {without_an_account_under_load.__name__: without_an_account_under_load}


def _object(world: World, person: Person, language: str) -> str:
    """Look at the page of a link, press its button, and return the receipt."""
    visitor = Visitor(world.port, language)
    page = _opened(visitor.look(person.link), language)
    form = _button(page)
    check(not form.fields, f"the page asks to enter {', '.join(form.fields)}")
    _opened(visitor.send(page, form), language)
    check(world.has_objected(person), "the register knows of no objection")
    return _receipt_of(world, visitor, person)


def _receipt_of(world: World, visitor: Visitor, person: Person) -> str:
    """Fetch the receipt from the page of somebody who has objected, by a link of that page."""
    page = visitor.look(person.link)
    for link in _within(page):
        address = visitor.follow(page, link)
        if address.partition("?")[0].endswith("/receipt"):
            text = visitor.look(address).content.decode()
            world.check_receipt(text)
            return text
    message = "the page has no link to the receipt"
    raise DeadEndError(message)


def _send_open(world: World, visitor: Visitor, page: Page, language: str) -> None:
    _recorded(world, _sent_open(visitor, _opened(page, language, HTTPStatus(page.status))), language)


def _sent_open(visitor: Visitor, page: Page) -> Page:
    """Fill in the form of somebody without an account: one thing, wherever it is asked for."""
    form = _button(page)
    check(len(form.required) <= _MOST_REQUIRED, f"the form demands {len(form.required)} entries")
    names = form.required or form.fields[:1]
    return visitor.send(page, form, **dict.fromkeys(names, _PUBLISHED_ELSEWHERE))


def _recorded(world: World, page: Page, language: str) -> None:
    """Check the receipt that stands on the page itself."""
    _opened(page, language)
    shown = [text for text in page.preformatted if text.startswith("c2sp.org/tlog-proof")]
    check(len(shown) == 1, "the page shows no receipt")
    world.check_receipt(shown[0])


def _opened(page: Page, language: str, status: HTTPStatus = HTTPStatus.OK) -> Page:
    check(page.status == status, f"{page.address.partition('?')[0].split('/')[1]} answers {page.status}")
    check(page.language == language, f"the page speaks {page.language}")
    check(bool(page.title.strip()), "the page has no title")
    return page


def _button(page: Page) -> Form:
    """Return the one form of a page that does something."""
    found = [form for form in page.forms if form.method == "post"]
    check(len(found) == 1, f"the page has {len(found)} forms to send")
    return found[0]


def _within(page: Page) -> list[str]:
    """Return the links of a page that stay within the portal, but for those to the same page in other languages."""
    ours = [link for link in page.links if link.startswith("/") and not link.startswith("//")]
    return [link for link in ours if "lang=" not in link]
