"""Every code block of the documentation runs.

The convention: blocks marked `bash`, `sh` or `python` run in order, page by page, in a folder that holds a small sample
platform with its demur.toml. Everything else (`console`, `text`, `json`, `toml`, ...) is text. Two comments steer:

    <!-- not run: reason -->     before a block: it is shown, not run, and the reason is listed by `make docs`
    <!-- before: command -->     anywhere: a command that the reader of this page has done already, run unseen

What pages have before their first block is done once, step by step: pages that share steps work on copies. README's
commands are processes of their own from first to last, those of the other pages begin with their imports done.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from servers.prepared import prepared_demur

RUN_PAGE = Path(__file__).with_name("run_page.py")
SAMPLE = "demur sample --people 60 --items 600 --seed 7 --out"
LANGUAGES = {"bash": "bash", "sh": "bash", "python": "python"}
COMMENT = re.compile(r"<!--\s*(not run|before):\s*(.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block to run and where it stands."""

    where: str
    language: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was done before a page begins, its blocks that run, and the reasons of those that do not."""

    steps: tuple[str, ...]
    blocks: tuple[Block, ...]
    reasons: tuple[str, ...]


def read_page(text: str, name: str) -> Page:
    steps: list[str] = []
    blocks: list[Block] = []
    reasons: list[str] = []
    is_held = False
    for token in MarkdownIt("commonmark").parse(text):
        where = f"{name}:{token.map[0] + 1}" if token.map else name
        if token.type == "html_block":
            for kind, content in COMMENT.findall(token.content):
                if kind == "before" and not blocks:
                    steps += content.split(" && ")
                elif kind == "before":
                    blocks.append(Block(where=where, language="bash", code=content))
                else:
                    is_held = True
                    reasons.append(f"{where} not run: {content}")
        elif token.type == "fence":
            language = LANGUAGES.get(token.info.split(" ")[0])
            if language and not is_held:
                blocks.append(Block(where=where, language=language, code=token.content))
            is_held = False
    return Page(steps=tuple(steps), blocks=tuple(blocks), reasons=tuple(reasons))


def environment(*commands: Path) -> dict[str, str]:
    """Return the environment of a reader whose virtual environment is active, with some commands before its own."""
    path = os.pathsep.join([*map(str, commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Iterator[dict[str, str]]:
    """Return that environment with a `demur` that begins at once."""
    with prepared_demur(tmp_path_factory.mktemp("prepared")) as commands:
        yield environment(commands)


@pytest.fixture(scope="session")
def after(prepared, tmp_path_factory) -> Callable[[tuple[str, ...]], Path]:
    """Return a function that gives the sample platform after some steps; each page works on a copy."""
    done: dict[tuple[str, ...], Path] = {}

    def folder_after(steps: tuple[str, ...]) -> Path:
        if steps not in done:
            folder = tmp_path_factory.mktemp("docs") / "sample"
            if steps:
                shutil.copytree(folder_after(steps[:-1]), folder)
            shell = ["bash", "-euo", "pipefail", "-c", steps[-1] if steps else f"{SAMPLE} {folder}"]
            subprocess.run(shell, check=True, env=prepared, cwd=folder if steps else None, stdin=subprocess.DEVNULL)
            done[steps] = folder
        return done[steps]

    return folder_after


@pytest.mark.timeout(300)
def test_every_code_block_runs(page, root, checked, after, prepared, tmp_path):
    found = read_page(page.read_text(encoding="utf-8"), str(page.relative_to(root)))
    if found.blocks:
        folder = tmp_path / "page"
        shutil.copytree(after(found.steps), folder)
        done = subprocess.run(
            [sys.executable, RUN_PAGE],
            cwd=folder,
            env=environment() if page == root / "README.md" else prepared,
            input=json.dumps([asdict(block) for block in found.blocks]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    checked("\n".join([f"{page.relative_to(root)}: {len(found.blocks)} blocks ran", *found.reasons]))


def test_the_readme_is_there(root):
    assert (root / "README.md").is_file()


PAGE = """\
<!-- before: x && y -->

```bash
a
```
```console
b
```
<!-- not run: slow -->

```sh
c
```

<!-- before: d -->

```python
e
```
"""


def test_bash_and_python_run_unless_a_comment_says_why_not():
    assert read_page(PAGE, "page.md") == Page(
        steps=("x", "y"),
        blocks=(
            Block(where="page.md:3", language="bash", code="a\n"),
            Block(where="page.md:15", language="bash", code="d"),
            Block(where="page.md:17", language="python", code="e\n"),
        ),
        reasons=("page.md:9 not run: slow",),
    )
