"""Law: counts by reason sum to the rows read; nothing is dropped unseen."""

import json
import random
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.engines.local import LocalEngine
from demur.kernel.words import Decision
from demur.testing.small_platform import (
    ignore_progress,
    make_rows,
    read_rows,
    write_jsonl_split,
    write_parquet_split,
    write_small_platform,
)

BAD_LINES = st.lists(
    st.sampled_from([b"{", b"[1]", b"\xff\xfe", b'{"item": null, "text": "x"}', b'{"item": "q", "text": 7}']),
    max_size=6,
)


@settings(max_examples=8)
@given(bad=BAD_LINES, repeated=st.integers(0, 20), changed=st.integers(0, 20), is_broken=st.booleans())
def test_rows_read_are_rows_decided_and_rows_rejected(bad, repeated, changed, is_broken):
    with tempfile.TemporaryDirectory() as name:
        platform = write_small_platform(Path(name), items=120)
        lines = 120 + _add_rows(platform.folder / "content", bad, repeated, changed)
        if is_broken:
            (platform.folder / "content" / "posts-9.parquet").write_bytes(b"PAR1 and no more")
        result = platform.build(platform.plan(partitions=3), LocalEngine(), progress=ignore_progress)
        manifest = result.manifest
        decided = pl.concat([pl.read_parquet(result.folder / entry.path) for entry in manifest.decision_files])
        rejected = [json.loads(line) for line in (result.folder / "rejected.jsonl").read_text().splitlines()]
        assert manifest.rows_read == lines == decided.height + sum(row["line"] > 0 for row in rejected)
        assert manifest.rows_decided == decided.height == sum(manifest.reasons.values())
        assert manifest.decisions == dict(decided.group_by("decision").len().iter_rows())
        assert manifest.reasons == dict(decided.group_by("reason").len().iter_rows())
        assert manifest.rows_rejected == result.rejected_rows == lines - decided.height
        assert sum(shard.rows for shard in manifest.shards) == sum(
            manifest.decisions.get(kept, 0) for kept in (Decision.INCLUDE, Decision.REDACT)
        )
        assert read_rows(result.folder)["row"].to_list() == list(
            range(sum(manifest.decisions.get(kept, 0) for kept in (Decision.INCLUDE, Decision.REDACT)))
        )
        assert [row["line"] for row in rejected if row["line"] == 0] == [0] * is_broken
        assert [(entry.rows_read, entry.rows_rejected) for entry in manifest.sources if "posts-9" in entry.split] == [
            (0, 0)
        ] * is_broken


def _add_rows(content: Path, bad: list[bytes], repeated: int, changed: int) -> int:
    """Add bad lines, rows that are there already, and rows that say something else about an item; return how many."""
    rows = make_rows(random.Random(7), people=40, items=120)[:80]
    write_parquet_split(content / "posts-3.parquet", rows[:repeated])
    write_jsonl_split(content / "comments-2.jsonl", [{**row, "text": "another"} for row in rows[40 : 40 + changed]])
    with (content / "comments-2.jsonl").open("ab") as stream:
        stream.writelines(line + b"\n" for line in bad)
    return len(bad) + repeated + changed
