"""A body that comes piece by piece, cut into blocks of whole rows: a feed of any length in the memory of one block.

Where a block ends depends on the bytes of the body alone, never on how the network cut it, so that the same feed is
read the same way each time.
"""

from collections.abc import AsyncIterator

from demur.register.errors import ImportUnreadableError

BLOCK_BYTES = 4 * 1024 * 1024
_HINT = "Send UTF-8: CSV with a header, or one flat JSON object a line, and no row longer than a block."


async def cut_lines(pieces: AsyncIterator[bytes], *, block_bytes: int = BLOCK_BYTES) -> AsyncIterator[bytes]:
    """Yield blocks of whole lines, each at most so long; of an empty body one empty block.

    Raises:
        ImportUnreadableError: a line is longer than a block.
    """
    waiting = bytearray()
    is_first = True
    async for piece in pieces:
        waiting += piece
        while len(waiting) > block_bytes:
            yield _take(waiting, waiting.rfind(b"\n", 0, block_bytes) + 1)
            is_first = False
    if waiting or is_first:
        yield bytes(waiting)


async def cut_csv(pieces: AsyncIterator[bytes], *, block_bytes: int = BLOCK_BYTES) -> AsyncIterator[bytes]:
    """Yield blocks of whole CSV rows, each beginning with the header; a line break between quotes ends no row.

    Raises:
        ImportUnreadableError: a row is longer than a block.
    """
    waiting = bytearray()
    header: bytes | None = None
    async for piece in pieces:
        waiting += piece
        while len(waiting) > block_bytes:
            block = _take(waiting, _end_of_rows(bytes(waiting[:block_bytes])))
            yield block if header is None else header + block
            header = block[: _end_of_first_row(block)] if header is None else header
    if waiting or header is None:
        yield bytes(waiting) if header is None else header + bytes(waiting)


def _take(waiting: bytearray, end: int) -> bytes:
    if end == 0:
        message = "a row of the body is longer than a block, or a quote in it is never closed"
        raise ImportUnreadableError(message, hint=_HINT)
    block = bytes(waiting[:end])
    del waiting[:end]
    return block


def _end_of_rows(content: bytes) -> int:
    """Return where the last whole row ends; 0 when there is none."""
    end = len(content)
    parts = content.split(b'"')  # those at even places stand outside quotes
    for place in range(len(parts) - 1, -1, -1):
        begin = end - len(parts[place])
        found = content.rfind(b"\n", begin, end) if place % 2 == 0 else -1
        if found >= 0:
            return found + 1
        end = begin - 1
    return 0


def _end_of_first_row(block: bytes) -> int:
    position = 0
    for place, part in enumerate(block.split(b'"')):
        found = part.find(b"\n") if place % 2 == 0 else -1
        if found >= 0:
            return position + found + 1
        position += len(part) + 1
    return len(block)
