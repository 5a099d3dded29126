from decimal import Decimal

import pytest

from demur.audit.errors import ThresholdsError
from demur.audit.gate import (
    Check,
    CheckKind,
    Finding,
    Thresholds,
    WindowSetting,
    judge,
    load_thresholds,
    overall,
    read_thresholds,
)
from demur.audit.metrics import Metric
from demur.kernel.words import Verdict

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def gate(kind, bound="0.5", least_n=4):
    check = Check(metric="z", level="suppressed", kind=kind, bound=Decimal(bound), least_n=least_n)
    return Thresholds(name="one", window=WindowSetting(prefix_tokens=50, suffix_tokens=50), checks=(check,))


def z(value, low, high, n=64):
    return Metric(name="z", level="suppressed", value=value, low=low, high=high, n=n)


@pytest.mark.parametrize(
    ("kind", "low", "high", "verdict"),
    [
        (CheckKind.EQUIVALENT, -0.5, 0.5, PASS),
        (CheckKind.EQUIVALENT, -0.1, 0.51, INCONCLUSIVE),
        (CheckKind.EQUIVALENT, -0.6, 0.0, INCONCLUSIVE),
        (CheckKind.EQUIVALENT, 0.51, 2.0, FAIL),
        (CheckKind.EQUIVALENT, -2.0, -0.51, FAIL),
        (CheckKind.AT_MOST, 0.0, 0.5, PASS),
        (CheckKind.AT_MOST, 0.0, 0.6, INCONCLUSIVE),
        (CheckKind.AT_MOST, 0.6, 0.7, FAIL),
        (CheckKind.DETECTS, 0.5, 0.7, PASS),
        (CheckKind.DETECTS, 0.4, 0.7, INCONCLUSIVE),
        (CheckKind.DETECTS, -9.0, -8.0, INCONCLUSIVE),
    ],
)
def test_an_interval_is_compared_with_a_bound(kind, low, high, verdict):
    assert [finding.verdict for finding in judge([z((low + high) / 2, low, high)], gate(kind))] == [verdict]


@pytest.mark.parametrize(("value", "verdict"), [(0.0, PASS), (1.0, FAIL), (-1.0, FAIL)])
def test_an_exact_number_is_zero_or_fails(value, verdict):
    assert judge([z(value, value, value)], gate(CheckKind.ZERO))[0].verdict == verdict


def test_too_few_are_inconclusive_however_good_they_look():
    assert judge([z(0.0, 0.0, 0.0, n=3)], gate(CheckKind.EQUIVALENT)) == [
        Finding(verdict=INCONCLUSIVE, reason="z (suppressed): measured on 3, at least 4 are needed")
    ]


def test_what_was_not_measured_is_inconclusive():
    assert judge([], gate(CheckKind.EQUIVALENT)) == [
        Finding(verdict=INCONCLUSIVE, reason="z (suppressed): not measured")
    ]


def test_a_reason_says_what_was_seen_and_what_was_asked():
    assert judge([z(0.1, -0.1, 0.3)], gate(CheckKind.EQUIVALENT)) == [
        Finding(
            verdict=PASS,
            reason="z (suppressed): 0.100 [-0.100, 0.300] on 64, to lie within -0.5 and 0.5: pass",
        )
    ]


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([PASS, PASS], PASS),
        ([PASS, INCONCLUSIVE], INCONCLUSIVE),
        ([INCONCLUSIVE, FAIL, PASS], FAIL),
        ([], INCONCLUSIVE),
    ],
)
def test_one_failure_fails_and_one_doubt_is_a_doubt(verdicts, verdict):
    assert overall([Finding(verdict=each, reason="") for each in verdicts]) == verdict


def test_the_release_gate_asks_for_enforcement_first():
    checks = [(check.metric, check.level, check.kind, str(check.bound)) for check in load_thresholds("eu-2025").checks]
    enforcement = [
        ("z", "suppressed", CheckKind.EQUIVALENT, "0.5"),
        ("ledger-leak", "run", CheckKind.ZERO, "0"),
        ("z", "never-inserted", CheckKind.EQUIVALENT, "1.0"),
        ("z", "64", CheckKind.DETECTS, "3.0"),
    ]
    assert checks == [*enforcement, ("extraction-rows", "random", CheckKind.AT_MOST, "0.01")]
    rehearsal = load_thresholds("rehearsal").checks
    assert [(check.metric, check.level, check.kind, str(check.bound)) for check in rehearsal] == enforcement


def test_an_unknown_gate_is_refused():
    with pytest.raises(ThresholdsError, match="known are 'eu-2025' and 'rehearsal'"):
        load_thresholds("us-1999")


HEAD = 'name = "x"\n[window]\nprefix_tokens = 50\nsuffix_tokens = 50\n'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not toml",
        "checks = []\n" + HEAD,
        HEAD + '[[checks]]\nmetric = "z"\nlevel = "1"\nkind = "about"\n',
        HEAD + '[[checks]]\nmetric = "z"\nlevel = "1"\nkind = "zero"\nlimit = "1"\n',
    ],
)
def test_thresholds_that_no_gate_can_use_are_refused(tmp_path, content):
    (tmp_path / "gate.toml").write_text(content)
    with pytest.raises(ThresholdsError):
        read_thresholds(tmp_path / "gate.toml")


def test_a_missing_file_of_thresholds_is_refused(tmp_path):
    with pytest.raises(ThresholdsError):
        read_thresholds(tmp_path / "gate.toml")


def test_thresholds_are_named_by_their_content(tmp_path):
    text = HEAD + '[[checks]]\nmetric = "z"\nlevel = "1"\nkind = "zero"\n'
    (tmp_path / "one.toml").write_text(text)
    (tmp_path / "same.toml").write_text("# a comment\n" + text)
    (tmp_path / "other.toml").write_text(text.replace('"1"', '"4"'))
    one, same, other = (read_thresholds(tmp_path / f"{name}.toml").digest for name in ("one", "same", "other"))
    assert one == same != other
