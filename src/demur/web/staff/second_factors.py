"""Codes beside a password: those of an authenticator app, each good once, and recovery codes, each good once."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from demur.web.staff import totp
from demur.web.staff.models import RecoveryCode, TotpSecret
from demur.web.staff.sealing import digest, seal, unseal

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits: 16 letters, which nobody guesses
_GROUP_LETTERS = 4
_USE = "recovery"
_NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class RightCode:
    """A code that is right for one member of staff; it is good once, and `spend` says whether this was the once."""

    user: User
    counter: int | None = None
    recovery: RecoveryCode | None = None

    @property
    def is_recovery(self) -> bool:
        """Tell whether it stands in for the app."""
        return self.counter is None

    def spend(self) -> bool:
        """Use it up; False when somebody else did so before."""
        if self.counter is not None:
            unused = TotpSecret.objects.filter(user=self.user, last_counter__lt=self.counter)
            return bool(unused.update(last_counter=self.counter))
        deleted, _ = RecoveryCode.objects.filter(pk=self.recovery and self.recovery.pk).delete()
        return bool(deleted)


def check_code(user: User | None, code: str, *, at: datetime) -> RightCode | None:
    """Tell whether a code is right for somebody; for nobody it takes the same steps, and is wrong."""
    typed = "".join(code.split()).replace("-", "").upper()
    counter = totp.counter_of(_secret_of(user), typed, at=at)
    spelled = digest(typed, use=_USE)
    recovery = RecoveryCode.objects.filter(user_id=_id_of(user), digest=spelled).first()
    if user is None:
        return None
    if recovery is not None:
        return RightCode(user=user, recovery=recovery)
    return None if counter is None else RightCode(user=user, counter=counter)


def keep_secret(user: User, secret: bytes, *, used: int) -> None:
    """Keep the secret of somebody's app, in place of an earlier one; the code that showed it is used up."""
    sealed = seal(secret, bound_to=f"totp {user.pk}")
    TotpSecret.objects.update_or_create(user=user, defaults={"sealed": sealed, "last_counter": used})


def renew_recovery_codes(user: User) -> list[str]:
    """Make new codes for somebody, which are told this once; the earlier ones are good no more."""
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode("ascii") for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=digest(code, use=_USE)) for code in codes)
    return ["-".join(code[at : at + _GROUP_LETTERS] for at in range(0, len(code), _GROUP_LETTERS)) for code in codes]


def _id_of(user: User | None) -> int:
    return _NOBODY if user is None else int(user.pk)


def _secret_of(user: User | None) -> bytes:
    kept = TotpSecret.objects.filter(user_id=_id_of(user)).first()
    # Somebody without an app has no right code: theirs would have to be of a secret that everybody knows.
    if kept is None:
        return secrets.token_bytes(totp.SECRET_BYTES)
    return unseal(kept.sealed, bound_to=f"totp {kept.user_id}")
