"""How people log in: the OpenID provider of the platform, and which of its claims hold account ids."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSettings:
    """A client of an OpenID provider.

    Attributes:
        issuer: the provider, as its configuration document and its tokens name it.
        account_claim: the claim of the ID token that holds the account's id, as accounts are imported.
        linked_claim: the claim that lists ids of further accounts of the same person; None without one.
        handles_claim: the claim that says by which name people know these accounts, an object of ids and names; None
            without one.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    account_claim: str = "sub"
    linked_claim: str | None = None
    handles_claim: str | None = None
