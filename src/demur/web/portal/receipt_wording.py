"""The words of the printed page of a receipt."""

from django.utils.translation import gettext, ngettext

from demur.web.receipt_page import CodeContent, PageWording, ReceiptFacts


def word_page(facts: ReceiptFacts, *, platform: str) -> PageWording:
    """Return the words of the page, in the language of the request."""
    covered = ngettext("%(count)d account", "%(count)d linked accounts", facts.covered) % {"count": facts.covered}
    # As digits: a date that is spelled out would need the grammar of each language.
    since = f"{facts.received_at:%Y-%m-%d %H:%M} UTC"
    return PageWording(
        title=gettext("Your objection is recorded"),
        facts=(
            (gettext("Platform"), platform),
            (gettext("It counts since"), since),
            (gettext("It covers"), covered),
            (gettext("Public log"), facts.log),
            (gettext("Entry"), str(facts.index)),
        ),
        paragraphs=(
            gettext(
                "Your receipt is attached to this file. It proves that your objection is in a public log that cannot "
                "be changed unseen, and anyone can check it without asking us."
            ),
            gettext(
                "Show it only to people you trust: with it, they can tell whether your content was used. That holds "
                "for this page as well, because the code below may hold your receipt."
            ),
        ),
        code_holds={
            CodeContent.RECEIPT: gettext("This code holds your whole receipt."),
            CodeContent.DIGEST: gettext(
                "Your receipt is too long for a code. This one holds the log, the entry and the SHA-256 of the "
                "receipt; keep the file."
            ),
        },
    )
