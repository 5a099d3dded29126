"""Ways to an objection that begin in a mail program, or would, if the mail had come."""

from collections.abc import Callable
from email.message import EmailMessage
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import urlsplit

from demur.testing.portal.errors import DeadEndError, check
from demur.testing.portal.mail import Post
from demur.testing.portal.visitor import Page, Visitor
from demur.testing.portal.world import Person, World

MailWay: TypeAlias = Callable[[Post, str], None]

# What the browser asks for says nothing: the language is that of the mail.
_ANOTHER_LANGUAGE = "ja"


def by_a_mail_in_plain_text(post: Post, language: str) -> None:
    """Follow the link in the plain text of the mail, as a mail server took it, in a browser of another language."""
    world, person = post.world, post.world.person()
    post.send(person, language)
    _object(world, person, link_of(post.mail_to(person), language), language)


def while_the_mail_server_is_down(post: Post, language: str) -> None:
    """Object on the platform while the mail waits for its server; the mail that comes later gives the same receipt."""
    world, person = post.world, post.world.person()
    post.server.stop()
    try:
        post.send(person, language)
        check(post.waiting() == 1, "the notice does not wait for the mail server")
        receipt = _object(world, person, f"{person.link}?lang={language}", language)
    finally:
        post.server.start()
    post.send_later()
    check(post.waiting() == 0, "the notice still waits")
    size = world.log_size()
    page = _look(world, link_of(post.mail_to(person), language), language)
    check(_receipt_on(world, page) == receipt, "the second receipt differs from the first")
    check(world.log_size() == size, "an objection was recorded twice")


BY_MAIL: dict[str, MailWay] = {way.__name__: way for way in (by_a_mail_in_plain_text, while_the_mail_server_is_down)}


def link_of(mail: EmailMessage, language: str) -> str:
    """Return path and query of the link by which a mail's plain text says that one can object."""
    body = mail.get_body(("plain",))
    check(body is not None, "the mail has no plain text")
    check(mail["Content-Language"] == language, f"the mail says it speaks {mail['Content-Language']}")
    lines = "" if body is None else str(body.get_content())
    found = [urlsplit(line) for line in lines.splitlines() if line.startswith("http") and "/object/" in line]
    check(len(found) == 1, f"the mail has {len(found)} lines with nothing but the link")
    return f"{found[0].path}?{found[0].query}"


def _object(world: World, person: Person, link: str, language: str) -> str:
    """Look at the page of a link, press its button, and return the receipt."""
    page = _look(world, link, language)
    forms = [form for form in page.forms if form.method == "post"]
    check(len(forms) == 1 and not forms[0].fields, "the page has no single button")
    answer = Visitor(world.port, _ANOTHER_LANGUAGE).send(page, forms[0])
    check(answer.status == HTTPStatus.OK and answer.language == language, f"the button answers {answer.status}")
    check(world.has_objected(person), "the register knows of no objection")
    return _receipt_on(world, answer)


def _look(world: World, link: str, language: str) -> Page:
    page = Visitor(world.port, _ANOTHER_LANGUAGE).look(link)
    check(page.status == HTTPStatus.OK, f"the link answers {page.status}")
    check(page.language == language, f"the page speaks {page.language}")
    return page


def _receipt_on(world: World, page: Page) -> str:
    """Fetch the receipt by its link on a page."""
    visitor = Visitor(world.port, _ANOTHER_LANGUAGE)
    for link in page.links:
        if urlsplit(link).path.endswith("/receipt"):
            text = visitor.look(visitor.follow(page, link)).content.decode()
            world.check_receipt(text)
            return text
    message = "the page has no link to the receipt"
    raise DeadEndError(message)
