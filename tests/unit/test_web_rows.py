"""A feed is cut into blocks of whole rows, alike however the network cut it."""

import asyncio
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.register.errors import ImportUnreadableError
from demur.web.api.rows import cut_csv, cut_lines

FIELDS = st.lists(st.text('ab,"\n', max_size=5), min_size=2, max_size=2)
BLOCK = 40


def blocks_of(cut, body, piece_bytes, block_bytes=BLOCK):
    async def pieces():
        for start in range(0, len(body), piece_bytes):
            yield body[start : start + piece_bytes]

    async def collect():
        return [block async for block in cut(pieces(), block_bytes=block_bytes)]

    return asyncio.run(collect())


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@given(st.lists(FIELDS, min_size=1, max_size=20), st.integers(1, 60))
def test_blocks_of_csv_hold_every_row_once_below_the_header_however_the_body_comes(rows, piece_bytes):
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    body = written.getvalue().encode()
    blocks = blocks_of(cut_csv, body, piece_bytes)
    header, *read = [rows_of(block) for block in blocks]
    assert blocks == blocks_of(cut_csv, body, len(body))
    assert [block[0] for block in read] == [rows[0]] * len(read)
    assert header + [row for block in read for row in block[1:]] == rows_of(body)


@given(st.lists(st.text("ab ", max_size=BLOCK - 1), max_size=20), st.integers(1, 60))
def test_blocks_of_lines_are_the_body_again_and_end_at_its_lines(lines, piece_bytes):
    body = "".join(line + "\n" for line in lines).encode()
    blocks = blocks_of(cut_lines, body, piece_bytes)
    assert b"".join(blocks) == body
    assert all(block.endswith(b"\n") and len(block) <= BLOCK for block in blocks if body)
    assert len(blocks) >= 1


@pytest.mark.parametrize(("cut", "body"), [(cut_lines, b"x" * 41), (cut_csv, b"a,b\n" + b'"' + b"x\n" * 40)])
def test_a_row_that_never_ends_is_refused(cut, body):
    with pytest.raises(ImportUnreadableError):
        blocks_of(cut, body, 7)
