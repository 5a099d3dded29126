"""Closed lists of what is decided, and why, about anything but an item.

The words are those that decision cases expect and that answers to people quote: a value never changes its meaning; a
new meaning is a new member. Reasons for items are in `demur.kernel.words`; where both lists have a word, it means the
same.
"""

from enum import StrEnum


class RequestDecisionWord(StrEnum):
    """What becomes of one objection; ``ask`` puts one optional question, and the objection has effect meanwhile."""

    ACCEPT = "accept"
    ASK = "ask"
    REFUSE = "refuse"


class RequestReason(StrEnum):
    """Why an objection is accepted, asked about or refused."""

    FLOOD = "flood"  # a mass of unproven claims: they are asked to confirm, and have effect meanwhile
    CANNOT_LOCATE = "cannot_locate"  # nothing in it leads to content: one optional hint is asked
    FREEDOM_OF_INFORMATION = "freedom_of_information"  # it touches a public role, and a named human has weighed it
    NO_COMPELLING_GROUNDS = "no_compelling_grounds"  # the ground that the controller gives decides: it overrides or not
    IDEMPOTENT = "idempotent"  # made more than once: one entry, from the earliest time
    INTAKE_ALWAYS_OPEN = "intake_always_open"  # a pause or the end of the processing does not close the intake
    OBJECTION_STANDS = "objection_stands"  # our answer did not arrive, which changes nothing
    JURISDICTION_WIDE = "jurisdiction_wide"  # living elsewhere does not end the right
    MINOR_MAY_OBJECT = "minor_may_object"  # the right is the child's
    AGENT_ACCEPTED = "agent_accepted"  # an agent or association may file it
    NO_ID_NEEDED = "no_id_needed"  # identity papers are not needed
    LOGIN_IS_ENOUGH = "login_is_enough"  # the login identifies, whatever else was typed
    NO_EVIDENCE_NEEDED = "no_evidence_needed"  # no output of a model has to be shown
    WORDING_IRRELEVANT = "wording_irrelevant"  # read by what it means
    ANY_CHANNEL = "any_channel"  # valid by any channel and in any language
    NO_LOGIN_PROVISIONAL = "no_login_provisional"  # valid without login; the account holder can undo it
    NO_REASON_NEEDED = "no_reason_needed"  # valid without a reason


class DeadlineReason(StrEnum):
    """Why an answer is due by a day, or why more time is not granted."""

    ONE_MONTH = "one_month"  # calendar months from receipt
    EXTENSION_LATE = "extension_late"  # not announced within the first month


class NoticeDecisionWord(StrEnum):
    """Whether a notice is one that the law would accept."""

    VALID = "valid"
    INVALID = "invalid"


class NoticeReason(StrEnum):
    """Why a notice is valid or invalid."""

    NOTICE_MISSING = "notice_missing"
    NOTICE_OUTDATED = "notice_outdated"
    NOTICE_INVALID = "notice_invalid"
    PUBLIC_NOTICE = "public_notice"  # a dated public page, for people who cannot be reached
    ELIGIBLE = "eligible"


class GateDecisionWord(StrEnum):
    """Whether a run starts, or a model is released."""

    GO = "go"
    STOP = "stop"


class RunReason(StrEnum):
    """Why a run may start or may not."""

    PROCESSING_SUSPENDED = "processing_suspended"
    NOTICE_OUTDATED = "notice_outdated"
    CORPUS_NOT_RECONCILED = "corpus_not_reconciled"  # not checked against the register as it is now
    RECONCILED = "reconciled"  # checked, and nothing is left that an objection covers


class ReleaseReason(StrEnum):
    """Why a model may be released or may not."""

    PROCESSING_SUSPENDED = "processing_suspended"
    AUDIT_MISSING = "audit_missing"  # no complete audit of exactly this model
    MEMORISATION_FAILED = "memorisation_failed"  # the audit shows memorisation
    NOTICE_MISSING = "notice_missing"  # the notice reached too few authors
    EXPOSED_NOT_MEMORISED = "exposed_not_memorised"  # the model saw the corpus, and the tests find nothing


class ModelDecisionWord(StrEnum):
    """Whether something must be done at once, or the model is kept with duties."""

    REMEDY = "remedy"
    KEEP_WITH_REMEDY = "keep_with_remedy"


class ModelReason(StrEnum):
    """What a model, or whoever received it, has to do with content that was objected to afterwards."""

    MEMORISED = "memorised"  # the model repeats it
    AUDIT_MISSING = "audit_missing"  # nobody has tested whether it does
    EXPOSED_NOT_MEMORISED = "exposed_not_memorised"  # the model read it, and tests find nothing
    RECIPIENTS_TO_TELL = "recipients_to_tell"  # others hold the data or the model
    RECONCILED = "reconciled"  # nothing objected is left


class RegisterDecisionWord(StrEnum):
    """What the register does with what is asked of it."""

    ANSWER = "answer"
    REFUSE = "refuse"
    ERASE = "erase"
    KEEP_MINIMUM = "keep_minimum"
    SAME_ANSWER = "same_answer"
    DETECTED = "detected"
    YES = "yes"
    NO = "no"


class RegisterReason(StrEnum):
    """Why the register does it."""

    ACCESS = "access"  # people are told what happened to their data
    PURPOSE_LIMIT = "purpose_limit"  # the register serves exclusion, nothing else
    SUPPRESSION_RECORD = "suppression_record"  # the least that keeps an objection effective is kept
    RETENTION_OVER = "retention_over"  # no purpose is left
    NO_ORACLE = "no_oracle"  # an answer says nothing about others
    KEYED_HASH = "keyed_hash"  # identifiers are keyed digests, useless without the key
    ROTATION_SAFE = "rotation_safe"  # a new key loses no match
    TAMPER_EVIDENT = "tamper_evident"  # an edit shows
