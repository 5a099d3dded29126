"""Write the golden mails of the notice: one whole mail in English, and what a mail says in each of the 24 languages.

Run it when a text or the layout of the mail changes on purpose, and look at what changed: a test compares them byte for
byte.
"""

from datetime import UTC, datetime
from email.policy import SMTP
from pathlib import Path

from demur.notices.languages import LANGUAGES
from demur.notices.mail import Sender, compose, make_template
from demur.testing.notice_channel_contract import make_test_errand, make_test_message
from demur.web.notices.texts import translator

FOLDER = Path(__file__).parents[1] / "tests" / "golden" / "notices"
SENDER = Sender(
    address="privacy@agora.example", name="Agora", bounces="bounces@agora.example", replies="replies@agora.example"
)


def main() -> None:
    """Write them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    mail = compose(make_template(make_test_message()), make_test_errand(), SENDER, at=datetime(2026, 1, 2, tzinfo=UTC))
    (FOLDER / "notice-en.eml").write_bytes(mail.as_bytes(policy=SMTP))
    (FOLDER / "notices.txt").write_text("".join(map(say_in, sorted(LANGUAGES))), "utf-8")


def say_in(language: str) -> str:
    """Return subject and plain text of the mail in a language."""
    mail = compose(
        make_template(make_test_message(language, translator(language))),
        make_test_errand(),
        SENDER,
        at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    body = mail.get_body(("plain",))
    text = "" if body is None else body.get_content()
    return f"=== {language} ===\nSubject: {mail['Subject']}\n\n{text}\n"


if __name__ == "__main__":
    main()
