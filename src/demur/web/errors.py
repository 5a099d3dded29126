"""Errors of the web, one for each thing that somebody can act on."""

from demur.kernel.errors import ConfigurationError, InputError, TransientError


class LinkInvalidError(InputError):
    """The link of a notice does not open: it was cut, altered, or made by another installation."""

    code = "link-invalid"


class RequestInvalidError(InputError):
    """The body of a request is not what the intake door takes."""

    code = "request-invalid"


class RequestTooLargeError(InputError):
    """The body of a request is longer than an objection can be."""

    code = "request-too-large"


class ItemNotFoundError(InputError):
    """A corpus has no decision on an item of this person; whether somebody else's item has that id is not told."""

    code = "item-not-found"


class ReceiptMissingError(InputError):
    """A person asked for a receipt and has not objected."""

    code = "receipt-missing"


class PortalSettingsError(ConfigurationError):
    """Django's settings are one for each process, and this process has others already."""

    code = "portal-settings"


class PortalDatabaseError(ConfigurationError):
    """The database of sessions and staff cannot be opened or brought up to date."""

    code = "portal-database"


class StaffNameError(InputError):
    """The name of a member of staff is taken, unknown, or no name."""

    code = "staff-name"


class LoginFailedError(InputError):
    """Somebody came back from the platform's login without one that holds."""

    code = "login-failed"


class LoginUnavailableError(TransientError):
    """The platform's login does not answer, or not as an OpenID provider."""

    code = "login-unavailable"


class PortTakenError(ConfigurationError):
    """A port that the door or the portal should listen on is in use."""

    code = "port-taken"


class ServerStoppedError(ConfigurationError):
    """The process of the door, of the portal or of the sequencer ended, or did not begin to answer."""

    code = "server-stopped"


class ProxyInvalidError(ConfigurationError):
    """A trusted proxy is named by something that is no address and no network."""

    code = "proxy-invalid"


class MediaTypeError(InputError):
    """A body has a media type that a route does not take."""

    code = "media-type"


class ApiKeyRefusedError(InputError):
    """A request carries no API key where one is needed, or one that is not in force."""

    code = "api-key-refused"


class ApiRoleError(InputError):
    """An API key has another role than a request needs."""

    code = "api-role"


class ApiKeyNameError(InputError):
    """The name of an API key or an agent is taken, unknown, or no name."""

    code = "api-key-name"


class ApiRolesError(InputError):
    """The roles of one API key would let whoever builds or trains also see counts and accounts."""

    code = "api-roles"


class AgentKeyError(InputError):
    """The public key of an agent is no Ed25519 key."""

    code = "agent-key"


class AgentRefusedError(InputError):
    """A request is not signed by a registered agent, is addressed to another platform, or is not valid now."""

    code = "agent-refused"


class ReceiptRefusedError(InputError):
    """A receipt that somebody asks by does not hold, or is not one of this log."""

    code = "receipt-refused"


class NothingServedError(InputError):
    """There is no document of the kind or name that was asked for."""

    code = "nothing-served"


class TooManyRequestsError(TransientError):
    """Requests come faster from one key or network than is allowed."""

    code = "too-many-requests"

    def __init__(self, message: str, *, seconds: float, hint: str | None = None) -> None:
        """Keep after how many seconds the next may come."""
        super().__init__(message, hint=hint)
        self.seconds = seconds


class ComeAgainError(TooManyRequestsError):
    """Objections come so fast from one key or network that one more would wait too long; it was not taken."""

    code = "come-again"


class AdmissionStoreError(ConfigurationError):
    """The file in which the processes of one machine share what was spent cannot be opened."""

    code = "admission-store"


class WorkNeededError(ComeAgainError):
    """There is load, and an objection without a link or a key waits its turn, or shows a proof of work."""

    code = "work-needed"

    def __init__(self, message: str, *, seconds: float, ticket: str, hint: str | None = None) -> None:
        """Keep the ticket that is good once the seconds are over."""
        super().__init__(message, seconds=seconds, hint=hint)
        self.ticket = ticket


class WorkRefusedError(InputError):
    """A proof of work does not hold, has expired, or was used before."""

    code = "work-refused"


class TicketRefusedError(InputError):
    """A ticket of the slow lane does not open, is too old, or was used before."""

    code = "ticket-refused"


class ApiKeysUnreadableError(ConfigurationError):
    """The file of API keys cannot be read."""

    code = "api-keys-unreadable"


class InAppMissingError(ConfigurationError):
    """An app asks for the notice, and none was signed for apps."""

    code = "in-app-missing"


class ReadingUnderWayError(TransientError):
    """Figures are being computed for the first time since the process started."""

    code = "reading-under-way"
