"""Stop a program in the middle of its writes, as a power cut would: for tests of what the next start makes good."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoppedError(BaseException):
    """Ends a program at once; no handler of ours catches it."""


@contextmanager
def stop_at_write(number: int, *, within: Path) -> Iterator[list[str]]:
    """Let the write with a number within a folder not happen, and leave its temporary file behind.

    Every file that Demur writes appears by a rename (`demur.kernel.files.whole_file`), so renames are what is counted.

    Yields:
        The names of the files that appeared; after a stop the last one is that of the file that did not. Empty again
        when the block ended without a stop.
    """
    rename = Path.replace
    written: list[str] = []

    def stop(path: Path, target: Path) -> Path:
        if Path(target).is_relative_to(within):
            written.append(Path(target).name)
            if len(written) > number:
                shutil.copy(path, path.with_name(f".{Path(target).name}.left.partial"))
                raise StoppedError
        return rename(path, target)

    Path.replace = stop  # type: ignore[assignment,method-assign]
    try:
        yield written
        written.clear()
    except StoppedError:
        pass
    finally:
        Path.replace = rename  # type: ignore[method-assign]
