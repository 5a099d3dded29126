"""Which version of each form people are shown; it is recorded with what they send.

A version changes when the English words of its form do, never with its markup or a translation. What each version said
is listed by the digest of these words in `docs/reference/form-versions.md`, to which a test holds them.
"""

from collections.abc import Mapping

from demur.policy.handling import RequestKind

LINK = "link-1"
ACCOUNT = "account-2"
IN_APP = "in-app-1"
OPEN_FORMS: Mapping[RequestKind, str] = {
    RequestKind.ABOUT_ME: "about-me-1",
    RequestKind.CHILD: "child-1",
    RequestKind.DECEASED: "deceased-1",
    RequestKind.AGENT: "agent-1",
}
