"""Closed lists of the domain, with the wire values that documents and tables hold.

A wire value never changes its meaning; a new meaning is a new member. The lists follow the vocabulary of the
requirements: an authority reads the same slug in a decision, in a manifest and in the documentation.
"""

from enum import StrEnum


class Purpose(StrEnum):
    """What personal data is used for; an objection names one purpose."""

    TRAIN_GENERATIVE_MODELS = "train_generative_models"


class ItemKind(StrEnum):
    """What a person published; a ruleset lists the kinds that it lets in."""

    POST = "post"
    PHOTO = "photo"
    COMMENT = "comment"
    REPLY = "reply"
    RESHARE = "reshare"
    AI_INTERACTION = "ai_interaction"
    STORY = "story"
    GROUP_POST = "group_post"
    DIRECT_MESSAGE = "direct_message"
    GROUP_CHAT_MESSAGE = "group_chat_message"
    WEB_PAGE = "web_page"
    DERIVED = "derived"


class Product(StrEnum):
    """The product in which an item arose; the messenger's assistant is outside the announced scope."""

    SOCIAL = "social"
    MESSENGER = "messenger"


class Visibility(StrEnum):
    """Who may see an item or an account at an instant."""

    PUBLIC = "public"
    FRIENDS = "friends"
    PRIVATE = "private"
    DIRECT = "direct"
    GROUP_PUBLIC = "group_public"
    GROUP_PRIVATE = "group_private"


class AccountState(StrEnum):
    """Whether an account exists and can be seen."""

    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    BANNED = "banned"
    DELETED = "deleted"
    MEMORIALISED = "memorialised"


class Basis(StrEnum):
    """Why an objection covers a subject: their own, a linked account's, or one of the same person."""

    OWN = "own"
    LINKED = "linked"
    SAME_PERSON = "same_person"


class ObjectionScope(StrEnum):
    """What an objection is about; where that is not clear, everything."""

    ALL = "all"
    PHOTOS = "photos"


class Way(StrEnum):
    """On which way an objection came; the register counts them by day and keeps it of no single one."""

    LINK = "link"  # the page behind the signed link of a notice
    IN_APP = "in_app"
    LOGIN = "login"
    FORM = "form"  # the form that needs no login
    AGENT = "agent"
    REPLY = "reply"  # an answer to the mail of a notice
    LETTER = "letter"  # entered or imported by staff
    API = "api"  # by a program of the platform or of the person


class FormStep(StrEnum):
    """How far somebody got with a form: the page was shown, its button pressed, the objection newly recorded."""

    OPENED = "opened"
    SENT = "sent"
    RECORDED = "recorded"


class Device(StrEnum):
    """What a page is read on, as coarsely as a browser says it by itself."""

    PHONE = "phone"
    OTHER = "other"


class EffectKind(StrEnum):
    """What the register still owes after an entry of its log was acknowledged; a closed list.

    `APPLY` is asked for with every objection and `DEADLINE` of one that is late or came by letter, the other two where
    somebody is configured to be told.
    """

    APPLY = "apply"  # every corpus reflects the entry
    DEADLINE = "deadline"  # an alarm, when an objection is not honoured in time
    CONFIRMATION = "confirmation"  # the person is told
    REMOVAL_FEED = "removal_feed"  # whoever was given data is told


class Tie(StrEnum):
    """What two accounts share: an accounts centre, or a contact that both have verified."""

    CENTRE = "centre"
    CONTACT = "contact"


class Preference(StrEnum):
    """What machine-readable signals say about training; silence is no member, it is null."""

    ALLOW = "allow"
    DENY = "deny"


class NoticeChannel(StrEnum):
    """The way by which a notice reaches a person."""

    EMAIL = "email"
    IN_APP = "in_app"
    PUBLIC_PAGE = "public_page"


class NoticeEvent(StrEnum):
    """What happened to one notice; only ``delivered`` and ``shown`` prove that it arrived."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    SHOWN = "shown"
    BOUNCED = "bounced"
    PUBLISHED = "published"


class MailingState(StrEnum):
    """How far one notice to one person is; only what was delivered or shown informed them."""

    WAITING = "waiting"  # for its channel, now or after a failure
    SENDING = "sending"  # a channel has it in hand
    SENT = "sent"  # handed over; nothing is proven yet
    DUE = "due"  # it waits for the person's next visit to the app
    INFORMED = "informed"
    FAILED = "failed"  # every channel failed; the person stays held


class LinkEvent(StrEnum):
    """An account joins or leaves an accounts centre; leaving never undoes an objection."""

    LINKED = "linked"
    UNLINKED = "unlinked"


class RelaunchOutcome(StrEnum):
    """How a proposal to go on after a suspension ended: by another person, or by the one who made it."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class Decision(StrEnum):
    """What becomes of an item."""

    INCLUDE = "include"
    REDACT = "redact"
    EXCLUDE = "exclude"
    HOLD = "hold"


class RecordKind(StrEnum):
    """The type of one entry of the log (the ``t`` of a leaf)."""

    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    RELINK = "relink"
    NOTICE = "notice"
    REGISTER = "register"
    CORPUS = "corpus"
    REMOVALS = "removals"
    TRAINING = "training"
    AUDIT = "audit"
    ERASURE = "erasure"
    KEY = "key"


class DocumentKind(StrEnum):
    """The documents that cross the boundaries between packages."""

    REGISTER_SNAPSHOT = "register-snapshot"
    CORPUS_MANIFEST = "corpus-manifest"
    REMOVALS = "removals"
    RUN_RECORD = "run-record"
    AUDIT_REPORT = "audit-report"
    EVIDENCE_PACK = "evidence-pack"
    REMOVAL_NOTICE = "removal-notice"
    IN_APP_NOTICE = "in-app-notice"


class Verdict(StrEnum):
    """The outcome of an audit; too little evidence is a verdict of its own."""

    PASS = "pass"  # noqa: S105 -- the word of the audit gate, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class ReasonCode(StrEnum):
    """Why an item is in or out, in the order in which reasons are tried: the first hit wins."""

    # objection
    FREEDOM_OF_INFORMATION = "freedom_of_information"
    THIRD_PARTY_OBJECTION = "third_party_objection"
    DERIVED_FROM_OBJECTED = "derived_from_objected"
    OWN_OBJECTION = "own_objection"
    LINKED_ACCOUNT_OBJECTION = "linked_account_objection"
    SAME_PERSON_OBJECTION = "same_person_objection"
    # product, existence
    PRODUCT_OUT_OF_SCOPE = "product_out_of_scope"
    DELETED = "deleted"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_NOT_VISIBLE = "account_not_visible"
    DECEASED = "deceased"
    COMPROMISED_ACCOUNT = "compromised_account"
    ERASURE_UNDERTAKING = "erasure_undertaking"
    # visibility
    NOT_PUBLIC = "not_public"
    EXPIRED = "expired"
    AUTHOR_NOT_PUBLIC = "author_not_public"
    # age
    AGE_DOUBT = "age_doubt"
    AGE_UNKNOWN = "age_unknown"
    AUTHOR_MINOR = "author_minor"
    MINOR_WHEN_POSTED = "minor_when_posted"
    # people shown
    DEPICTS_MINOR = "depicts_minor"
    DEPICTS_OBJECTOR = "depicts_objector"
    # signals
    RIGHTS_RESERVATION = "rights_reservation"
    MACHINE_SIGNAL = "machine_signal"
    # country, suspension
    COUNTRY_UNKNOWN = "country_unknown"
    COUNTRY_SUSPENDED = "country_suspended"
    PROCESSING_SUSPENDED = "processing_suspended"
    # notice
    NOTICE_MISSING = "notice_missing"
    NOTICE_OUTDATED = "notice_outdated"
    NOTICE_INVALID = "notice_invalid"
    NOTICE_PERIOD_RUNNING = "notice_period_running"
    NOTICE_DOUBTFUL = "notice_doubtful"
    # content
    THIRD_PARTY_SPECIAL_CATEGORY = "third_party_special_category"
    SPECIAL_CATEGORY = "special_category"
    IMAGE_UNFILTERED = "image_unfiltered"
    NOTHING_LEFT = "nothing_left"
    CONTAINS_OBJECTED_CONTENT = "contains_objected_content"
    DUPLICATE = "duplicate"
    NAMES_MINOR = "names_minor"
    MENTIONS_OBJECTOR = "mentions_objector"
    UNIDENTIFIED_FACE = "unidentified_face"
    ELIGIBLE = "eligible"
