"""What every notice says about the right, whoever sends it: plain, short, and the same on each platform.

The texts are English keys of the catalogues; whoever makes a message gives the function that translates them.
"""

from collections.abc import Callable
from typing import TypeAlias

from demur.notices.version import Element

Translate: TypeAlias = Callable[[str], str]


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogues; it is translated where a message is made."""
    return text


SUBJECT = gettext_noop("%(platform)s wants to train AI with your posts. You can object.")
RIGHT = gettext_noop("You have the right to object.")
INTRODUCTION = gettext_noop("%(platform)s wants to train AI with what you post in public.")
BUTTON = gettext_noop("I object")
CHOICE = gettext_noop("If you do nothing, your posts may be used. You can object at any time. You need no reason.")
# What people are told to answer with is what `demur.notices.replies` must understand; the lint checks it.
REPLY_WORDS = gettext_noop("I object")
REPLY = gettext_noop("You can also answer this message with: %(words)s.")
ACCOUNTS = gettext_noop("Your objection covers this account and every account that is linked with it.")
OTHERS = gettext_noop("What other people post about you is not covered. You can object to it on our page.")
TRAINED = gettext_noop("A model that was trained before cannot forget. Your posts are left out from now on.")
UNCHANGED = gettext_noop("Nothing else changes. You can use your account as before.")
DETAILS = gettext_noop("This notice is also here:")

HEADINGS: dict[Element, str] = {
    Element.CONTROLLER: gettext_noop("Who is responsible"),
    Element.DATA_PROTECTION_OFFICER: gettext_noop("Whom you can ask about data protection"),
    Element.PURPOSES: gettext_noop("What your data is used for"),
    Element.LEGAL_BASIS: gettext_noop("The legal basis"),
    Element.INTEREST: gettext_noop("The interest behind it"),
    Element.CATEGORIES: gettext_noop("Which data"),
    Element.SOURCES: gettext_noop("Where the data comes from"),
    Element.RECIPIENTS: gettext_noop("Who gets it"),
    Element.TRANSFERS: gettext_noop("Whether it leaves the European Union"),
    Element.RETENTION: gettext_noop("How long it is kept"),
    Element.RIGHTS: gettext_noop("Your rights"),
    Element.COMPLAINT: gettext_noop("Where you can complain"),
    Element.REQUIREMENT: gettext_noop("Whether you must give the data"),
    Element.AUTOMATED_DECISIONS: gettext_noop("Whether a machine decides about you"),
}
ALL_TEXTS = (
    *(SUBJECT, RIGHT, INTRODUCTION, BUTTON, CHOICE, REPLY_WORDS, REPLY),
    *(ACCOUNTS, OTHERS, TRAINED, UNCHANGED, DETAILS),
    *HEADINGS.values(),
)


def find_untranslated(language: str, translate: Translate) -> tuple[str, ...]:
    """Return the texts that a catalogue lacks: those that it gives back in English."""
    return () if language == "en" else tuple(text for text in ALL_TEXTS if translate(text) in {text, ""})
