"""What was found in the texts of any partition, brought together: what is cut in one text is cut in every text."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from demur.corpus.workfolder import WorkFolder
from demur.exchange.tables import read_table, write_table
from demur.filters.consistency import SECRET_COLUMNS, Secrets, join_secrets, list_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsTask:
    """The hashes of all partitions to join."""

    partitions: int
    work: WorkFolder


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """How many forms of secrets there are."""

    secrets: int


def join_partitions(task: SecretsTask) -> Joined:
    """Write the hashes of all partitions as one table, each once and sorted: whatever the partitions, the same one."""
    parts = (read_table(task.work.secrets(part), SECRET_COLUMNS) for part in range(task.partitions))
    joined = join_secrets(parts)
    write_table(task.work.all_secrets, joined)
    return Joined(secrets=joined.height)


@lru_cache(maxsize=1)
def read_secrets(path: Path, key: bytes) -> Secrets:
    """Read the table once for all partitions that one process judges; the key is of one build, and so is the file."""
    return list_secrets(read_table(path, SECRET_COLUMNS), key)
