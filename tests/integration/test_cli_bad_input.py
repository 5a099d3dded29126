"""Bad input at the command line: one clear line, the documented exit status, no person in it, nothing lost."""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from demur.policy.settings import Settings

EXPORT = "export sample --to jsonl --out view.jsonl --recipient Lab"
# What a command may leave behind without having done anything: locks, side files of SQLite, unfinished work.
PASSING = re.compile(
    r"(^|/)(lock|[^/]*\.lock|register\.db[^/]*)$|(^|/)\.[^/]+\.building/|(^|/)register/snapshots/\.passing-"
)

Spoil = Callable[[Path], object]


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A command that can't be done: how the platform is spoilt, and the whole message that is expected."""

    command: str
    status: int
    code: str
    message: str
    next: str
    spoil: Spoil = Path.exists
    entries: int = 0  # by which the log has grown: a snapshot was taken before it was clear that it is of no use


def write(name: str, content: bytes | str) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def remove(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return spoil


def replace(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return spoil


def truncate(pattern: str) -> Spoil:
    def spoil(folder: Path) -> None:
        paths = sorted(folder.glob(pattern))
        assert paths
        for path in paths:
            path.write_bytes(path.read_bytes()[:-40])

    return spoil


def flip(name: str, percent: int) -> Spoil:
    def spoil(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) * percent // 100] ^= 1
        (folder / name).write_bytes(content)

    return spoil


def make_folder(name: str) -> Spoil:
    return lambda folder: (folder / name).mkdir(exist_ok=True)


def setting(line: str) -> Spoil:
    return replace("demur.toml", "[ruleset.settings]", f"[ruleset.settings]\n{line}")


def as_utf16(name: str) -> Spoil:
    return lambda folder: (folder / name).write_bytes((folder / name).read_text("utf-8").encode("utf-16"))


def only_unreadable(folder: Path) -> None:
    for path in (folder / "content").iterdir():
        path.write_bytes(b"PAR1")


def all_of(*spoils: Spoil) -> Spoil:
    def spoil(folder: Path) -> None:
        for one in spoils:
            one(folder)

    return spoil


RESTORE = "Restore the file from a copy; do not use this one."
EVERY_KEY = "docs/reference/configuration.md lists every key."
PUBLIC = "Give public.json as the platform published it; `demur keys create` wrote it beside the keyring."
STRICT = "Correct the file, or build without --strict to leave it out and report it."
WHICH_CORPUS = "Name one that is there, or run `demur build` for a new one."
NO_CORPUS = "no corpus other in FOLDER/corpora; there are: sample"
COLUMNS = "docs/reference/imports.md lists the columns of each kind of file."
KEYRING = "Restore the file from your backup; a new keyring would give every person another key."
SETTINGS = f"Settings are: {', '.join(Settings.__struct_fields__)}"

# On a platform without a corpus.
BUILDS = {
    "a missing column": Refused(
        spoil=replace("demur.toml", 'text = "caption"', 'text = "no_such"'),
        command="build sample --strict",
        status=2,
        code="bad-input",
        message="content/photos.csv cannot be read: content/photos.csv: column no_such is missing; columns found: "
        "photo_id, owner_id, caption, .*",
        next=STRICT,
    ),
    "an unreadable Parquet file": Refused(
        spoil=write("content/posts-1.parquet", b"PAR1"),
        command="build sample --strict",
        status=2,
        code="bad-input",
        message="content/posts-1.parquet cannot be read: content/posts-1.parquet cannot be read as Parquet .*",
        next=STRICT,
    ),
    "only unreadable files": Refused(
        spoil=only_unreadable,
        command="build sample",
        status=2,
        code="nothing-to-read",
        message="none of 6 files can be read; content/assistant.jsonl.gz: .*",
        next="Correct the files or the [[sources]] entries of demur.toml.",
    ),
    "a file that is gone": Refused(
        spoil=remove("content/photos.csv"),
        command="build sample",
        status=3,
        code="source-empty",
        message="source photos: no file matches content/photos.csv in FOLDER",
        next="Correct path under [[sources]] in demur.toml.",
    ),
    "a source that is not configured": Refused(
        command="build sample --source stories",
        status=2,
        code="source-unknown",
        message="no source is called 'stories'; the configuration has assistant, comments, photos, posts",
        next="Name one that is under [[sources]] in demur.toml.",
    ),
    "a stale snapshot": Refused(
        spoil=setting("snapshot_max_age_hours = 0"),
        command="build sample",
        status=2,
        code="snapshot-stale",
        message=r"the register snapshot is .* old, the ruleset allows 0:00:00",
        next="Run `demur register snapshot` and build again.",
    ),
    "no snapshot": Refused(
        spoil=remove("register/snapshots"),
        command="build sample",
        status=2,
        code="snapshot-missing",
        message="no snapshot in FOLDER/register/snapshots",
        next="Run `demur register snapshot` first.",
    ),
    "a snapshot that is cut off": Refused(
        spoil=truncate("register/snapshots/*/objections.parquet"),
        command="build sample",
        status=5,
        code="document-altered",
        message=r"[\dTZ.]+/objections.parquet was altered or truncated: digest \w+..., signed \w+...",
        next=RESTORE,
    ),
    "a name that would leave the folder": Refused(
        command="build ../sample",
        status=3,
        code="plan-invalid",
        message="a corpus cannot be called '../sample'; allowed are 1 to 64 letters, digits, '.', '_' and '-'",
        next="Choose another name for the corpus.",
    ),
    "a plan file that is missing": Refused(
        command="build spring.toml",
        status=3,
        code="configuration-missing",
        message="no plan at spring.toml",
        next="Name a plan file, or a corpus for a build of all sources.",
    ),
    "another platform's keyring": Refused(
        spoil=replace("demur.toml", 'name = "agora"', 'name = "forum"'),
        command="build sample",
        status=3,
        code="platform-mismatch",
        message="the plan is for forum, the keyring of agora, the snapshot of agora",
        next="Bring configuration, keyring and snapshot of one platform together.",
    ),
    "suppressions that are missing": Refused(
        spoil=replace("demur.toml", "[build]", '[build]\nsuppressions = "terms"'),
        command="build sample",
        status=3,
        code="configuration-invalid",
        message=r"the suppressions at FOLDER/terms cannot be read \(No such file or directory\)",
        next="Make them by `demur suppressions make`.",
    ),
    "no corpus yet": Refused(
        command="apply other",
        status=2,
        code="corpus-missing",
        message="no corpus other in FOLDER/corpora; there are: none",
        next=WHICH_CORPUS,
    ),
}

SETTING_UP = {
    "no configuration": Refused(
        spoil=remove("demur.toml"),
        command="register status",
        status=3,
        code="configuration-missing",
        message="no configuration at demur.toml",
        next="Run this in a folder with a demur.toml, name one by --config, or make a sample by `demur sample`.",
    ),
    "a folder in place of the configuration": Refused(
        spoil=all_of(remove("demur.toml"), make_folder("demur.toml")),
        command="register status",
        status=3,
        code="file-refused",
        message="the system refuses demur.toml: Is a directory",
        next="Check the path, its rights and the disk, then run it again.",
    ),
    "a configuration in another encoding": Refused(
        spoil=write("demur.toml", 'name = "Größe"'.encode("latin-1")),
        command="register status",
        status=3,
        code="configuration-invalid",
        message="demur.toml is not UTF-8",
        next="Save it as UTF-8.",
    ),
    "a configuration that is no TOML": Refused(
        spoil=write("demur.toml", "[platform\n"),
        command="register status",
        status=3,
        code="configuration-invalid",
        message=r"demur.toml: Expected .* \(at line 1, column 10\)",
        next=EVERY_KEY,
    ),
    "an unknown key": Refused(
        spoil=replace("demur.toml", "partitions", "partitons"),
        command="register status",
        status=3,
        code="configuration-invalid",
        message=r"demur.toml: Object contains unknown field `partitons` - at `\$.build`",
        next=EVERY_KEY,
    ),
    "a value of another type": Refused(
        spoil=replace("demur.toml", "partitions = 8", 'partitions = "8"'),
        command="register status",
        status=3,
        code="configuration-invalid",
        message=r"demur.toml: Expected `int`, got `str` - at `\$.build.partitions`",
        next=EVERY_KEY,
    ),
    "a typo in a setting of the ruleset": Refused(
        spoil=replace("demur.toml", "notice_version", "notice_verison"),
        command="policy show",
        status=3,
        code="ruleset-setting",
        message="ruleset eu-2025: Object contains unknown field `notice_verison`",
        next=SETTINGS,
    ),
    "an age that the ruleset does not allow": Refused(
        spoil=setting("adult_age = 13"),
        command="policy show",
        status=3,
        code="ruleset-setting",
        message=r"ruleset eu-2025: Expected `int` >= 18 - at `\$.adult_age`",
        next=SETTINGS,
    ),
    "an unknown ruleset": Refused(
        spoil=replace("demur.toml", 'name = "eu-2025"', 'name = "eu-2031"'),
        command="policy show",
        status=3,
        code="ruleset-unknown",
        message="ruleset 'eu-2031' is unknown, known are announced-2025, eu-2025",
        next="Name one of them under [ruleset] in demur.toml.",
    ),
    "no keyring": Refused(
        spoil=remove("keys/keyring.json"),
        command="register status",
        status=3,
        code="keyring-missing",
        message="there is no keyring at FOLDER/keys/keyring.json",
        next="Restore it from your backup; for a new installation run `demur keys create`.",
    ),
    "a keyring that everybody may read": Refused(
        spoil=lambda folder: (folder / "keys/keyring.json").chmod(0o644),
        command="register object SOMEBODY",
        status=3,
        code="keyring-exposed",
        message="the keyring at FOLDER/keys/keyring.json has mode 0644, allowed is 0600 or stricter",
        next="Run `chmod 600 FOLDER/keys/keyring.json`, and ask who may have read it.",
    ),
    "a keyring that is cut off": Refused(
        spoil=truncate("keys/keyring.json"),
        command="register status",
        status=3,
        code="keyring-damaged",
        message="the keyring .*",
        next=KEYRING,
    ),
    "a second keyring": Refused(
        command="keys create",
        status=3,
        code="keyring-exists",
        message="a keyring exists already at FOLDER/keys/keyring.json",
        next="Use it, or move it away by hand if nothing was ever keyed with it.",
    ),
    "no public keys": Refused(
        spoil=remove("keys/public.json"),
        command="keys show",
        status=3,
        code="public-keys",
        message="the file of public keys cannot be read: No such file or directory: FOLDER/keys/public.json",
        next=PUBLIC,
    ),
    "public keys that are something else": Refused(
        spoil=write("keys/public.json", "[]"),
        command="keys show",
        status=3,
        code="public-keys",
        message="the file of public keys is not JSON with v, platform, log and documents",
        next=PUBLIC,
    ),
    "a sample over something else": Refused(
        command="sample --out content",
        status=2,
        code="folder-in-use",
        message="content is not empty",
        next="Give a new folder, or remove this one.",
    ),
    "a sample that is too small": Refused(
        command="sample --out new --people 2",
        status=2,
        code="agora-too-small",
        message="a sample platform of 2 people and 40000 items is too small; the least is 48 people and 240 items",
        next="Ask for more, for example 60 people and 600 items.",
    ),
    "terms that are missing": Refused(
        command="suppressions make terms.txt --out table",
        status=2,
        code="terms-unreadable",
        message=r"terms.txt cannot be read as UTF-8 text \(FileNotFoundError\)",
        next="Give a text file with one term a line.",
    ),
    "terms in another encoding": Refused(
        spoil=as_utf16("accounts.csv"),
        command="suppressions make accounts.csv --out table",
        status=2,
        code="terms-unreadable",
        message=r"accounts.csv cannot be read as UTF-8 text \(UnicodeDecodeError\)",
        next="Give a text file with one term a line.",
    ),
    "cases that are missing": Refused(
        command="policy test cases.jsonl",
        status=2,
        code="case-invalid",
        message=r"cases.jsonl cannot be read \(FileNotFoundError\)",
        next="Check the path.",
    ),
    "a field of a case with a typo": Refused(
        spoil=write("cases.jsonl", '{"id": "H1", "grup": "house"}'),
        command="policy test cases.jsonl --junit report.xml",
        status=2,
        code="case-invalid",
        message="cases.jsonl line 1: Object contains unknown field `grup`",
        next="Decision cases have a closed list of keys.",
    ),
    "a setting to try that there is not": Refused(
        command="policy test cases.jsonl --set notice_dyas=3",
        status=3,
        code="ruleset-setting",
        message="ruleset eu-2025: Object contains unknown field `notice_dyas`",
        next=SETTINGS,
    ),
    "no cases": Refused(
        command="policy test",
        status=2,
        code="nothing-named",
        message="no file of cases was named",
        next="Name at least one: demur policy test cases.jsonl",
    ),
}

REGISTERING = {
    "no file to import": Refused(
        command="register import",
        status=2,
        code="nothing-named",
        message="no file to import was named",
        next="Name at least one: demur register import accounts.csv",
    ),
    "a file to import that is missing": Refused(
        command="register import notices.csv nowhere.csv",
        status=2,
        code="import-unreadable",
        message="nowhere.csv does not exist",
        next="Check the path.",
    ),
    "a missing column": Refused(
        spoil=replace("accounts.csv", "country", "land"),
        command="register import accounts.csv",
        status=2,
        code="import-column-missing",
        message="accounts.csv lacks the column country; found: account, centre, birth_date, land, language, .*",
        next="Add the column; leave its fields empty where the fact is unknown.",
    ),
    "columns of something else": Refused(
        spoil=replace("accounts.csv", "birth_date", "born"),
        command="register import notices.csv accounts.csv",
        status=2,
        code="import-column-missing",
        message="accounts.csv has none of the columns event, page, received_at, withdrawn_at, birth_date, until",
        next=COLUMNS,
    ),
    "an import in UTF-16": Refused(
        spoil=as_utf16("accounts.csv"),
        command="register import accounts.csv",
        status=2,
        code="import-unreadable",
        message=r"accounts.csv cannot be read as CSV in UTF-8 \(it holds zero bytes\)",
        next="Save it as UTF-8, then import it again.",
    ),
    "an import in Latin-1": Refused(
        spoil=lambda folder: (folder / "accounts.csv").open("ab").write("u9,,,DE,de,öffentlich,,\n".encode("latin-1")),
        command="register import accounts.csv",
        status=2,
        code="import-unreadable",
        message=r"accounts.csv cannot be read as CSV in UTF-8 \(ComputeError\)",
        next="Check the file's format and encoding, then import it again.",
    ),
    "an empty import": Refused(
        spoil=write("accounts.csv", b""),
        command="register import accounts.csv",
        status=2,
        code="import-unreadable",
        message=r"accounts.csv cannot be read as CSV in UTF-8 \(NoDataError\)",
        next="Check the file's format and encoding, then import it again.",
    ),
    "an import of damaged Parquet": Refused(
        spoil=write("accounts.parquet", b"PAR1"),
        command="register import accounts.parquet",
        status=2,
        code="import-unreadable",
        message=r"accounts.parquet cannot be read as Parquet \(.*\)",
        next="Check the file's format and encoding, then import it again.",
    ),
    "an objection of an unknown account": Refused(
        command="register object zwxnobody",
        status=2,
        code="unknown-account",
        message="1 of 1 accounts not found in the register",
        next="Check the account id, or import the accounts first.",
    ),
    "a withdrawal of an unknown account": Refused(
        command="register withdraw zwxnobody --authenticated-by login",
        status=2,
        code="unknown-account",
        message="1 of 1 accounts not found in the register",
        next="Check the account id, or import the accounts first.",
    ),
    "a withdrawal without a login": Refused(
        command="register withdraw SOMEBODY --authenticated-by form",
        status=2,
        code="withdrawal-refused",
        message="a withdrawal needs a login, this one came by form",
        next="Ask the person to log in; the objection stays in force.",
    ),
    "a day of receipt that is none": Refused(
        command="register object SOMEBODY --received-at yesterday",
        status=2,
        code="timestamp",
        message="this is no instant: expected ISO 8601 such as 2025-05-27T06:00:00Z",
        next="Write date, time and zone.",
    ),
    "a register that is something else": Refused(
        spoil=all_of(remove("register/register.db"), write("register/register.db", "garbage")),
        command="register object SOMEBODY",
        status=3,
        code="database-unreachable",
        message="the register at FOLDER/register/register.db cannot be used: DatabaseError",
        next="Check that the file is a register and that you may write to it.",
    ),
    "a register that is gone": Refused(
        spoil=remove("register/register.db"),
        command="register object SOMEBODY",
        status=5,
        code="register-rolled-back",
        message=r"the published log of \d+ entries is not a history of this register",
        next="Stop writing. `demur register restore` lists the entries that are missing, "
        "and brings them back from receipts.",
    ),
    "a register in memory": Refused(
        spoil=replace("demur.toml", "sqlite:///register/register.db", "sqlite://"),
        command="register status",
        status=3,
        code="database-not-durable",
        message="the register needs a file; a database in memory loses everything with its process",
        next="Write a URL such as sqlite:///register/register.db, a file on a local disk.",
    ),
}

# On a platform with the corpus "sample".
CORPORA = {
    "a build over a corpus": Refused(
        command="build sample",
        status=2,
        code="corpus-exists",
        message="there is a corpus sample in FOLDER/corpora already",
        next="Choose another name; a corpus is never overwritten.",
    ),
    **{
        f"an unknown corpus to {command.split()[0]}": Refused(
            command=command, status=2, code="corpus-missing", message=NO_CORPUS, next=WHICH_CORPUS
        )
        for command in (
            "apply other",
            "purge other",
            "explain p1 --corpus other",
            "policy diff eu-2025 configured --corpus other",
            EXPORT.replace("sample", "other"),
            "train other --out runs/first",
            "evidence pack other --out pack.zip",
        )
    },
    "an unknown item": Refused(
        command="explain zwxnothing --corpus sample",
        status=2,
        code="item-unknown",
        message="no item with this id was read when the corpus was built",
        next="Check the id; items published after the build are in the next corpus.",
    ),
    "an unknown run to explain": Refused(
        command="explain --run runs/first",
        status=2,
        code="run-missing",
        message=r"runs/first holds no training run \(plan.json is missing\)",
        next="Give the folder of a run, or start one with `demur train`.",
    ),
    "an item without its corpus": Refused(
        command="explain p1",
        status=2,
        code="nothing-named",
        message="no corpus was named",
        next="Name the one that the item is in, or out of: --corpus NAME",
    ),
    "an unknown run to ask": Refused(
        command="model used p1 --run runs/first --corpus sample",
        status=2,
        code="run-missing",
        message="runs/first holds no .*",
        next=".*",
    ),
    "an unknown run to audit": Refused(
        command="audit run runs/first --corpus sample",
        status=2,
        code="run-missing",
        message=r"runs/first holds no finished run \(run-record.json is missing\)",
        next="Start the same training again: it resumes.",
    ),
    "an unknown run to pack": Refused(
        command="evidence pack sample --run runs/first --out pack.zip",
        status=2,
        code="run-missing",
        message=r"runs/first holds no finished run \(run-record.json is missing\)",
        next="Start the same training again: it resumes.",
    ),
    "a corpus that was not brought up to date": Refused(
        command=f"{EXPORT} --max-age-seconds 0",
        status=4,
        code="removals-stale",
        message="the corpus was brought up to the register .* ago, a reader allows 0:00:00",
        next=r"Run `demur apply` (or keep it running), then read again.",
    ),
    "a corpus without a heartbeat": Refused(
        spoil=remove("corpora/sample/removals/heartbeat"),
        command=EXPORT,
        status=4,
        code="removals-stale",
        message="the corpus sample has no heartbeat",
        next="Run `demur apply` (or keep it running), then read again.",
    ),
    "a truncated shard": Refused(
        spoil=truncate("corpora/sample/shards/*.parquet"),
        command=f"{EXPORT} --max-age-seconds 3600",
        status=5,
        code="document-altered",
        message=r"shards/\d{5}-000.parquet was altered or truncated: digest \w+..., signed \w+...",
        next=RESTORE,
    ),
    "a truncated manifest": Refused(
        spoil=truncate("corpora/sample/manifest.json"),
        command="apply sample",
        status=5,
        code="document-altered",
        message="manifest.json is not the corpus-manifest that manifest.note signs: its digest is .*",
        next=RESTORE,
        entries=1,
    ),
    "an export over a file": Refused(
        spoil=write("view.jsonl", "mine"),
        command=f"{EXPORT} --max-age-seconds 3600",
        status=2,
        code="export-exists",
        message=".*view.jsonl.*",
        next=".*",
    ),
    "other rules than those of the build": Refused(
        spoil=setting("notice_days = 40"),
        command="apply sample",
        status=2,
        code="ruleset-mismatch",
        message=r"the corpus was decided by eu-2025 [\d.]+ with other settings",
        next="Restore the settings of the build, or build a new corpus.",
        entries=1,
    ),
    "training that cannot hear of objections": Refused(
        spoil=all_of(remove("register/register.db"), write("register/register.db", "garbage")),
        command="train sample --out runs/first --per-level 0",
        status=3,
        code="database-unreachable",
        message="the register at FOLDER/register/register.db cannot be used: DatabaseError",
        next="Check that the file is a register and that you may write to it.",
    ),
    "a register older than the corpus": Refused(
        spoil=all_of(remove("register/register.db"), remove("register/log")),
        command="apply sample",
        status=5,
        code="register-rewound",
        message=r"the snapshot is of log size 0 as of \S+, the corpus already reflects \d+ as of \S+",
        next="Take a new snapshot; if the register was restored, re-apply its log.",
        entries=1,
    ),
}

# On the same platform with a pack of the corpus.
DAMAGED = "Fetch the pack again; if it stays so, ask whoever gave it to you."
RECEIPT = "Give the file that the person got; its name ends in .tlog-proof."
PACKS = {
    "no pack": Refused(
        command="evidence verify nowhere.zip",
        status=2,
        code="pack-unreadable",
        message="nowhere.zip cannot be read: No such file or directory",
        next="Check the path.",
    ),
    "a text in place of a pack": Refused(
        command="evidence verify accounts.csv",
        status=5,
        code="pack-damaged",
        message="the container differs from its 0 members at byte 0",
        next=DAMAGED,
    ),
    "a pack that is cut off": Refused(
        spoil=truncate("pack.zip"),
        command="evidence verify pack.zip",
        status=5,
        code="pack-damaged",
        message="the container .*",
        next=DAMAGED,
    ),
    **{
        f"a pack with another byte at {percent} %": Refused(
            spoil=flip("pack.zip", percent),
            command="evidence verify pack.zip",
            status=5,
            code="pack-damaged",
            message="the container .*",
            next=DAMAGED,
        )
        for percent in (0, 13, 50, 77, 99)
    },
    "no receipt": Refused(
        command="evidence verify pack.zip --receipt nowhere",
        status=2,
        code="pack-unreadable",
        message=r"nowhere cannot be read as a receipt \(FileNotFoundError\)",
        next=RECEIPT,
    ),
    "a receipt that is a picture": Refused(
        command="evidence verify pack.zip --receipt content/posts-1.parquet",
        status=2,
        code="pack-unreadable",
        message=r"content/posts-1.parquet cannot be read as a receipt \(UnicodeDecodeError\)",
        next=RECEIPT,
    ),
    "no keys to trust": Refused(
        command="evidence verify pack.zip --trust nowhere",
        status=3,
        code="public-keys",
        message="the file of public keys cannot be read: No such file or directory: nowhere",
        next=PUBLIC,
    ),
    "something else to trust": Refused(
        command="evidence verify pack.zip --trust accounts.csv",
        status=3,
        code="public-keys",
        message="the file of public keys is not JSON with v, platform, log and documents",
        next=PUBLIC,
    ),
}

EVERY_CASE = [
    *[pytest.param("registered", case, id=f"build: {name}") for name, case in BUILDS.items()],
    *[pytest.param("registered", case, id=f"set up: {name}") for name, case in SETTING_UP.items()],
    *[pytest.param("registered", case, id=f"register: {name}") for name, case in REGISTERING.items()],
    *[pytest.param("built", case, id=f"corpus: {name}") for name, case in CORPORA.items()],
    *[pytest.param("packed", case, id=f"pack: {name}") for name, case in PACKS.items()],
]


@pytest.fixture
def platform(request, tmp_path):
    """Return a copy of the platform that a test asks for."""
    return Path(shutil.copytree(request.getfixturevalue(request.param), tmp_path / "platform"))


def files(folder: Path) -> dict[str, str]:
    paths = [(path, path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()]
    return {name: sha256(path.read_bytes()).hexdigest() for path, name in paths if not PASSING.search(name)}


def register_of(demur, folder: Path) -> tuple[int, dict[str, object]]:
    """Return the log's size and what else the register holds; nothing where it can't be opened."""
    status = demur(folder, "register", "status", "--json")
    told = json.loads(status.out) if status.out else {"status": status.err}
    return told.pop("log_size", 0), {name: value for name, value in told.items() if name != "log_root"}


def newest_of_log(size: int) -> set[str]:
    """Return the files that the published log writes for its newest entry while it is small."""
    return {f"register/log/{name}" for name in ("checkpoint", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}")}


def people_in(folder: Path) -> list[str]:
    """Return what no message may hold: every account id, and the beginning of every caption and chat."""
    accounts = pl.read_csv(folder / "accounts.csv", infer_schema=False)["account"].to_list()
    captions = pl.read_csv(folder / "content/photos.csv", infer_schema=False)["caption"].drop_nulls().to_list()
    lines = gzip.decompress((folder / "content/assistant.jsonl.gz").read_bytes()).splitlines()
    chats = [json.loads(line)["prompt"] for line in lines]
    return [*accounts, *(text[:30] for text in (*captions, *chats))]


def names_nobody(text: str, people: list[str]) -> bool:
    return not [person for person in people if person in text]


@pytest.mark.parametrize(("platform", "case"), EVERY_CASE, indirect=["platform"])
def test_a_command_that_cannot_be_done_says_why_and_what_next_and_changes_nothing(demur, platform, case, capfd):
    people = people_in(platform)
    case.spoil(platform)
    (size, register), before = register_of(demur, platform), files(platform)
    ended = demur(platform, *case.command.replace("SOMEBODY", people[0]).split())
    lines = [line for line in ended.err.splitlines() if re.fullmatch(r"\w+ \d+/\d+", line) is None]
    told, hint = (line.replace(str(platform), "FOLDER") for line in lines)
    assert (ended.status, ended.out) == (case.status, "")
    assert re.fullmatch(rf"demur: {case.message} \[{case.code}\]", told), told
    assert hint == f"  next: {case.next}" or case.next == ".*", hint
    assert names_nobody(told + hint, [*people, "zwx"])
    assert register_of(demur, platform) == (size + case.entries, register)
    after = files(platform)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == (newest_of_log(size + case.entries) if case.entries else set())
    assert capfd.readouterr() == ("", "")
