"""A receipt to keep: as a QR code, and as one printed page with the receipt inside the file.

Both follow from the text of the receipt alone, byte for byte: no clock, no random number. The font is cut from DejaVu
Sans and has the letters of the 24 official languages of the Union (`tools/make_receipt_font.py`).
"""

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from demur.kernel.clock import parse_timestamp
from demur.keys.encoding import decode_json
from demur.keys.notes import split_note
from demur.ledger.checkpoint import parse_checkpoint
from demur.ledger.openings import OpeningError, parse_opening
from demur.ledger.receipt import parse_tlog_proof

_FONT = Path(__file__).parent / "fonts" / "DejaVuSans-receipt.ttf"
_FAMILY = "DejaVu Sans"
# Version 40 with the lowest error correction (ISO/IEC 18004): the most bytes that a QR code can hold.
_MOST_BYTES = 2_953
_MARGIN_MM, _CODE_MM, _QUIET_MODULES = 20.0, 100.0, 4
# The code stands at the foot of an A4 page, below everything that a page says in any language.
_CODE_TOP_MM = 165.0
_TITLE_PT, _TEXT_PT, _SMALL_PT = 20, 11, 8


class CodeContent(StrEnum):
    """What a QR code holds: the whole receipt where it fits, else what names it."""

    RECEIPT = "receipt"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """What a receipt says to its holder, read from its text; nothing is verified.

    Attributes:
        log: the name of the log.
        index: the position of the entry.
        received_at: from when the objection counts; for a withdrawal, when it was received.
        covered: how many accounts it covers.
    """

    log: str
    index: int
    received_at: datetime
    covered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCode:
    """A QR code: its picture, and what it holds."""

    svg: str
    content: CodeContent


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWording:
    """The words of the printed page, in one language.

    Attributes:
        title: what the page says first.
        facts: label and value of each line of facts, in their order.
        paragraphs: what the holder should know.
        code_holds: what the QR code holds, for each of its contents.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    code_holds: dict[CodeContent, str]


def read_facts(receipt: str) -> ReceiptFacts:
    """Read the facts of a personal receipt.

    Raises:
        ReceiptFormatError, OpeningError, NoteFormatError, CheckpointFormatError: the text is no personal receipt.
    """
    proof = parse_tlog_proof(receipt)
    if proof.extra is None:
        message = "the receipt carries no opening in its extra line"
        raise OpeningError(message)
    opening = parse_opening(proof.extra)
    text, _ = split_note(proof.checkpoint_note)
    return ReceiptFacts(
        log=parse_checkpoint(text).origin,
        index=proof.index,
        received_at=_received_at(opening.record),
        covered=len(opening.proof_keys),
    )


def draw_code(receipt: str) -> ReceiptCode:
    """Return the QR code of a receipt as an SVG picture; what fits is the receipt itself."""
    content, code = _make_code(receipt)
    picture = io.BytesIO()
    code.save(picture, kind="svg", xmldecl=False, svgclass=None, lineclass=None, nl=False, dark="#000", light="#fff")
    return ReceiptCode(svg=picture.getvalue().decode(), content=content)


def print_page(receipt: str, wording: PageWording, *, language: str) -> bytes:
    """Return one PDF page with the facts and the QR code of a receipt, and the receipt itself as an attached file.

    Args:
        receipt: the text of a personal receipt.
        wording: the words of the page.
        language: their language tag, for screen readers.

    Raises:
        As `read_facts`.
    """
    facts = read_facts(receipt)
    content, code = _make_code(receipt)
    page = _open_page(wording.title, facts.received_at, language)
    page.set_font(_FAMILY, size=_TITLE_PT)
    page.multi_cell(0, 10, wording.title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font(_FAMILY, size=_TEXT_PT)
    page.ln(2)
    for label, value in wording.facts:
        page.multi_cell(0, 6, f"{label}: {value}", align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    for paragraph in wording.paragraphs:
        page.ln(2)
        page.multi_cell(0, 5.5, paragraph, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    _draw_modules(page, code, top=_CODE_TOP_MM)
    page.set_font(_FAMILY, size=_SMALL_PT)
    page.multi_cell(0, 4, wording.code_holds[content], align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.embed_file(
        bytes=receipt.encode(),
        basename=f"objection-{facts.index}.tlog-proof",
        mime_type="text/plain",
        creation_date=facts.received_at,
        modification_date=facts.received_at,
    )
    return bytes(page.output())


def name_receipt(receipt: str) -> str:
    """Return the text that stands for a receipt which no QR code can hold: log, index and SHA-256."""
    facts = read_facts(receipt)
    digest = hashlib.sha256(receipt.encode()).hexdigest()
    return f"demur/v1/receipt\n{facts.log}\n{facts.index}\n{digest}\n"


def _received_at(record: bytes) -> datetime:
    content = decode_json(record)
    found = content.get("received_at") if isinstance(content, dict) else None
    if not isinstance(found, str):
        message = "the record of this receipt names no instant of receipt"
        raise OpeningError(message)
    return parse_timestamp(found).astimezone(UTC)


def _make_code(receipt: str) -> tuple[CodeContent, segno.QRCode]:
    fits = len(receipt.encode()) <= _MOST_BYTES
    content = CodeContent.RECEIPT if fits else CodeContent.DIGEST
    text = receipt if fits else name_receipt(receipt)
    # As bytes: a reader gets the text as it was given, without a mark of its encoding in front.
    return content, segno.make_qr(text.encode(), mode="byte", error="L", boost_error=True)


def _open_page(title: str, at: datetime, language: str) -> FPDF:
    page = FPDF(format="A4")
    page.set_creation_date(at)
    page.set_title(title)
    page.set_lang(language)
    page.set_margin(_MARGIN_MM)
    page.set_auto_page_break(auto=False)
    page.add_font(_FAMILY, fname=_FONT)
    page.add_page()
    return page


def _draw_modules(page: FPDF, code: segno.QRCode, *, top: float) -> None:
    """Draw the dark modules, a run of them as one rectangle, and go on below."""
    left = page.l_margin
    rows = [list(row) for row in code.matrix_iter(scale=1, border=_QUIET_MODULES)]
    side = _CODE_MM / len(rows)
    for number, row in enumerate(rows):
        start = 0
        for is_dark, run in groupby(row):
            width = len(list(run))
            if is_dark:
                page.rect(left + start * side, top + number * side, width * side, side, style="F")
            start += width
    page.set_xy(page.l_margin, top + _CODE_MM + 2)
