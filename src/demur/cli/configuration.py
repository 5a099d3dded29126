"""``demur.toml``: what a platform's operator writes once.

An unknown key is an error, because a setting with a typo would be a rule that silently does not hold. Relative paths
start from the folder of the file.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from demur.cli.errors import ConfigurationInvalidError, ConfigurationMissingError
from demur.cli.roles import Role
from demur.exchange.removal_notice import RECIPIENT_NAME
from demur.kernel.urls import is_plain_url
from demur.sources.spec import SourceSpec

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; unknown keys are refused."""


class PlatformSection(_Section, frozen=True, kw_only=True):
    """``[platform]``: whose register this is."""

    name: str


class KeysSection(_Section, frozen=True, kw_only=True):
    """``[keys]``: where the keyring is; its public half lies beside it as ``public.json``."""

    path: str = "keys/keyring.json"


class WitnessSection(_Section, frozen=True, kw_only=True):
    """One of the witnesses of the log: the key that it published, and where it is asked."""

    key: str
    url: str


class RegisterSection(_Section, frozen=True, kw_only=True):
    """``[register]``: the database, the folder of the published log, that of the snapshots, and the log's witnesses."""

    url: str = "sqlite:///register/register.db"
    log: str = "register/log"
    snapshots: str = "register/snapshots"
    witnesses: tuple[WitnessSection, ...] = ()
    witnesses_needed: Annotated[int, msgspec.Meta(ge=1)] = 1


class TimestampsSection(_Section, frozen=True, kw_only=True):
    """``[timestamps]``: who stamps the log's checkpoints (a URL or a command), and the roots that are trusted."""

    authority: str | None = None
    command: tuple[str, ...] = ()
    roots: str | None = None


class RulesetSection(_Section, frozen=True, kw_only=True):
    """``[ruleset]``: which rules decide, and the settings that differ from their defaults."""

    name: str = "eu-2025"
    settings: dict[str, Any] = {}


class BuildSection(_Section, frozen=True, kw_only=True):
    """``[build]``: where corpora and runs are, how the work is cut, and the keyed hashes of what is left out."""

    corpora: str = "corpora"
    runs: str = "runs"
    suppressions: str | None = None
    partitions: Annotated[int, msgspec.Meta(ge=1, le=65_536)] = 8


class ApiSection(_Section, frozen=True, kw_only=True):
    """``[api]``: the file of API keys and agents, how fast one key or network may ask, and the proxies in front."""

    keys: str = "keys/api.json"
    requests_per_second: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    burst: Annotated[int, msgspec.Meta(ge=1)] = 200
    proxies: tuple[str, ...] = ()


class AdmissionSection(_Section, frozen=True, kw_only=True):
    """``[admission]``: from which load on an objection without a link or a key takes work or patience."""

    work: Literal["under_load", "never", "always"] = "under_load"
    open_per_second: Annotated[float, msgspec.Meta(gt=0)] = 200.0
    waiting: Annotated[int, msgspec.Meta(ge=1)] = 2_048
    calm_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    cost: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 2
    lane_wait_seconds: Annotated[float, msgspec.Meta(ge=0)] = 10.0
    lane_per_second: Annotated[float, msgspec.Meta(gt=0)] = 1.0


class ConfirmationsSection(_Section, frozen=True, kw_only=True):
    """``[confirmations]``: which host of the platform is asked to confirm to people, and from which instant on."""

    url: str
    since: datetime

    def __post_init__(self) -> None:
        """Refuse an address that personal events must not be sent to."""
        _check_host(self.url)
        if self.since.tzinfo is None:
            message = "confirmations.since needs its zone, such as 2026-11-25T00:00:00Z"
            raise ValueError(message)


class RecipientSection(_Section, frozen=True, kw_only=True):
    """``[[recipients]]``: who was given which corpora, and where it is told what to delete, unless it asks itself."""

    name: Annotated[str, msgspec.Meta(pattern=rf"^{RECIPIENT_NAME.pattern}$")]
    corpora: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    url: str | None = None

    def __post_init__(self) -> None:
        """Refuse an address that cannot be told in confidence."""
        if self.url is not None:
            _check_host(self.url)


def _check_host(url: str) -> None:
    parsed = urlsplit(url) if is_plain_url(url) else None
    is_confidential = parsed is not None and (parsed.scheme == "https" or parsed.hostname in _THIS_MACHINE)
    if not is_confidential:
        message = f"{url} is no plain https URL; http is allowed to this machine alone"
        raise ValueError(message)


class AccessSection(_Section, frozen=True, kw_only=True):
    """``[access]``: in which role whoever uses this file runs commands; None leaves it to them."""

    role: Role | None = None


class Configuration(_Section, frozen=True, kw_only=True):
    """The whole file."""

    platform: PlatformSection
    keys: KeysSection = KeysSection()
    register: RegisterSection = RegisterSection()
    timestamps: TimestampsSection = TimestampsSection()
    ruleset: RulesetSection = RulesetSection()
    build: BuildSection = BuildSection()
    api: ApiSection = ApiSection()
    access: AccessSection = AccessSection()
    admission: AdmissionSection = AdmissionSection()
    confirmations: ConfirmationsSection | None = None
    recipients: tuple[RecipientSection, ...] = ()
    sources: tuple[SourceSpec, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two recipients of one name: they would share a feed."""
        names = [recipient.name for recipient in self.recipients]
        if len(set(names)) < len(names):
            message = "two recipients have one name"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedConfiguration:
    """A configuration and the folder that its relative paths start from."""

    root: Path
    configuration: Configuration


def load_configuration(path: Path) -> LoadedConfiguration:
    """Read and check a configuration file.

    Raises:
        ConfigurationMissingError: there is no such file.
        ConfigurationInvalidError: not TOML, or a key is unknown, missing or of another type.
    """
    try:
        content = path.read_text("utf-8")
    except FileNotFoundError as error:
        message = f"no configuration at {path}"
        hint = "Run this in a folder with a demur.toml, name one by --config, or make a sample by `demur sample`."
        raise ConfigurationMissingError(message, hint=hint) from error
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8"
        raise ConfigurationInvalidError(message, hint="Save it as UTF-8.") from error
    try:
        configuration = msgspec.convert(tomllib.loads(content), Configuration)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"{path}: {error}"
        raise ConfigurationInvalidError(message, hint="docs/reference/configuration.md lists every key.") from error
    return LoadedConfiguration(root=path.resolve().parent, configuration=configuration)
