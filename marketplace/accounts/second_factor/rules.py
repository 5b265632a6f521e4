"""One-time codes (RFC 6238) by real time: which ones are right now, and how recovery codes are written.

The county clock of a demo has no say here: the phone that makes the codes lives in the real world.
"""

from __future__ import annotations

import secrets

from marketplace.kernel.late import late

pyotp = late("pyotp")

SECRET = "second_factor.secret"  # the column that keeps it
STEP = 30  # seconds
NEIGHBOURS = (0, 1, -1)  # a phone's clock may be half a minute off
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that a hand copies wrongly


def new_secret() -> str:
    """A secret for an authenticator."""
    return pyotp.random_base32()


def set_up_address(secret: str, username: str) -> str:
    """What the QR code of an authenticator says."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Jintang")


def code_at(secret: str, step: int) -> str:
    """The code of a half-minute."""
    return pyotp.TOTP(secret).at(step * STEP)


def matching_step(secret: str, typed: str, seconds: float) -> int | None:
    """The half-minute whose code was typed, when it is this one or a neighbour."""
    here, said = int(seconds) // STEP, typed.encode()  # as bytes: letters of any script may have been typed
    return next(
        (here + n for n in NEIGHBOURS if secrets.compare_digest(code_at(secret, here + n).encode(), said)), None
    )


def next_code(secret: str, used: frozenset[int], seconds: float) -> tuple[str, int]:
    """A code that would be accepted, and how many seconds to wait for it."""
    here = int(seconds) // STEP
    for neighbour in NEIGHBOURS:
        if here + neighbour not in used:
            return code_at(secret, here + neighbour), 0
    return code_at(secret, here + 2), (here + 1) * STEP - int(seconds)


def plain_code(typed: str) -> str:
    """A code as typed, without spaces and dashes; full-width digits are digits."""
    plain = "".join(c for c in typed if not c.isspace() and c not in "-－").lower()
    return "".join(str(int(c)) if c.isdecimal() else c for c in plain)


def new_recovery_codes() -> list[str]:
    """Codes to keep on paper, 49 bits each."""
    letters = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in letters]
