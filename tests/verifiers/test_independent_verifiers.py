"""Programs that are not ours accept our receipts and proofs, and nothing that was altered in them.

`make drill-proofs` asks the same by the hundred thousand.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cases import (
    SIGNER,
    ConsistencyCase,
    InclusionCase,
    Must,
    alter_consistency,
    alter_inclusion,
    alter_text,
    altered_receipt,
    flip_bits,
    forged_receipts,
    true_case,
    true_consistency,
    true_inclusion,
    true_receipts,
    with_another_leaf,
)
from counting import Tally, ask_all
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import ALONE, Checker, start_all

from demur.keys.encoding import encode_base64

FOREIGN = {"Go sumdb", "Sigstore for Node", "Sigstore for Python", "pymerkle"}
OURS = {"demur", "demur_verify.py", "demur_verify.py in bare Python"}
WITNESSED = 2  # a receipt with a signature line of another key


@pytest.fixture(scope="module")
def checkers() -> Iterator[tuple[Checker, ...]]:
    with start_all() as started:
        yield started


def mistakes(checkers, cases) -> dict[str, list[object]]:
    """Ask every verifier and return what each is wrong about."""
    tallies: dict[str, Tally] = {}
    ask_all(checkers, cases, tallies)
    return {name: tally.mistakes for name, tally in tallies.items() if tally.mistakes}


def altered_receipts(number: int = 2000):
    """Yield receipts with one byte, one line or the whole head altered."""
    dice, receipts = random.Random(7), true_receipts()
    for at in (0, WITNESSED):
        content = receipts[at].text.encode()
        yield from (
            altered_receipt(receipts[at], one) for bit, one in enumerate(flip_bits(content, range(8))) if bit % 9 == 0
        )
    for true in receipts:
        yield from (altered_receipt(true, content) for content in forged_receipts(true))
    for _ in range(number):
        true = dice.choice(receipts)
        yield altered_receipt(true, alter_text(true.text.encode(), dice))


def test_the_verifiers_are_those_that_the_documentation_names(checkers):
    assert {checker.name for checker in checkers} == FOREIGN | OURS
    judged = {checker.name for checker in checkers if ConsistencyCase in checker.judges}
    assert judged == {"Go sumdb", "demur"}


def test_every_verifier_accepts_every_true_receipt(checkers):
    cases = [true_case(true) for true in true_receipts()]
    tallies: dict[str, Tally] = {}
    ask_all(checkers, cases, tallies)
    assert {name: dict(tally.counts) for name, tally in tallies.items()} == {
        checker.name: {"true, accepted": len(cases)} for checker in checkers if checker.name != "pymerkle"
    }


def test_every_verifier_accepts_true_proofs_and_refuses_altered_ones(checkers):
    dice = random.Random(11)
    inclusions = [true_inclusion(dice) for _ in range(250)]
    consistencies = [true_consistency(dice) for _ in range(250)]
    altered = [
        *(alter_inclusion(case, dice) for case in inclusions for _ in range(8)),
        *(alter_consistency(case, dice) for case in consistencies for _ in range(8)),
    ]
    assert mistakes(checkers, [*inclusions, *consistencies, *altered]) == {}
    # Where two sizes share one shape of path an altered proof still holds, so most must be refused, not all.
    assert sum(case.must is Must.REFUSE for case in altered) > len(altered) * 3 // 4


def test_no_verifier_accepts_an_altered_receipt_or_a_true_one_for_another_entry(checkers):
    cases = [*altered_receipts(), *map(with_another_leaf, true_receipts())]
    assert mistakes([checker for checker in checkers if checker.name not in OURS], cases) == {}
    assert sum(case.entry is Must.REFUSE for case in cases) > 1000


@given(st.data())
@settings(max_examples=150)
def test_no_verifier_accepts_several_alterations_at_once(checkers, data):
    true = data.draw(st.sampled_from(true_receipts()))
    content = true.text.encode()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        removed, added = data.draw(st.integers(0, 3)), data.draw(st.binary(max_size=3))
        content = content[:at] + added + content[at + removed :]
    assert mistakes(checkers, [altered_receipt(true, content)]) == {}


@given(st.data())
@settings(max_examples=150)
def test_no_verifier_accepts_a_proof_that_the_recursion_does_not(checkers, data):
    dice = random.Random(data.draw(st.integers(0, 1 << 32)))
    case = true_inclusion(dice, largest=data.draw(st.sampled_from((4, 17, 300))))
    index = data.draw(st.integers(0, case.size + 2))
    size = data.draw(st.integers(0, 2 * case.size + 2))
    path = tuple(data.draw(st.permutations(case.path)))[: data.draw(st.integers(0, len(case.path)))]
    changed = [replace(case, index=index), replace(case, size=size), replace(case, path=path)]
    assert mistakes(checkers, [*changed, replace(case, index=index, size=size, path=path)]) == {}


def test_our_three_verifiers_agree_and_forgive_nothing_but_the_line_of_another_key(checkers):
    cases = list(altered_receipts())
    answers = {checker.name: list(checker.ask(cases)) for checker in checkers if checker.name in OURS}
    assert answers["demur"] == answers["demur_verify.py"] == answers["demur_verify.py in bare Python"]
    accepted = [case for case, is_accepted in zip(cases, answers["demur"], strict=True) if is_accepted]
    assert {case.opening for case in accepted} == {Must.ACCEPT, Must.EITHER}
    kept = {without_other_keys(true.text) for true in true_receipts()}
    assert {without_other_keys(case.receipt.decode()) for case in accepted} == kept
    assert len(cases) - len(accepted) > 3000


def without_other_keys(receipt: str) -> tuple[str, frozenset[str]]:
    """Return a receipt as it is without the signature lines of other keys than the log's, however often one stands."""
    signed, _, signatures = receipt.rpartition("\n\n")
    log = f"\u2014 {SIGNER.name} {encode_base64(SIGNER.verifier.key_id)[:5]}"
    return signed, frozenset(line for line in signatures.split("\n") if line.startswith(log))


def test_a_verifier_that_accepts_everything_or_nothing_would_be_seen():
    yes = Checker(name="yes", judges=(InclusionCase,), opens=False, ask=lambda cases: [True for _ in cases])
    no = Checker(name="no", judges=(InclusionCase,), opens=False, ask=lambda cases: [False for _ in cases])
    true = true_inclusion(random.Random(3))
    altered = replace(true, leaf=b"another")
    assert mistakes([yes, no], [true, altered]) == {"yes": [altered], "no": [true]}


@pytest.mark.parametrize(
    ("change", "entry", "opening"),
    [
        (lambda text: text, Must.ACCEPT, Must.ACCEPT),
        (lambda text: text.replace("extra ey", "extra eY"), Must.EITHER, Must.REFUSE),
        (lambda text: text.replace("index ", "index 0"), Must.EITHER, Must.EITHER),
        (lambda text: text + "\u2014 a.example AAAAAAAA\n", Must.EITHER, Must.EITHER),
        (lambda text: text.replace("index 1", "index 2"), Must.REFUSE, Must.REFUSE),
        (lambda text: text.replace("\n3\n", "\n4\n"), Must.REFUSE, Must.REFUSE),
        (lambda text: re.sub("(\u2014 .*).{9}\n", "\\1AAAAAAAA=\n", text), Must.REFUSE, Must.REFUSE),
        (lambda text: text.replace("DNToj5", "DNToj4"), Must.REFUSE, Must.REFUSE),
    ],
)
def test_what_must_be_refused_is_what_means_something_else(change, entry, opening):
    true = true_receipts()[0]
    case = altered_receipt(true, change(true.text).encode())
    assert (case.entry, case.opening) == (entry, opening)


def test_the_bare_interpreter_cannot_reach_cryptography_or_demur(checkers):
    # `bare_python.py` refuses to start where cryptography is; that it answered shows that there was none.
    (bare,) = (checker for checker in checkers if checker.name == "demur_verify.py in bare Python")
    assert list(bare.ask([true_case(true_receipts()[0])])) == [True]
    assert re.findall(r"^(?:from|import) demur", ALONE.read_text("utf-8"), re.MULTILINE) == []
