"""What a command needs, opened from the configuration."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from demur.cli.configuration import Configuration, load_configuration
from demur.cli.errors import ConfigurationInvalidError, SnapshotMissingError
from demur.cli.roles import Role, asked, check_role, choose_role, system_user
from demur.corpus.reading_errors import CorpusMissingError
from demur.kernel.clock import Clock, SystemClock
from demur.kernel.files import make_folder
from demur.kernel.small_counts import ShownCounts, show_count, show_counts
from demur.keys.keyring import Keyring, TrustedKeys, load_keyring, load_signing_keyring, read_public_keys

if TYPE_CHECKING:
    from demur.corpus.gate import Corpus
    from demur.filters.suppressions import Suppressions
    from demur.policy.ruleset import Ruleset
    from demur.register.accesses import Reader
    from demur.register.store import Register
    from demur.sources.source import Source

_SQLITE = "sqlite:///"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """Options that every command shares."""

    config: Annotated[Path, Parameter(env_var="DEMUR_CONFIG")] = Path("demur.toml")
    """The configuration; relative paths in it start from its folder."""

    json: Annotated[bool, Parameter(negative="")] = False
    """Print one JSON object and nothing else."""

    as_role: Annotated[Role | None, Parameter(name="--as", env_var="DEMUR_ROLE")] = None
    """In which role: operator, dpo, auditor or data; what the configuration says, or else operator."""

    def workspace(self) -> "Workspace":
        """Load the configuration and everything that it names.

        Raises:
            RoleRefusedError: the command is not for the role in which it was asked.
        """
        loaded = load_configuration(self.config)
        role = choose_role(loaded.configuration.access.role, self.as_role)
        check_role(role, asked())
        return Workspace(loaded.root, loaded.configuration, SystemClock(), role=role)


class Workspace:
    """The parts of one installation; each is opened when it is first asked for."""

    def __init__(self, root: Path, configuration: Configuration, clock: Clock, *, role: Role = Role.OPERATOR) -> None:
        """Remember where things are and who asks; nothing is opened yet."""
        self.role = role
        self.root = root
        self.configuration = configuration
        self.clock = clock

    def reader(self, way: str = "", *, reason: str | None = None) -> "Reader":
        """Return who is about to read a person's record; refuse whoever may not.

        Args:
            way: how the command was asked, for one that can be asked in several ways.
            reason: why, in their words.

        Raises:
            RoleRefusedError: the command, asked that way, is not for their role.
        """
        from demur.register.accesses import Reader  # noqa: PLC0415 -- slow import

        act = f"{asked()} {way}".strip()
        check_role(self.role, act)
        return Reader(role=self.role.value, name=system_user(), act=f"demur {act}", reason=reason)

    def shown(self, count: int) -> int | None:
        """Return a count about people as whoever asks may see it; None when it is withheld."""
        return count if self.role.sees_small_counts else show_count(count)

    def shown_counts(self, counts: Mapping[str, int]) -> ShownCounts:
        """Return counts about people that add up to a total, as whoever asks may see them."""
        if self.role.sees_small_counts:
            return ShownCounts(counts=dict(counts), total=sum(counts.values()))
        return show_counts(counts)

    @property
    def keyring_path(self) -> Path:
        """Tell where the keyring is."""
        return self.root / self.configuration.keys.path

    @property
    def public_keys_path(self) -> Path:
        """Tell where the public keys are."""
        return self.keyring_path.with_name("public.json")

    @property
    def api_keys_path(self) -> Path:
        """Tell where the file of API keys is."""
        return self.root / self.configuration.api.keys

    @property
    def corpora(self) -> Path:
        """Tell where corpora are."""
        return self.root / self.configuration.build.corpora

    @property
    def runs(self) -> Path:
        """Tell where the folders of training runs are."""
        return self.root / self.configuration.build.runs

    @property
    def snapshots(self) -> Path:
        """Tell where snapshots of the register are."""
        return self.root / self.configuration.register.snapshots

    @property
    def feeds(self) -> Path:
        """Tell where the feeds of recipients are."""
        return self.log_folder.parent / "feeds"

    @property
    def register_url(self) -> str:
        """Tell the URL of the register; a relative SQLite path starts from the configuration's folder."""
        url = self.configuration.register.url
        is_relative = url.startswith(_SQLITE) and not url.startswith(f"{_SQLITE}/")
        return f"{_SQLITE}{self.root / url.removeprefix(_SQLITE)}" if is_relative else url

    @property
    def log_folder(self) -> Path:
        """Tell where the published log is."""
        return self.root / self.configuration.register.log

    @cached_property
    def keyring(self) -> Keyring:
        """Load the keys that name people and those that sign."""
        return load_signing_keyring(self.keyring_path)

    @cached_property
    def whole_keyring(self) -> Keyring:
        """Load every secret key, the envelope keys too: for commands that add or open entries of people."""
        return load_keyring(self.keyring_path)

    @cached_property
    def trusted_keys(self) -> TrustedKeys:
        """Load the public keys."""
        return read_public_keys(self.public_keys_path)

    @cached_property
    def ruleset(self) -> "Ruleset":
        """Load the ruleset with the settings of the configuration."""
        from demur.policy.ruleset import load_ruleset  # noqa: PLC0415 -- slow import

        section = self.configuration.ruleset
        return load_ruleset(section.name).with_settings(section.settings)

    def sources(self) -> "dict[str, Source]":
        """Open every source."""
        from demur.sources.open import open_source  # noqa: PLC0415 -- slow import

        return {
            spec.name: open_source(spec, keyring=self.keyring, root=self.root) for spec in self.configuration.sources
        }

    def suppressions(self) -> "Suppressions | None":
        """Load the keyed hashes of what people without an account asked to leave out; None when there are none."""
        from demur.filters.suppressions import Suppressions  # noqa: PLC0415 -- slow import

        if self.configuration.build.suppressions is None:
            return None
        path = self.root / self.configuration.build.suppressions
        try:
            content = path.read_bytes()
        except OSError as error:
            message = f"the suppressions at {path} cannot be read ({error.strerror})"
            raise ConfigurationInvalidError(message, hint="Make them by `demur suppressions make`.") from error
        return Suppressions.from_bytes(content, self.keyring.suppression_key)

    def corpus(self, name: str) -> Path:
        """Return the folder of a corpus: a name below the corpora, or a path.

        Raises:
            CorpusMissingError: there is no such folder. Nothing is made there, or a build would find its name taken.
        """
        folder = Path(name) if Path(name).is_absolute() or "/" in name else self.corpora / name
        if not folder.is_dir():
            there = ", ".join(self.corpus_names()) or "none"
            message = f"no corpus {name} in {folder.parent}; there are: {there}"
            raise CorpusMissingError(message, hint="Name one that is there, or run `demur build` for a new one.")
        return folder

    def corpus_names(self) -> tuple[str, ...]:
        """Tell the names of all finished corpora."""
        return tuple(sorted(path.parent.name for path in self.corpora.glob("[!.]*/manifest.note")))

    def open_corpus(self, name: str) -> "Corpus":
        """Open a corpus for a live reader, as fresh as the ruleset demands."""
        from demur.corpus.gate import open_corpus  # noqa: PLC0415 -- slow import

        allowed = timedelta(seconds=self.ruleset.settings.heartbeat_max_age_seconds)
        return open_corpus(self.corpus(name), trust=self.trusted_keys, clock=self.clock, max_heartbeat_age=allowed)

    def open_register(self) -> "Register":
        """Open the register for entries of people, making the folder of a SQLite file when it is new."""
        return self._open_register(self.whole_keyring)

    def open_log(self) -> "Register":
        """Open the register to read it and to log documents, without the keys that seal entries of people."""
        return self._open_register(self.keyring)

    def _open_register(self, keyring: Keyring) -> "Register":
        from demur.register.store import open_register  # noqa: PLC0415 -- slow import

        if self.register_url.startswith(_SQLITE):
            # Durably: what is acknowledged in a folder that a power cut takes away is lost.
            make_folder(Path(self.register_url.removeprefix(_SQLITE)).parent)
        return open_register(self.register_url, keyring=keyring, log_folder=self.log_folder)

    def newest_snapshot(self) -> Path:
        """Return the newest snapshot that was taken.

        Raises:
            SnapshotMissingError: there is none.
        """
        taken = sorted(path.parent for path in self.snapshots.glob("*/snapshot.note"))
        if not taken:
            message = f"no snapshot in {self.snapshots}"
            raise SnapshotMissingError(message, hint="Run `demur register snapshot` first.")
        return taken[-1]

    @contextmanager
    def passing_folder(self) -> Iterator[Path]:
        """Yield a folder beside the register that is gone afterwards."""
        self.snapshots.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".passing-", dir=self.snapshots) as folder:
            yield Path(folder)
