"""What a process of the web opens, as plain values: they travel to the process, which opens everything itself."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from demur.kernel.errors import DemurError
from demur.keys.keyring import load_keyring, load_naming_keyring
from demur.policy.ruleset import Ruleset, load_ruleset
from demur.register.publisher import publishing
from demur.register.remote import open_beside
from demur.register.store import Register, open_register
from demur.sources.spec import SourceSpec
from demur.web.api.service import ApiSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the parts of one installation are; every path is absolute.

    Attributes:
        api: what the door serves beside objections, and to whom.
        register_url: the URL of the register; a SQLite path in it is absolute.
        contact: where a person gets help from a human: the pages show it as it stands here.
        hosts: the host names under which the portal may be asked for.
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
    ruleset: str = "eu-2025"
    ruleset_settings: Mapping[str, object] = field(default_factory=dict)
    sources: tuple[SourceSpec, ...] = ()
    api: ApiSettings = field(default_factory=ApiSettings)

    @property
    def sequencer_socket(self) -> Path:
        """Return where the door's process listens for the pages' objections: in a folder that only its owner enters."""
        return self.log_folder.parent / "sequencer.sock"

    def open_register(self, *, publishes: bool = True) -> Register:
        """Open the register with its keyring; raises what `load_keyring` and `demur.register.store` raise."""
        keyring = load_keyring(self.keyring)
        return open_register(self.register_url, keyring=keyring, log_folder=self.log_folder, publishes=publishes)

    def publishing(self, *, on_failure: Callable[[DemurError], None]) -> AbstractContextManager[None]:
        """Publish what another process adds to the register, while the block runs (`demur.register.publisher`)."""
        return publishing(self.register_url, self.log_folder, on_failure=on_failure)

    def open_beside(self) -> Register:
        """Open the register for reading, with the sequencer of the door's process; raises as `open_register` does.

        No key that signs or seals gets into this process (ADR-0017).
        """
        keyring = load_naming_keyring(self.keyring)
        return open_beside(
            self.register_url, keyring=keyring, log_folder=self.log_folder, socket_path=self.sequencer_socket
        )

    def load_ruleset(self) -> Ruleset:
        """Load the ruleset with its settings; raises what `demur.policy.ruleset.load_ruleset` raises."""
        return load_ruleset(self.ruleset).with_settings(self.ruleset_settings)
