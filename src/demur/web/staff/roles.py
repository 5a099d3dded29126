"""The roles of the console; also commands name them, which must not import Django."""

from enum import StrEnum


class StaffRole(StrEnum):
    """What somebody in the console may do; each of them has one role."""

    DPO = "dpo"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
