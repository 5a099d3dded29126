"""What a process of the web opens, as plain values: they travel to the process, which opens everything itself."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from demur.exchange.in_app_notice import InAppNotice
from demur.kernel.errors import DemurError
from demur.keys.keyring import Keyring, load_keyring, load_naming_keyring, load_opening_keyring
from demur.policy.ruleset import Ruleset, load_ruleset
from demur.register.publisher import publishing
from demur.register.remote import open_beside
from demur.register.store import Register, open_register
from demur.sources.spec import SourceSpec
from demur.web.account.settings import LoginSettings
from demur.web.api.service import ApiSettings
from demur.web.in_app.notice import make_notice, sign_notices, sign_published
from demur.web.look.page import Page

_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the parts of one installation are; every path is absolute.

    Attributes:
        api: what the door serves beside objections, and to whom.
        register_url: the URL of the register; a SQLite path in it is absolute.
        contact: where a person gets help from a human: the pages show it as it stands here.
        page: what is the platform's own on the pages.
        in_app_origins: the origins of the apps that show the notice, such as `https://agora.example`.
        hosts: the host names under which the portal may be asked for, beside that of its address.
        address: where people reach the portal, such as ``https://objections.agora.example``.
        login: how people log in with their account on the platform; None where they cannot.
        runs: the folder that holds the folders of training runs.
        root: where the relative paths of the sources start.
    """

    keyring: Path
    register_url: str
    log_folder: Path
    corpora: Path
    root: Path
    contact: str
    runs: Path = Path("runs")
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    address: str = "http://localhost:8000"
    login: LoginSettings | None = None
    ruleset: str = "eu-2025"
    ruleset_settings: Mapping[str, object] = field(default_factory=dict)
    sources: tuple[SourceSpec, ...] = ()
    api: ApiSettings = field(default_factory=ApiSettings)
    page: Page = field(default_factory=Page)
    in_app_origins: tuple[str, ...] = ()

    @property
    def sequencer_socket(self) -> Path:
        """Return where the sequencer listens to door and pages: in a folder that only its owner enters."""
        return self.log_folder.parent / "sequencer.sock"

    @property
    def in_app_notices(self) -> Path:
        """Return the folder where the notices for apps lie, signed (`demur.web.in_app.notice.InAppNotices`)."""
        return self.log_folder.parent / "in-app"

    def sign_in_app_notices(self, versions: Sequence[str]) -> None:
        """Sign what apps show for the version that counts and for each of those that were published.

        It is done in this process, which therefore holds the key; raises what `load_keyring` raises.
        """
        keyring, ruleset = load_keyring(self.keyring), self.load_ruleset()
        usual = self._notice_for_apps(keyring, ruleset.settings.notice_version)
        sign_notices(self.in_app_notices, usual, versions, keyring)

    def sign_in_app_notice(self, version: str) -> None:
        """Sign what apps show for a version that is being published; raises what `load_keyring` raises."""
        keyring = load_keyring(self.keyring)
        sign_published(self.in_app_notices, self._notice_for_apps(keyring, version), keyring)

    def _notice_for_apps(self, keyring: Keyring, version: str) -> InAppNotice:
        return make_notice(platform=keyring.platform, name=self.page.name or keyring.platform, version=version)

    @property
    def portal_database(self) -> str:
        """Return the URL of the portal's own database: a file beside a register in SQLite, else the register's own."""
        if not self.register_url.startswith(_SQLITE):
            return self.register_url.replace("postgresql+psycopg://", "postgresql://", 1)
        return f"{_SQLITE}{Path(self.register_url.removeprefix(_SQLITE)).with_name('portal.db')}"

    def open_register(self, *, publishes: bool = True) -> Register:
        """Open the register with its keyring; raises what `load_keyring` and `demur.register.store` raise."""
        keyring = load_keyring(self.keyring)
        return open_register(self.register_url, keyring=keyring, log_folder=self.log_folder, publishes=publishes)

    def publishing(self, *, on_failure: Callable[[DemurError], None]) -> AbstractContextManager[None]:
        """Publish what another process adds to the register, while the block runs (`demur.register.publisher`)."""
        return publishing(self.register_url, self.log_folder, on_failure=on_failure)

    def open_for_door(self) -> Register:
        """Open the register for reading, with the sequencer of another process; raises as `open_register` does.

        The door opens entries, for confirmations to the platform; no key that signs gets into this process (ADR-0017).
        """
        return self._open_beside(load_opening_keyring(self.keyring))

    def open_beside(self) -> Register:
        """Open the register for reading, with the sequencer of another process; raises as `open_register` does.

        No key that signs or seals gets into this process (ADR-0017).
        """
        return self._open_beside(load_naming_keyring(self.keyring))

    def _open_beside(self, keyring: Keyring) -> Register:
        return open_beside(
            self.register_url, keyring=keyring, log_folder=self.log_folder, socket_path=self.sequencer_socket
        )

    def load_ruleset(self) -> Ruleset:
        """Load the ruleset with its settings; raises what `demur.policy.ruleset.load_ruleset` raises."""
        return load_ruleset(self.ruleset).with_settings(self.ruleset_settings)
