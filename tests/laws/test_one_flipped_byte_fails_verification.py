"""Law: one flipped bit anywhere in a pack fails verification, with a sentence that says what and where.

Three times over: as it comes over a wire; with the container made good, as somebody would who can make ZIP files; and
with the list of members signed anew, as only the platform itself could.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from demur.evidence.container import decode_container, encode_container
from demur.evidence.errors import EvidenceError, PackDamagedError
from demur.evidence.verify import verify_pack
from demur.kernel.canonical import sha256_hex
from demur.kernel.errors import DemurError
from demur.keys.encoding import decode_json, encode_json
from demur.testing.small_history import SmallHistory, write_small_history
from demur.testing.small_runs import write_run

# Of the platform's own lists of keys any spacing says the same.
NOT_CANONICAL = {"keys.json"}


@pytest.fixture(scope="module")
def history(tmp_path_factory) -> SmallHistory:
    """Make a small pack of every sort of member: a purged corpus with removals, a run and its audit."""
    history = write_small_history(tmp_path_factory.mktemp("history"), people=12, items=40, partitions=1)
    history.file_objection(history.accounts_with_rows()[0])
    history.apply()
    history.purge()
    run = write_run(history, history.folder / "run")
    history.pack(history.folder / "pack.zip", runs=[run])
    return history


@pytest.fixture(scope="module")
def members(history) -> dict[str, bytes]:
    return decode_container((history.folder / "pack.zip").read_bytes())


def flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]


def flipped_members(members: Mapping[str, bytes], *, every: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the members with one bit flipped in one of them, and its name."""
    for name, content in members.items():
        for place in range(0, len(content), every):
            yield name, {**members, name: flip(content, place)}


def sign_index_again(members: Mapping[str, bytes], history: SmallHistory) -> dict[str, bytes]:
    """List the members as they are and sign the list: what only the platform itself can do."""
    index = decode_json(members["pack.json"])
    listed = {name: content for name, content in members.items() if name not in {"pack.json", "pack.note"}}
    index["members"] = [
        {"path": path, "sha256": sha256_hex(content), "size": len(content)} for path, content in sorted(listed.items())
    ]
    content = encode_json(index)
    note = history.keyring.document_signer.sign(f"demur/v1/evidence-pack\n{sha256_hex(content)}\n")
    return {**listed, "pack.json": content, "pack.note": note.encode()}


def verify(members: Mapping[str, bytes], path: Path) -> None:
    path.write_bytes(encode_container(members))
    verify_pack(path)


def test_the_pack_as_it_was_made_holds_and_has_every_sort_of_member(history, members):
    report = verify_pack(history.folder / "pack.zip", trust=history.keyring.trusted_keys())
    assert report.log_size == len(history.log.entries())
    assert sorted({Path(name).suffix for name in members}) == ["", ".bin", ".json", ".note", ".tlog-proof", ".txt"]
    assert {"manifest-00002.json", "run-record.json", "audit-report.json"} <= {Path(name).name for name in members}


def test_one_flipped_bit_in_any_byte_of_the_file_fails(history):
    content = (history.folder / "pack.zip").read_bytes()
    for place in range(len(content)):
        with pytest.raises(
            PackDamagedError, match=r"^the container (is damaged at ['\"]|differs from its [0-9]+ members at)"
        ):
            decode_container(flip(content, place))


def test_the_verifier_refuses_a_container_before_anything_else(history, tmp_path):
    content = (history.folder / "pack.zip").read_bytes()
    for place in range(0, len(content), 211):
        (tmp_path / "pack.zip").write_bytes(flip(content, place))
        with pytest.raises(PackDamagedError, match=r"^the container "):
            verify_pack(tmp_path / "pack.zip")


def test_one_flipped_bit_in_any_member_of_a_well_made_container_fails_with_its_name(members, tmp_path):
    for name, flipped in flipped_members(members, every=17):
        with pytest.raises(DemurError) as raised:
            verify(flipped, tmp_path / "pack.zip")
        # A key of another name cannot open the note of the pack; whose fault that is, nobody can tell.
        allowed = (name, "pack.note") if name in NOT_CANONICAL else (name,)
        said = str(raised.value)
        assert said.startswith((*allowed, *(["pack.json"] if name == "pack.note" else []))), (name, said)


def test_one_flipped_bit_in_a_member_that_the_platform_lists_anew_fails_with_a_name_of_its_folder(
    history, members, tmp_path
):
    for name, flipped in flipped_members(members, every=41):
        if name in NOT_CANONICAL or name.startswith("pack."):
            continue
        with pytest.raises(EvidenceError) as raised:
            verify(sign_index_again(flipped, history), tmp_path / "pack.zip")
        folder = "/".join(name.split("/")[:2]) if "/" in name else name
        assert folder.split("/")[0] in str(raised.value), (name, str(raised.value))


@pytest.mark.parametrize("place", range(0, 100, 20))
def test_a_truncated_pack_fails(history, tmp_path, place):
    content = (history.folder / "pack.zip").read_bytes()
    (tmp_path / "pack.zip").write_bytes(content[: len(content) * place // 100])
    with pytest.raises(PackDamagedError, match=r"^the container (is damaged|differs from its)"):
        verify_pack(tmp_path / "pack.zip")
