"""``demur.toml``: what a platform's operator writes once.

An unknown key is an error, because a setting with a typo would be a rule that silently does not hold. Relative paths
start from the folder of the file.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from demur.cli.errors import ConfigurationInvalidError, ConfigurationMissingError
from demur.cli.roles import Role
from demur.exchange.removal_notice import RECIPIENT_NAME
from demur.kernel.urls import is_plain_url
from demur.sources.spec import SourceSpec
from demur.web.languages import OFFICIAL, SOURCE
from demur.web.look.accent import Accent

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


class FiltersSection(_Section, frozen=True, kw_only=True):
    """``[filters]``: the detectors that look beside the text filter, in their order, and the settings of each."""

    detectors: tuple[str, ...] = ()
    settings: dict[str, dict[str, Any]] = {}

    def __post_init__(self) -> None:
        """Refuse one detector twice, and settings of one that is not asked."""
        if len(set(self.detectors)) < len(self.detectors):
            message = "filters.detectors names a detector twice"
            raise ValueError(message)
        unused = sorted(set(self.settings) - set(self.detectors))
        if unused:
            message = f"filters.settings has {', '.join(unused)}, which filters.detectors does not name"
            raise ValueError(message)


class ProcessingSection(_Section, frozen=True, kw_only=True):
    """``[processing]``: the day on which all of it ended, and the runs of which nobody has the weights any more."""

    ended_on: date | None = None
    retired_runs: tuple[str, ...] = ()


class ApiSection(_Section, frozen=True, kw_only=True):
    """``[api]``: the file of API keys and agents, how fast one key or network may ask, and the proxies in front."""

    keys: str = "keys/api.json"
    requests_per_second: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    burst: Annotated[int, msgspec.Meta(ge=1)] = 200
    proxies: tuple[str, ...] = ()


class AccentSection(_Section, frozen=True, kw_only=True):
    """``[portal.accent]``: the colours of the platform, on light and on dark screens."""

    light: str
    dark: str

    def __post_init__(self) -> None:
        """Refuse colours on which people could not read."""
        Accent(light=self.light, dark=self.dark)


class PortalSection(_Section, frozen=True, kw_only=True):
    """``[portal]``: where people reach the pages, whom they can ask, what is the platform's own, and what listens."""

    address: str = "http://localhost:8000"
    contact: str | None = None
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None
    language: str = SOURCE
    accent: AccentSection | None = None
    in_app_origins: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 8000
    door_port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 8001

    def __post_init__(self) -> None:
        """Refuse what is no origin, or one to which personal data would travel in clear, and an unknown language."""
        for name, origin in (
            ("address", self.address),
            *(("in_app_origins", origin) for origin in self.in_app_origins),
        ):
            _check_host(origin)
            parsed = urlsplit(origin)
            if f"{parsed.scheme}://{parsed.netloc}" != origin:
                message = f"portal.{name} has {origin}: name scheme and host, and no path or slash after them"
                raise ValueError(message)
        if self.language not in OFFICIAL:
            message = f"portal.language is {self.language}, it must be one of {', '.join(sorted(OFFICIAL))}"
            raise ValueError(message)


class LoginSection(_Section, frozen=True, kw_only=True):
    """``[login]``: the platform's OpenID provider, our client there, and the claims that hold account ids."""

    issuer: str
    client_id: str
    secret: str
    account_claim: str = "sub"
    linked_claim: str | None = None
    handles_claim: str | None = None

    def __post_init__(self) -> None:
        """Refuse a provider that would be asked in clear."""
        _check_host(self.issuer)


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


class NoticesSection(_Section, frozen=True, kw_only=True):
    """``[notices]``: where versions are, where people reach the portal, and how notices are brought to them.

    Attributes:
        channels: the ways that are tried for each person, in their order.
        settings: of each channel that needs some, by its name.
        lease_seconds: how long a worker may have a notice in hand; longer than a channel takes to answer.
    """

    address: str
    folder: str = "notices"
    channels: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("email", "in_app")
    per_second: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    connections: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
    lease_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60.0
    settings: dict[str, dict[str, Any]] = {}

    def __post_init__(self) -> None:
        """Refuse an address that links of people must not lead to, and one channel twice."""
        _check_host(self.address)
        if len(set(self.channels)) < len(self.channels):
            message = "notices.channels names a channel twice"
            raise ValueError(message)
        for name in {"webhook"} & set(self.settings):
            _check_host(str(self.settings[name].get("url")))


class MailSection(_Section, frozen=True, kw_only=True):
    """``[mail]``: from whom mails are, where their bounces and answers go, and the mail server that takes them.

    Attributes:
        bounces, replies: mailboxes of the platform that take any ``+word`` before the ``@``.
        password_file: a file that holds the password of `user` and nothing else.
    """

    sender: str
    name: str
    bounces: str
    replies: str | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 25
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password_file: str | None = None
    seconds_to_wait: Annotated[float, msgspec.Meta(gt=0, le=600)] = 20.0

    def __post_init__(self) -> None:
        """Refuse to hand addresses of people over a network in clear, and half of a login."""
        if self.tls == "none" and self.host not in _THIS_MACHINE:
            message = "mail.tls none is for a mail server on this machine; use starttls or tls"
            raise ValueError(message)
        if (self.user is None) != (self.password_file is None):
            message = "mail.user and mail.password_file go together"
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
    filters: FiltersSection = FiltersSection()
    processing: ProcessingSection = ProcessingSection()
    api: ApiSection = ApiSection()
    portal: PortalSection = PortalSection()
    login: LoginSection | None = None
    access: AccessSection = AccessSection()
    admission: AdmissionSection = AdmissionSection()
    confirmations: ConfirmationsSection | None = None
    recipients: tuple[RecipientSection, ...] = ()
    notices: NoticesSection | None = None
    mail: MailSection | None = None
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
    configuration = _read(path, _read_toml(path), Configuration)
    return LoadedConfiguration(root=path.resolve().parent, configuration=configuration)


def load_filters(path: Path) -> FiltersSection:
    """Read the table ``[filters]`` of a file, and nothing else of it.

    Raises:
        ConfigurationMissingError: there is no such file.
        ConfigurationInvalidError: not TOML, or a key of the table is unknown or of another type.
    """
    return _read(path, _read_toml(path).get("filters", {}), FiltersSection)


_Read = TypeVar("_Read")


def _read(path: Path, content: object, form: type[_Read]) -> _Read:
    try:
        return msgspec.convert(content, form)
    except msgspec.ValidationError as error:
        message = f"{path}: {error}"
        raise ConfigurationInvalidError(message, hint="docs/reference/configuration.md lists every key.") from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        message = f"no configuration at {path}"
        hint = "Run this in a folder with a demur.toml, name one by --config, or make a sample by `demur sample`."
        raise ConfigurationMissingError(message, hint=hint) from error
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8"
        raise ConfigurationInvalidError(message, hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        message = f"{path}: {error}"
        raise ConfigurationInvalidError(message, hint="docs/reference/configuration.md lists every key.") from error
