"""Every link inside the documentation leads to something that is there."""

import re
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

MARKDOWN = MarkdownIt("commonmark").enable("table")


def inline_tokens(page: Path) -> list[Token]:
    blocks = MARKDOWN.parse(page.read_text(encoding="utf-8"))
    return [child for block in blocks for child in block.children or ()]


def link_targets(page: Path) -> list[str]:
    found = [token.attrGet("href") or token.attrGet("src") for token in inline_tokens(page)]
    return [str(target) for target in found if target]


def heading_anchors(page: Path) -> set[str]:
    """Return the anchors that the forges give to headings: lower case, punctuation dropped, spaces as hyphens."""
    tokens = MARKDOWN.parse(page.read_text(encoding="utf-8"))
    titles = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    plain = [re.sub(r"\[([^]]*)]\([^)]*\)", r"\1", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


def is_internal(target: str) -> bool:
    return not re.match(r"[a-z][a-z0-9+.-]*:", target)


def is_broken(page: Path, target: str) -> bool:
    path, _, anchor = unquote(target).partition("#")
    linked = page if not path else page.parent / path
    if not linked.exists():
        return True
    return bool(anchor) and linked.suffix == ".md" and anchor not in heading_anchors(linked)


def test_every_internal_link_resolves(page, checked):
    internal = [target for target in link_targets(page) if is_internal(target)]
    assert [target for target in internal if is_broken(page, target)] == []
    checked(f"{page.name}: {len(internal)} internal links")


def test_a_broken_link_and_a_missing_anchor_are_found(tmp_path):
    (tmp_path / "other.md").write_text("# The `one` heading\n")
    page = tmp_path / "page.md"
    page.write_text("[a](other.md#the-one-heading) [b](other.md#gone) [c](gone.md) [d](https://example.org/)\n")
    broken = [target for target in link_targets(page) if is_internal(target) and is_broken(page, target)]
    assert broken == ["other.md#gone", "gone.md"]
