import re

import pytest

from demur.audit.canaries import CanaryKind, CanaryRole, PlantedTexts, make_canaries, read_canaries, write_canaries
from demur.audit.errors import CanariesAlteredError, CanaryKitError

SMALL = {"levels": (1, 3), "per_level": 2, "suppressed": 2, "suppressed_copies": 2, "controls": 1, "references": 8}
KIT = make_canaries(11, **SMALL)
CONTACT = re.compile(
    r"contact [A-Z][a-z]+ [A-Z][a-z]+ @[a-z]+\d\d at [a-z]+\.[a-z]+\d\d@[a-z]+\.example or call \+999( \d{3}){3}"
)


def test_a_seed_makes_the_same_list_for_ever():
    assert make_canaries(11, **SMALL) == KIT
    assert KIT.digest == GOLDEN_DIGEST
    assert KIT.digest != make_canaries(12, **SMALL).digest


def test_there_are_as_many_as_asked_for_of_each_kind_and_role():
    counts = {(kind, role): len(KIT.chosen(kind, role)) for kind in CanaryKind for role in CanaryRole}
    per_kind = {"planted": 4, "suppressed": 2, "control": 1, "reference": 8}
    assert counts == {(kind, role): per_kind[role] for kind in CanaryKind for role in CanaryRole}


def test_one_row_is_planted_for_each_copy_and_none_for_the_never_inserted():
    canaries = [(canary.text, canary.role == CanaryRole.SUPPRESSED, canary.copies) for canary in KIT.canaries]
    rows = [(text, suppressed) for text, suppressed, copies in canaries for _ in range(copies)]
    assert KIT.planted() == PlantedTexts(
        texts=tuple(text for text, _ in rows), suppressed=tuple(each for _, each in rows), digest=KIT.digest
    )
    assert len(rows) == 2 * (2 * 1 + 2 * 3 + 2 * 2)


def test_no_two_canaries_are_alike():
    assert len({canary.text for canary in KIT.canaries}) == len(KIT.canaries)


def test_a_text_canary_is_a_hundred_words():
    assert {len(canary.text.split()) for canary in KIT.canaries if canary.kind == CanaryKind.TEXT} == {100}


def test_a_contact_canary_reaches_nobody_and_knows_where_its_secrets_are():
    for canary in KIT.canaries:
        if canary.kind == CanaryKind.CONTACT:
            assert CONTACT.fullmatch(canary.text)
            secrets = {secret.name: canary.text[secret.start : secret.stop] for secret in canary.secrets}
            assert list(secrets) == ["email", "phone"]
            assert canary.text.endswith(f" at {secrets['email']} or call {secrets['phone']}")


def test_the_sealed_list_is_read_as_it_was_written(tmp_path):
    digest = write_canaries(tmp_path / "canaries.json", KIT)
    assert read_canaries(tmp_path / "canaries.json", digest) == KIT


def test_a_list_that_was_changed_after_the_run_is_refused(tmp_path):
    path = tmp_path / "canaries.json"
    digest = write_canaries(path, KIT)
    path.write_bytes(path.read_bytes().replace(b"contact", b"kontact", 1))
    with pytest.raises(CanariesAlteredError):
        read_canaries(path, digest)


@pytest.mark.parametrize("setting", [{"levels": (0,)}, {"suppressed_copies": 0}, {"references": 7}])
def test_numbers_that_cannot_be_measured_are_refused(setting):
    with pytest.raises(CanaryKitError):
        make_canaries(1, **setting)


def test_a_seed_that_no_document_can_hold_is_refused():
    with pytest.raises(CanaryKitError):
        make_canaries(2**53)


# Written once; a change would unseal the canaries of every run that exists.
GOLDEN_DIGEST = "ae8f9599c43a0efef36d56b8e032edfaf289b4e0c85bffa53385b1dbc4752f0a"
