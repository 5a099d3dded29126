"""Errors of the register, one for each thing that somebody can act on."""

from demur.kernel.errors import ConfigurationError, InputError, IntegrityError, TransientError


class RegisterUnavailableError(TransientError):
    """The register could not store what was asked; nothing was acknowledged and nothing is lost by asking again."""

    code = "register-unavailable"


class QueueFullError(TransientError):
    """More requests wait than the register takes at once."""

    code = "queue-full"


class DatabaseUnsupportedError(ConfigurationError):
    """The URL names a database that the register does not support."""

    code = "database-unsupported"


class DatabaseUnreachableError(ConfigurationError):
    """The database cannot be opened: a missing right, a file that is no database, an unreadable folder."""

    code = "database-unreachable"


class DatabaseNotDurableError(ConfigurationError):
    """The database could lose what it has acknowledged."""

    code = "database-not-durable"


class DatabaseDamagedError(ConfigurationError):
    """The file of the database is damaged; restore it."""

    code = "database-damaged"


class DatabaseNewerError(ConfigurationError):
    """The database was written by a newer version of Demur."""

    code = "database-newer"


class KeyringMismatchError(ConfigurationError):
    """The register was made with another keyring: the same account would be another subject."""

    code = "keyring-mismatch"


class RegisterAlteredError(IntegrityError):
    """What the register holds is not what its log was signed for."""

    code = "register-altered"


class RegisterRolledBackError(IntegrityError):
    """The published log has entries that the register does not have: the register was restored from an older copy."""

    code = "register-rolled-back"


class EntriesMissingError(IntegrityError):
    """Entries of the published log are not in the restored register, and nobody has declared them lost."""

    code = "entries-missing"


class BackupInvalidError(IntegrityError):
    """A file is no backup of this register, or a damaged one."""

    code = "backup-invalid"


class DatabaseToolError(ConfigurationError):
    """A program of the database that backups need is missing, or refused."""

    code = "database-tool"


class RegisterPresentError(InputError):
    """A backup was to be restored where a register is."""

    code = "register-present"


class EnvelopeKeyInUseError(InputError):
    """An envelope key is to retire while rows of the register are still under it."""

    code = "envelope-key-in-use"


class ReceiptsUnreadableError(InputError):
    """Kept receipts cannot be read as a whole."""

    code = "receipts-unreadable"


class DeclarationInvalidError(InputError):
    """Entries were to be declared lost without the name of whoever answers for it, or without a reason."""

    code = "declaration-invalid"


class UnknownAccountError(InputError):
    """An account is not in the register."""

    code = "unknown-account"


class NoSubjectError(InputError):
    """A form names no account."""

    code = "no-subject"


class EntryErasedError(InputError):
    """The record of an entry was erased: of its receipt there is no second copy."""

    code = "entry-erased"


class EntryMissingError(InputError):
    """The log has no entry with that index."""

    code = "entry-missing"


class WithdrawalRefusedError(InputError):
    """Somebody asked for a withdrawal in a way that does not prove who they are."""

    code = "withdrawal-refused"


class NothingToWithdrawError(InputError):
    """There is no objection that a withdrawal could end."""

    code = "nothing-to-withdraw"


class ScopeInvalidError(InputError):
    """A suspension or an undertaking names a country that is no code, or a window that ends before it begins."""

    code = "scope-invalid"


class SuspensionMissingError(InputError):
    """There is no suspension with the number that was given."""

    code = "suspension-missing"


class ImportUnreadableError(InputError):
    """A file to import cannot be read as a whole."""

    code = "import-unreadable"


class ImportColumnMissingError(InputError):
    """A file to import lacks a column."""

    code = "import-column-missing"


class ProposalMissingError(InputError):
    """There is no proposal with the number that was given."""

    code = "proposal-missing"


class ProposalRefusedError(InputError):
    """A proposal cannot be made or decided so: it is over, another one stands, or it is not this person's to decide."""

    code = "proposal-refused"


class RelaunchNoticeError(InputError):
    """Nobody was told anew since the processing was stopped, so it cannot go on (REQUIREMENTS SUS-4)."""

    code = "relaunch-notice"


class RequestMissingError(InputError):
    """There is no request with the number or the code that was given."""

    code = "request-missing"


class RequestStepError(InputError):
    """A request cannot take a step from where it stands: it was decided, or asked about, before."""

    code = "request-step"


class RefusalUnfoundedError(InputError):
    """A refusal lacks a named human, a ground of GDPR Art. 21(1), or what Art. 12(4) has the person told."""

    code = "refusal-unfounded"


class VersionPublishedError(InputError):
    """A version of the notice was published already, with other words."""

    code = "version-published"


class VersionUnknownError(InputError):
    """No version of the notice was published under a name."""

    code = "version-unknown"


class CampaignMissingError(InputError):
    """A version of the notice was never sent to anybody."""

    code = "campaign-missing"


class CheckMissingError(InputError):
    """No answer to a notice with a number waits for a human."""

    code = "check-missing"


class ReceiptNotErasableError(InputError):
    """A receipt by which somebody asks to be forgotten does not hold, is no objection, or is about accounts."""

    code = "receipt-not-erasable"
