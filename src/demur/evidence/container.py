"""The container of a pack: a ZIP file whose every byte follows from its members.

Any unzip program opens it. Because the container is a function of the members (stored, sorted, without times), a
verifier builds it again and compares: a byte flipped in a header is found as surely as one in a document.
Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

import io
import struct
import zlib
from collections.abc import Mapping

from demur.evidence.errors import PackDamagedError, PackTooLargeError

# 1 January 1980, 00:00: the earliest time that a ZIP header can hold; real times would make bytes differ.
_TIME, _DATE = 0, (1 << 5) | 1
_VERSION = 20
_UTF8_NAMES = 0x0800
_REGULAR_FILE = 0o100644 << 16
_MADE_BY_UNIX = (3 << 8) | _VERSION
_MAX_BYTES = 0xFFFF_FFFE
_MAX_MEMBERS = 0xFFFE
_MEMBER_BYTES = 30 + 46  # the two headers of a member, without its name
_BLOCK = 1 << 16
_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL = b"PK\x03\x04"
_DAMAGED_HINT = "Fetch the pack again; if it stays so, ask whoever gave it to you."


def encode_container(members: Mapping[str, bytes]) -> bytes:
    """Return the ZIP file of the members, sorted by name.

    Raises:
        PackTooLargeError: there are more than 65,534 members, or 4 GiB of them.
    """
    size = sum(len(content) + _MEMBER_BYTES + 2 * len(name.encode("utf-8")) for name, content in members.items())
    if len(members) > _MAX_MEMBERS or size > _MAX_BYTES:
        message = f"a pack of {len(members)} members and {size} bytes; allowed are {_MAX_MEMBERS} and {_MAX_BYTES}"
        raise PackTooLargeError(message, hint="Pack fewer corpora or runs at once.")
    local, central = io.BytesIO(), io.BytesIO()
    for name in sorted(members):
        content, encoded = members[name], name.encode("utf-8")
        sizes = (zlib.crc32(content), len(content), len(content), len(encoded))
        common = (_VERSION, _UTF8_NAMES, 0, _TIME, _DATE, *sizes, 0)
        offset = local.tell()
        local.write(_HEADER.pack(_LOCAL, *common) + encoded + content)
        central.write(struct.pack("<4sH5H3I2H", b"PK\x01\x02", _MADE_BY_UNIX, *common))
        central.write(struct.pack("<3H2I", 0, 0, 0, _REGULAR_FILE, offset) + encoded)
    directory = central.getvalue()
    count = len(members)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), local.tell(), 0)
    return local.getvalue() + directory + end


def decode_container(content: bytes) -> dict[str, bytes]:
    """Return the members of a container.

    Only what `encode_container` writes is read, so nothing is inflated and no second list of members is believed.

    Raises:
        PackDamagedError: the bytes are not exactly what `encode_container` gives for the members found.
    """
    members: dict[str, bytes] = {}
    at = 0
    while content.startswith(_LOCAL, at):
        name, member, at = _read_member(content, at)
        members[name] = member
    again = encode_container(members)
    if again != content:
        message = f"the container differs from its {len(members)} members at byte {_first_difference(again, content)}"
        raise PackDamagedError(message, hint=_DAMAGED_HINT)
    return members


def _read_member(content: bytes, at: int) -> tuple[str, bytes, int]:
    """Return name and bytes of the member that begins at a place, and the place where the next begins."""
    fields, start = content[at : at + _HEADER.size], at + _HEADER.size
    name_size, size, checksum = 0, 0, 0
    if len(fields) == _HEADER.size:
        *_, checksum, size, _, name_size, _ = _HEADER.unpack(fields)
    name = content[start : start + name_size].decode("utf-8", "replace")
    member = content[start + name_size : start + name_size + size]
    if len(fields) < _HEADER.size or len(member) != size:
        message = f"the container is damaged at {name!r}: it ends within this member"
        raise PackDamagedError(message, hint=_DAMAGED_HINT)
    if zlib.crc32(member) != checksum:
        message = f"the container is damaged at {name!r}: the checksum of this member is another"
        raise PackDamagedError(message, hint=_DAMAGED_HINT)
    return name, member, start + name_size + size


def _first_difference(left: bytes, right: bytes) -> int:
    end = min(len(left), len(right))
    start = next((at for at in range(0, end, _BLOCK) if left[at : at + _BLOCK] != right[at : at + _BLOCK]), end)
    return next((at for at in range(start, end) if left[at] != right[at]), end)
