"""Keep the catalogues of the pages' texts: find the texts, say what is missing, take translations in, compile.

    python tools/catalogues.py merge                  every catalogue gets what the code says now, and loses the rest
    python tools/catalogues.py export --missing de    what has no translation yet, as JSON
    python tools/catalogues.py fill de FILE           take translations in; wrong ones are refused, each with a reason
    python tools/catalogues.py check de fr            what is missing or wrong; without a language, in those complete
    python tools/catalogues.py compile                write each .mo

A catalogue holds no line numbers and no dates, and its texts are sorted, so that it changes only when a text does.
Whoever has read a language through writes their name behind `X-Signed-Off-By:` in the head of its catalogue.
"""

import argparse
import hashlib
import io
import json
import re
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.extract import extract_python
from babel.messages.pofile import normalize, read_po
from django.template.base import Lexer, Token, TokenType
from django.utils.text import unescape_string_literal
from django.utils.translation import trim_whitespace
from django.utils.translation.template import block_re, constant_re, endblock_re, inline_re, plural_re

from demur.web.formats import plural_categories, plural_header
from demur.web.languages import COMPLETE, LOCALE_FOLDER, OFFICIAL, SOURCE

_SOURCES = Path(__file__).parent.parent / "src" / "demur"
# The packages whose texts people read.
FOLDERS = (_SOURCES / "web", _SOURCES / "notices")
TEMPLATE_ENDINGS = (".html", ".mjml", ".txt")
# Which argument of a call is what; a call with another name is none of ours.
_PLAIN = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
_PLURAL = frozenset({"ngettext", "ngettext_lazy"})
_IN_CONTEXT = frozenset({"pgettext", "pgettext_lazy", "pgettext_noop"})
_PLURAL_IN_CONTEXT = frozenset({"npgettext", "npgettext_lazy"})
_KEYWORDS = dict.fromkeys((*_PLAIN, *_PLURAL, *_IN_CONTEXT, *_PLURAL_IN_CONTEXT))
_PLACEHOLDER = re.compile(r"%\([A-Za-z0-9_.]+\)[sd]|<[^>]*>")
_SIGNER = re.compile(r'^"X-Signed-Off-By: ?(.*)\\n"$', re.MULTILINE)
_ID_LETTERS = 8


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """A text of the pages: where it is used, if that matters, the text in English, and its plural."""

    context: str
    single: str
    plural: str = ""

    @property
    def id(self) -> str:
        """Return a short name for the text, the same as long as the text is."""
        content = f"{self.context}\0{self.single}\0{self.plural}".encode()
        return hashlib.sha256(content).hexdigest()[:_ID_LETTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The texts of one language, each with its forms; `signer` is empty until a person has read them through."""

    code: str
    signer: str = ""
    forms: Mapping[Text, tuple[str, ...]] = field(default_factory=dict)
    fuzzy: frozenset[Text] = frozenset()

    def form_count(self, text: Text) -> int:
        """Return how many forms a text has in this language."""
        return len(plural_categories(self.code)) if text.plural else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 1 when a catalogue is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("merge")
    commands.add_parser("compile")
    commands.add_parser("check").add_argument("languages", nargs="*")
    commands.add_parser("export").add_argument("--missing", required=True, metavar="LANGUAGE", choices=OFFICIAL)
    fill = commands.add_parser("fill")
    fill.add_argument("language", choices=OFFICIAL)
    fill.add_argument("file", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.command == "export":
        return _export(chosen.missing)
    if chosen.command == "fill":
        return _fill(chosen.language, json.loads(chosen.file.read_text(encoding="utf-8")))
    if chosen.command == "check":
        return _report(fault for code in chosen.languages or COMPLETE for fault in find_faults(code))
    return _merge() if chosen.command == "merge" else _compile()


# ---------------------------------------------------------------------------------------------------- texts in the code


def find_texts(folders: Sequence[Path] = FOLDERS) -> tuple[Text, ...]:
    """Return every text of the modules and templates below some folders, sorted; a folder may be missing."""
    found: set[Text] = set()
    for path in (path for folder in folders for path in folder.rglob("*")):
        if path.suffix == ".py":
            found.update(texts_in_code(path.read_bytes()))
        elif path.suffix in TEMPLATE_ENDINGS and "templates" in path.parts:
            found.update(texts_in_template(path.read_text(encoding="utf-8")))
    return tuple(sorted(found))


def texts_in_code(source: bytes) -> Iterator[Text]:
    """Yield the texts of calls of gettext and its kin."""
    for _, name, given, _ in extract_python(io.BytesIO(source), _KEYWORDS, [], {"encoding": "utf-8"}):
        words = _words(given)
        if name in _PLAIN and words[0]:
            yield Text("", words[0])
        elif name in _PLURAL:
            yield Text("", words[0], words[1])
        elif name in _IN_CONTEXT and words[1]:
            yield Text(words[0], words[1])
        elif name in _PLURAL_IN_CONTEXT:
            yield Text(words[0], words[1], words[2])


def texts_in_template(source: str) -> Iterator[Text]:
    """Yield the texts of `translate`, of `blocktranslate` and of `_("...")`, as Django will look them up."""
    tokens: Iterator[Token] = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type is TokenType.BLOCK and (inline := inline_re.match(token.contents)):
            yield Text(_unquote(inline[3]), _literal(inline[1]))
        elif token.token_type is TokenType.BLOCK and (block := block_re.match(token.contents)):
            yield _block(tokens, _unquote(block[2]), trimmed=" trimmed" in token.contents)
        elif token.token_type is not TokenType.TEXT:
            yield from (Text("", _literal(found)) for found in constant_re.findall(token.contents))


def _block(tokens: Iterator[Token], context: str, *, trimmed: bool) -> Text:
    parts = [""]
    for token in tokens:
        kind, contents = token.token_type, token.contents
        if kind is TokenType.BLOCK and endblock_re.match(contents):
            break
        if kind is TokenType.BLOCK and plural_re.match(contents):
            parts.append("")
        elif kind is TokenType.VAR:
            parts[-1] += f"%({contents})s"
        elif kind is TokenType.TEXT:
            parts[-1] += contents.replace("%", "%%")
    return Text(context, *(trim_whitespace(part) if trimmed else part for part in parts))


def _literal(quoted: str) -> str:
    return _unquote(quoted).replace("%", "%%")


def _unquote(quoted: str | None) -> str:
    return unescape_string_literal(quoted) if quoted else ""


# ----------------------------------------------------------------------------------------------------------- catalogues


def find_faults(code: str, texts: Sequence[Text] | None = None) -> list[str]:
    """Return what is missing or wrong in a language, one line each; nothing when it is complete."""
    wanted = find_texts() if texts is None else texts
    if code == SOURCE:
        return []
    catalogue, known = read_catalogue(code), frozenset(wanted)
    faults = [f"{code}: not in the code any more: {text.single!r}" for text in catalogue.forms if text not in known]
    for text in wanted:
        if text in catalogue.fuzzy:
            faults.append(f"{code}: marked as fuzzy: {text.single!r}")
        faults += [f"{code}: {fault}: {text.single!r}" for fault in faults_of(catalogue, text)]
    return faults


def faults_of(catalogue: Catalogue, text: Text) -> list[str]:
    """Return what is wrong with the translation of one text."""
    forms = catalogue.forms.get(text, ())
    if len(forms) != catalogue.form_count(text):
        return [f"{len(forms)} forms instead of {catalogue.form_count(text)}"]
    if not all(form.strip() for form in forms):
        return ["not translated"]
    allowed = [_placeholders(text.single), _placeholders(text.plural or text.single)]
    if any(_placeholders(form) not in allowed for form in forms):
        return ["other placeholders or tags than in the English text"]
    return ["other line breaks"] if any(form.count("\n") != text.single.count("\n") for form in forms) else []


def _placeholders(words: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(words))


def read_catalogue(code: str) -> Catalogue:
    """Read a language's catalogue; one that is not there yet is empty."""
    path = catalogue_path(code)
    if not path.exists():
        return Catalogue(code=code)
    content = path.read_text(encoding="utf-8")
    forms: dict[Text, tuple[str, ...]] = {}
    fuzzy = set()
    for message in read_po(io.BytesIO(content.encode())):
        if not message.id:
            continue
        text = Text(message.context or "", *_words(message.id))
        forms[text] = _words(message.string)
        if message.fuzzy:
            fuzzy.add(text)
    signer = _SIGNER.search(content)
    return Catalogue(code=code, signer=signer[1] if signer else "", forms=forms, fuzzy=frozenset(fuzzy))


def _words(given: object) -> tuple[str, ...]:
    """Return one or more texts as a tuple; Babel gives None for a form without a text."""
    several = given if isinstance(given, tuple | list) else (given,)
    return tuple(str(words or "") for words in several)


def write_catalogue(catalogue: Catalogue) -> None:
    """Write a catalogue as text; the same content gives the same bytes."""
    path = catalogue_path(catalogue.code)
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [_entry(text, catalogue.forms[text]) for text in sorted(catalogue.forms)]
    path.write_text("\n".join([_entry(Text("", ""), (_head(catalogue),)), *entries]), encoding="utf-8")


def pack(catalogue: Catalogue) -> bytes:
    """Return a catalogue in the binary form that gettext reads (GNU gettext manual, 10.3); no form is left empty."""
    messages = {b"": _head(catalogue).encode()}
    for text, forms in catalogue.forms.items():
        if all(forms):
            context = f"{text.context}\x04" if text.context else ""
            plural = f"\0{text.plural}" if text.plural else ""
            messages[f"{context}{text.single}{plural}".encode()] = "\0".join(forms).encode()
    keys = sorted(messages)
    head_bytes, pair_bytes = 28, 8
    place = head_bytes + 2 * pair_bytes * len(keys)
    tables, content = b"", b""
    for words in (*keys, *(messages[key] for key in keys)):
        tables += struct.pack("<2I", len(words), place + len(content))
        content += words + b"\0"
    originals, translations = head_bytes, head_bytes + pair_bytes * len(keys)
    return struct.pack("<7I", 0x950412DE, 0, len(keys), originals, translations, 0, place) + tables + content


def _head(catalogue: Catalogue) -> str:
    return (
        f"Language: {catalogue.code}\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=UTF-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        f"Plural-Forms: {plural_header(catalogue.code)}\n"
        f"X-Signed-Off-By: {catalogue.signer}\n"
    )


def _entry(text: Text, forms: Sequence[str]) -> str:
    context = f"msgctxt {normalize(text.context)}\n" if text.context else ""
    if not text.plural:
        return f"{context}msgid {normalize(text.single)}\nmsgstr {normalize(forms[0])}\n"
    listed = "".join(f"msgstr[{number}] {normalize(form)}\n" for number, form in enumerate(forms))
    return f"{context}msgid {normalize(text.single)}\nmsgid_plural {normalize(text.plural)}\n{listed}"


def catalogue_path(code: str, ending: str = "po") -> Path:
    """Return where a language's catalogue is: its text (`po`) or what is made of it (`mo`)."""
    return LOCALE_FOLDER / code / "LC_MESSAGES" / f"django.{ending}"


# ------------------------------------------------------------------------------------------------------------- commands


def _merge() -> int:
    texts = find_texts()
    for code in OFFICIAL:
        if code != SOURCE:
            write_catalogue(merged(read_catalogue(code), texts))
    print(f"{len(texts)} texts in {len(OFFICIAL) - 1} catalogues")
    return 0


def merged(catalogue: Catalogue, texts: Sequence[Text]) -> Catalogue:
    """Return a catalogue with these texts and no others; what was translated stays."""
    forms = {text: catalogue.forms.get(text) or ("",) * catalogue.form_count(text) for text in texts}
    return Catalogue(code=catalogue.code, signer=catalogue.signer, forms=forms)


def _export(code: str) -> int:
    catalogue = read_catalogue(code)
    missing: dict[str, dict[str, str | list[str]]] = {}
    for text in find_texts():
        if text in catalogue.fuzzy or faults_of(catalogue, text):
            texts = missing.setdefault(text.context, {})
            texts[text.id] = [text.single, text.plural] if text.plural else text.single
    shown = {"language": code, "plural_forms": plural_categories(code), "texts_by_context": missing}
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    return 0


def _fill(code: str, given: Mapping[str, str | list[str]]) -> int:
    texts = find_texts()
    known = {text.id: text for text in texts}
    filled, faults = fill(merged(read_catalogue(code), texts), known, given)
    write_catalogue(filled)
    print(f"{code}: {len(given) - len(faults)} translations taken in, {len(faults)} refused")
    return _report(faults)


def fill(
    catalogue: Catalogue, known: Mapping[str, Text], given: Mapping[str, str | list[str]]
) -> tuple[Catalogue, list[str]]:
    """Take translations into a catalogue by the ids of their texts; return it and why some were refused."""
    forms, faults = dict(catalogue.forms), []
    for identity, translation in given.items():
        text = known.get(identity)
        if text is None:
            faults.append(f"{catalogue.code}: no text has the id {identity}")
            continue
        wanted = (translation,) if isinstance(translation, str) else tuple(translation)
        wrong = faults_of(Catalogue(code=catalogue.code, forms={text: wanted}), text)
        faults += [f"{catalogue.code}: {fault}: {identity} {text.single!r}" for fault in wrong]
        if not wrong:
            forms[text] = wanted
    return Catalogue(code=catalogue.code, signer=catalogue.signer, forms=forms), faults


def _compile() -> int:
    for code in OFFICIAL:
        if code != SOURCE and catalogue_path(code).exists():
            catalogue_path(code, "mo").write_bytes(pack(read_catalogue(code)))
    return 0


def _report(faults: Iterable[str]) -> int:
    found = list(faults)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
