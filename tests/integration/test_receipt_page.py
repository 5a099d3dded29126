"""Receipts to keep: what other programs read from the QR code and from the printed page is the receipt."""

import dataclasses
import hashlib
import io
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import segno

from demur.kernel.clock import timestamp
from demur.kernel.errors import IntegrityError
from demur.kernel.words import RecordKind
from demur.keys.encoding import encode_json
from demur.keys.notes import Signer
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.leaves import commit, personal_leaf
from demur.ledger.openings import Opening, bind_subjects, verify_receipt
from demur.ledger.receipt import TlogProof
from demur.ledger.tree import Frontier, hash_leaf
from demur.web.receipt_page import (
    CodeContent,
    PageWording,
    ReceiptFacts,
    draw_code,
    name_receipt,
    print_page,
    read_facts,
)

LOG = Signer("agora.example/demur/log", bytes(range(32)))
AT = datetime(2025, 5, 27, 6, 30, tzinfo=UTC)
# "Your objection is recorded." in the 24 official languages: every letter must be in the font.
SENTENCES = {
    "bg": "Вашето възражение е записано.",
    "cs": "Vaše námitka je zaznamenána.",
    "da": "Din indsigelse er registreret.",
    "de": "Ihr Widerspruch ist verzeichnet – größer geht es nicht.",
    "el": "Η εναντίωσή σας καταχωρίστηκε· ΐ ΰ ώ Ύ.",
    "en": "Your objection is recorded.",
    "es": "Su oposición está registrada. ¿Año?",
    "et": "Teie vastuväide on registreeritud. Šž õ.",
    "fi": "Vastustuksesi on kirjattu. Ääkköset.",
    "fr": "Votre opposition est enregistrée. Cœur, ÿ.",
    "ga": "Tá d’agóid taifeadta. Ná bac leis.",
    "hr": "Vaš je prigovor zabilježen. Đđ ćč.",
    "hu": "Tiltakozását rögzítettük. Őű.",
    "it": "La sua opposizione è registrata. Perché.",
    "lt": "Jūsų prieštaravimas įrašytas. Ąčęėįšųūž.",
    "lv": "Jūsu iebildums ir reģistrēts. Āčēģīķļņšūž.",
    "mt": "L-oġġezzjoni tiegħek hija rreġistrata. Ċġħż.",
    "nl": "Uw bezwaar is vastgelegd. Geïnd.",
    "pl": "Pani sprzeciw został zapisany. Ąćęłńóśźż.",
    "pt": "A sua oposição está registada.",
    "ro": "Opoziția dumneavoastră este înregistrată. Șț ăâî.",
    "sk": "Vaša námietka je zaznamenaná. Ľĺŕď.",
    "sl": "Vaš ugovor je zabeležen. Čšž.",
    "sv": "Din invändning är registrerad. Åäö.",
}


def make_receipt(accounts=1, size=3):
    proof_keys = tuple(bytes([n]) * 32 for n in range(accounts))
    record = encode_json(
        {
            "v": 1,
            "purpose": "train_generative_models",
            "received_at": timestamp(AT),
            "subjects": bind_subjects(proof_keys),
        }
    )
    r = bytes(32)
    opening = Opening(kind=RecordKind.OBJECTION, day=date(2025, 5, 27), record=record, r=r, proof_keys=proof_keys)
    leaf = personal_leaf(RecordKind.OBJECTION, opening.day, commit(RecordKind.OBJECTION, record, r))
    growth = Frontier().append([hash_leaf(b"%d" % n) if n != 1 else hash_leaf(leaf) for n in range(size)])
    note = sign_checkpoint(Checkpoint(origin=LOG.name, size=size, root=growth.root), LOG)
    path = growth.inclusion_path(1)
    return TlogProof(index=1, path=path, checkpoint_note=note, extra=opening.encode()).encode()


RECEIPT, LONG_RECEIPT = make_receipt(), make_receipt(accounts=30)
# With the 17 hashes of a log of 100,000 entries, and seven accounts: close to what a code can hold.
LARGE_RECEIPT = make_receipt(accounts=7, size=100_000)
WORDING = PageWording(
    title="Your objection is recorded",
    facts=(("Entry", "1"), ("Public log", LOG.name)),
    paragraphs=("A paragraph about the receipt.",),
    code_holds={CodeContent.RECEIPT: "The code holds the receipt.", CodeContent.DIGEST: "The code names the receipt."},
)


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def scan(folder, picture):
    """Return what an independent reader sees in a picture."""
    return run(folder, "zbarimg", "--quiet", "--raw", "--set", "binary", picture)


@pytest.fixture
def printed(tmp_path):
    (tmp_path / "page.pdf").write_bytes(print_page(RECEIPT, WORDING, language="en"))
    return tmp_path


def test_the_receipts_of_these_tests_verify():
    for receipt in (RECEIPT, LONG_RECEIPT):
        assert verify_receipt(receipt, LOG.verifier).index == 1


def test_the_facts_are_those_of_the_receipt():
    assert read_facts(LONG_RECEIPT) == ReceiptFacts(log=LOG.name, index=1, received_at=AT, covered=30)


@pytest.mark.parametrize("receipt", [RECEIPT, LARGE_RECEIPT], ids=len)
def test_a_code_on_a_printed_page_gives_the_receipt_byte_for_byte(tmp_path, receipt):
    (tmp_path / "page.pdf").write_bytes(print_page(receipt, WORDING, language="en"))
    run(tmp_path, "pdftoppm", "-r", "300", "-png", "page.pdf", "page")
    assert scan(tmp_path, "page-1.png") == receipt.encode()


def test_a_receipt_that_is_too_long_for_a_code_is_named_by_it(tmp_path):
    (tmp_path / "page.pdf").write_bytes(print_page(LONG_RECEIPT, WORDING, language="en"))
    run(tmp_path, "pdftoppm", "-r", "200", "-png", "page.pdf", "page")
    digest = hashlib.sha256(LONG_RECEIPT.encode()).hexdigest()
    assert scan(tmp_path, "page-1.png").decode() == f"demur/v1/receipt\nagora.example/demur/log\n1\n{digest}\n"
    assert "The code names the receipt." in run(tmp_path, "pdftotext", "page.pdf", "-").decode()


def test_the_picture_is_the_code_of_the_receipt_and_says_what_it_holds():
    """The SVG has the modules of the code that a reader decodes in the printed page."""
    for receipt, content, text in (
        (RECEIPT, CodeContent.RECEIPT, RECEIPT),
        (LONG_RECEIPT, CodeContent.DIGEST, name_receipt(LONG_RECEIPT)),
    ):
        drawn = draw_code(receipt)
        expected = io.BytesIO()
        code = segno.make_qr(text.encode(), mode="byte", error="L", boost_error=True)
        code.save(expected, kind="svg", xmldecl=False, svgclass=None, lineclass=None, nl=False, light="#fff")
        assert (drawn.content, drawn.svg) == (content, expected.getvalue().decode())
        assert ET.fromstring(drawn.svg).tag.endswith("svg")
        assert "style" not in drawn.svg  # the policy of the portal allows no style inside a page


def test_the_receipt_is_attached_to_the_page(printed):
    run(printed, "pdfdetach", "-saveall", "page.pdf")
    assert (printed / "objection-1.tlog-proof").read_text() == RECEIPT


def test_the_words_of_all_24_languages_can_be_printed_and_read(tmp_path):
    wording = dataclasses.replace(WORDING, paragraphs=(" ".join(SENTENCES.values()),))
    (tmp_path / "page.pdf").write_bytes(print_page(RECEIPT, wording, language="en"))
    printed = tmp_path
    text = run(printed, "pdftotext", "-layout", "page.pdf", "-").decode()
    squeezed = "".join(text.split())
    assert [tag for tag, sentence in SENTENCES.items() if "".join(sentence.split()) not in squeezed] == []
    fonts = run(printed, "pdffonts", "page.pdf").decode().splitlines()[2:]
    assert [line.split()[-5:-2] for line in fonts] == [["yes", "yes", "yes"]]  # embedded, subset, with Unicode


def test_it_is_one_page(printed):
    assert b"Pages:           1\n" in run(printed, "pdfinfo", "page.pdf")


def test_the_same_receipt_gives_the_same_bytes_in_another_process(printed):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from test_receipt_page import RECEIPT, WORDING, draw_code, print_page;"
        "sys.stdout.buffer.write(print_page(RECEIPT, WORDING, language='en') + draw_code(RECEIPT).svg.encode())"
    )
    again = run(printed, "faketime", "2031-01-01", sys.executable, "-c", program, str(Path(__file__).parent))
    assert again == (printed / "page.pdf").read_bytes() + draw_code(RECEIPT).svg.encode()


@pytest.mark.parametrize("receipt", ["", "no receipt", RECEIPT[:-200]])
def test_what_is_no_receipt_is_refused(receipt):
    with pytest.raises(IntegrityError):
        print_page(receipt, WORDING, language="en")
