"""``demur notice``: versions of the notice from the draft to the log, and the mails that come back."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_error, print_json, print_lines, print_table
from demur.cli.workspace import Common, Workspace
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import timestamp
from demur.kernel.errors import DemurError
from demur.kernel.files import write_whole

if TYPE_CHECKING:
    from demur.notices.version import NoticeVersion

app = App(name="notice", help="Versions of the notice: check, publish, show; read what comes back.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_FAULTY = 1
_LEFT = 1
# What a mail server that pipes mails reads as "keep it and try again" (EX_TEMPFAIL of sysexits.h): no answer is lost.
_TRY_AGAIN = 75
_SHOWN = 40


@app.command(name="check")
def check_version(version: str, *, common: _Common = _COMMON) -> int:
    """Check a version: every element of GDPR Art. 13 and 14 in every language that accounts speak, and the lint.

    Exit status 1 when something stands in the way of publishing it.

    Args:
        version: The version, as its file in the folder of notices is called without `.toml`.
        common: Options that every command shares.
    """
    from demur.notices.publication import draft_version  # noqa: PLC0415 -- optional dependency
    from demur.web.notices.texts import translator  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()
    read = _read(workspace, version)
    draft = draft_version(read, translator, spoken=_spoken(workspace))
    machine_made = sorted(language for language, texts in read.languages.items() if texts.checked_by is None)
    if common.json:
        findings = [{"language": one.language, "rule": one.rule, "message": one.message} for one in draft.findings]
        told = {"version": version, "languages": sorted(read.languages)}
        print_json({**told, "findings": findings, "unchecked": machine_made})
    elif draft.findings:
        rows = [(one.language, one.rule, one.message) for one in draft.findings[:_SHOWN]]
        print_table(f"In the way of version {version}", ("language", "rule", "what"), rows)
        print_lines(*[f"... and {len(draft.findings) - _SHOWN:,} more"] * (len(draft.findings) > _SHOWN))
    else:
        print_lines(f"version {version} can be published in {', '.join(sorted(read.languages))}")
        print_lines(*[f"nobody checked the texts of {', '.join(machine_made)} yet"] * bool(machine_made))
    return _FAULTY if draft.findings else 0


@app.command(name="publish")
def publish(version: str, *, out: Path | None = None, common: _Common = _COMMON) -> None:
    """Publish a version: its digest goes into the log, and the public page shows it from then on.

    Apps can show it from then on to people to whom a campaign brings it. Refused while `demur notice check` finds
    anything. Publishing the same version again changes nothing; other words need a version of their own.

    Args:
        version: The version, as its file in the folder of notices is called without `.toml`.
        out: A folder for the document, its signed note and the proof that the log holds its digest.
        common: Options that every command shares.
    """
    from demur.cli.serving import describe_installation  # noqa: PLC0415 -- optional dependency
    from demur.notices.publication import draft_version, write_document  # noqa: PLC0415 -- optional dependency
    from demur.register.mailing_versions import prove_version, publish_version  # noqa: PLC0415 -- slow import
    from demur.web.notices.texts import translator  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()
    keyring = workspace.keyring
    draft = draft_version(_read(workspace, version), translator, spoken=_spoken(workspace))
    document = write_document(draft, origin=keyring.log_signer.name)
    note = keyring.document_signer.sign(f"demur/v1/notice\n{version}\n{sha256_hex(document)}\n")
    with workspace.open_log() as register:
        published = publish_version(
            register, version, document, note=note, languages=sorted(draft.messages), at=workspace.clock.now()
        )
        proof = prove_version(register, published)
    describe_installation(workspace).sign_in_app_notice(version)
    if out is not None:
        _write(out, version, published.document, published.note, proof)
    told = {
        "version": version,
        "index": published.index,
        "digest": sha256_hex(published.document),
        "published_at": timestamp(published.published_at),
        "languages": sorted(draft.messages),
    }
    if common.json:
        print_json(told)
        return
    print_lines(f"version {version} was published at {told['published_at']}, entry {published.index} of the log")
    print_lines(f"SHA-256 {told['digest']}", "next: demur campaign start")


@app.command(name="show")
def show_versions(version: str | None = None, *, language: str = "en", common: _Common = _COMMON) -> None:
    """List the versions that were published, or show one as people read it.

    Args:
        version: The version to show; all are listed when it is left out.
        language: In which language.
        common: Options that every command shares.
    """
    from demur.notices.errors import NoticeLanguageError  # noqa: PLC0415 -- slow import
    from demur.notices.published import read_texts  # noqa: PLC0415 -- slow import
    from demur.register.mailing_versions import find_version, list_versions  # noqa: PLC0415 -- slow import

    workspace = common.workspace()
    with workspace.open_log() as register:
        found = list_versions(register) if version is None else (find_version(register, version),)
    if version is None:
        rows = [(one.version, timestamp(one.published_at), one.index, sha256_hex(one.document)) for one in found]
        if common.json:
            columns = ("version", "published_at", "index", "digest")
            print_json({"versions": [dict(zip(columns, row, strict=True)) for row in rows]})
        else:
            print_table("Published versions of the notice", ("version", "published at", "entry", "SHA-256"), rows)
        return
    message = read_texts(found[0].document).messages.get(language)
    if message is None:
        problem = f"version {version} has no {language}"
        raise NoticeLanguageError(problem, hint="Name one of its languages by --language.")
    parts = [{"kind": part.kind.value, "heading": part.heading, "text": part.text} for part in message.parts]
    if common.json:
        print_json({"version": version, "language": language, "subject": message.subject, "parts": parts})
    else:
        print_lines(message.subject, "", *(f"{part['heading'] or part['kind']}: {part['text']}" for part in parts))


@app.command(name="receive")
def receive(*, maildir: Path | None = None, recipient: str = "", common: _Common = _COMMON) -> int:
    """Read what comes back after a notice: bounces, reports of delivery, and answers, which may object.

    Without a Maildir one mail is read from standard input, as a mail server pipes it; whatever goes wrong then ends
    with status 75, so that the server keeps the mail and tries again. In a Maildir, each mail that is done moves from
    `new` to `cur`; those that a human has to look at are flagged.

    Args:
        maildir: A Maildir whose new mails are read.
        recipient: The address that the piped mail was delivered to, if the server tells it.
        common: Options that every command shares.
    """
    from demur.cli.receiving import Intake, read_maildir  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()
    if maildir is None:
        try:
            with workspace.open_register() as register:
                now = workspace.clock.now()
                Intake(register, workspace.clock).take(sys.stdin.buffer.read(), recipient=recipient, received_at=now)
        except (DemurError, OSError) as error:
            if isinstance(error, DemurError):
                print_error(error)
            return _TRY_AGAIN
        if common.json:
            print_json({"read": 1})
        return 0
    with workspace.open_register() as register:
        counts = read_maildir(maildir, Intake(register, workspace.clock))
    if common.json:
        print_json({"read": sum(counts.values()), **counts})
    else:
        print_table("Read", ("what it is", "mails"), sorted(counts.items()))
    return 0


@app.command(name="listen")
def listen(*, port: int = 8025, host: str = "127.0.0.1", common: _Common = _COMMON) -> None:
    """Take what comes back after a notice by LMTP until Ctrl-C, one mail at a time, as `demur notice receive` reads it.

    A mail is accepted when what it says is on disk, and refused for now (451) when it cannot be stored, so that the
    mail server keeps it.

    Args:
        port: Where to listen.
        host: The address to listen on; the mail server's own machine.
        common: Options that every command shares.
    """
    from demur.cli.mail_listener import listen_until_interrupted  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()

    def tell() -> None:
        if common.json:
            print_json({"listening": f"{host}:{port}"})
        else:
            print_lines(f"LMTP on {host}:{port}; Ctrl-C ends it")
        sys.stdout.flush()

    with workspace.open_register() as register:
        listen_until_interrupted(register, workspace.clock, host=host, port=port, ready=tell)


@app.command(name="replies")
def list_replies(*, done: int | None = None, common: _Common = _COMMON) -> int:
    """List the answers to notices that a human has to look at; exit status 1 when there are any.

    What was taken for an objection counts as one already. If it was none, ask the person to log in and withdraw it:
    nobody else can. The mail itself is in the mailbox of answers, under the id that is listed.

    Args:
        done: The number of an answer that you have looked at; it is listed no more.
        common: Options that every command shares.
    """
    from demur.notices.incoming import write_id  # noqa: PLC0415 -- optional dependency
    from demur.register.mailing_replies import close_check, list_checks  # noqa: PLC0415 -- slow import

    workspace = common.workspace()
    with workspace.open_log() as register:
        if done is not None:
            close_check(register, done, at=workspace.clock.now())
        checks = list_checks(register)
    columns = ("number", "verdict", "entry", "id", "at")
    rows = [
        (one.number, one.verdict, one.entry, one.mailing and write_id(one.mailing), timestamp(one.at)) for one in checks
    ]
    if common.json:
        print_json({"replies": [dict(zip(columns, row, strict=True)) for row in rows]})
    else:
        print_table("Answers that wait for a human", columns, rows)
    return _LEFT if checks else 0


def _read(workspace: Workspace, version: str) -> "NoticeVersion":
    from demur.notices.version import read_version  # noqa: PLC0415 -- slow import

    section = workspace.configuration.notices
    folder = workspace.root / ("notices" if section is None else section.folder)
    return read_version(folder / f"{version}.toml")


def _spoken(workspace: Workspace) -> Collection[str]:
    """Return the languages that accounts speak; one that cannot be read is none, and its accounts stay held."""
    from demur.notices.languages import primary_language  # noqa: PLC0415 -- slow import
    from demur.register.mailing import read_languages  # noqa: PLC0415 -- slow import

    with workspace.open_log() as register:
        tags = read_languages(register)
    return {language for language in map(primary_language, tags) if language is not None}


def _write(folder: Path, version: str, document: bytes, note: str, proof: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"notice-{version}.json", document)
    write_whole(folder / f"notice-{version}.note", note.encode())
    write_whole(folder / f"notice-{version}.tlog-proof", proof.encode())
