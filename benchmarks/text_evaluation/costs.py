"""What a filter costs: CPU seconds over posts, peak memory, and the worst that one long line does to it.

Memory and long lines are measured in processes of their own, which load the filter and nothing of the evaluation: the
generator's libraries would count otherwise, and a filter that hangs must not hang the report.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from text_evaluation import filters
from text_evaluation.filters import Column

BATCH = 20_000
CONTENTS = {
    "letters": "abcdefghij",
    "digits": "0123456789",
    "full stops": ".",
    "at signs": "@",
    "a@": "a@",
    "a.": "a.",
    "brackets": "[(",
    "blanks": " ",
    "emoji": "😂👍🏽",
    "keycaps": "1️⃣",
    "zero-width": "a\u200b",
    "full-width": "１．",
    "capitals": "Anna Muster ",
    "phones": "+49 171 1234567 ",
    "colons": "a:0:",
    "one word with digits": "x1",
}
"""What a long line repeats, by the name in the report."""
_WARM = ("anna@example.org, +49 171 1234567, Anna Muster, Lindenweg 3, 10115 Berlin, １２３", "nothing here")


def megabytes_per_cpu_second(read: Column, texts: pl.Series, languages: pl.Series | None) -> float:
    """Measure how much of a column of texts (UTF-8) a filter reads in a CPU second, in batches, all threads together.

    It reads the column again until a second is over: the clock of a process is coarse.
    """
    read(pl.Series("text", _WARM), None)
    passes, began = 0, time.process_time()
    while passes == 0 or time.process_time() - began < 1:
        for start in range(0, len(texts), BATCH):
            read(texts.slice(start, BATCH), None if languages is None else languages.slice(start, BATCH))
        passes += 1
    return passes * int(texts.str.len_bytes().sum()) / 1e6 / (time.process_time() - began)


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLine:
    """What a line of one content cost beside posts; `finished` is False when the limit came first."""

    content: str
    seconds: float
    ratio: float
    finished: bool


def long_line(place: str, content: str, *, size: int, limit_seconds: float, seconds_per_byte: float) -> LongLine:
    """Measure one line of `size` bytes in a process of its own, and compare it with the average cost of a byte."""
    arguments = ["line", place, content, str(size)]
    try:
        seconds, finished = _child(arguments, limit_seconds)["seconds"], True
    except subprocess.TimeoutExpired:
        seconds, finished = limit_seconds, False
    return LongLine(content=content, seconds=seconds, ratio=seconds / (seconds_per_byte * size), finished=finished)


def peak_megabytes(place: str, posts: Path) -> tuple[float, float]:
    """Measure peak resident memory, in millions of bytes: with Polars and the posts alone, and with the filter."""
    alone, whole = (_child(["memory", which, str(posts)], None)["megabytes"] for which in ("none", place))
    return alone, whole


def _child(arguments: list[str], limit_seconds: float | None) -> dict[str, float]:
    """Run this module as a program; one that crashes says so on standard error and ends the measurement."""
    argv = [sys.executable, "-m", "text_evaluation.costs", *arguments]
    paths = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(  # noqa: S603 -- our own program
        argv,
        stdout=subprocess.PIPE,
        text=True,
        timeout=limit_seconds,
        check=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _measure_line(place: str, content: str, size: str) -> dict[str, float]:
    piece = CONTENTS[content]
    line = piece * (int(size) // len(piece.encode()))
    read, text = filters.load_column(place), pl.Series("text", [line])
    read(pl.Series("text", _WARM), None)
    began = time.process_time()
    read(text, None)
    return {"seconds": time.process_time() - began}


def _measure_memory(place: str, posts: str) -> dict[str, float]:
    texts = pl.read_parquet(posts)["text"]
    if place != "none":
        read = filters.load_column(place)
        for start in range(0, len(texts), BATCH):
            read(texts.slice(start, BATCH), None)
    # Not getrusage: its maximum outlives exec, so it would be that of the process that started this one.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    return {"megabytes": int(status["VmHWM"].split()[0]) * 1024 / 1e6}


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print(json.dumps(_measure_line(*arguments) if what == "line" else _measure_memory(*arguments)))
