"""An expired session in the middle of a form: what was typed travels in the page, signed, and is offered again.

Nothing typed is stored on the server: it could hold what must stay sealed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_KEPT = 400_000
NEVER_KEPT = ("password", "passphrase", "whole_number", "_csrf_token")


@dataclass(frozen=True)
class Writer:
    """Who was writing, and for which organisation; empty where the session that ended is not known any more."""

    person: str = ""
    organisation: str = ""


NOBODY_KNOWN = Writer()


@dataclass(frozen=True)
class Interrupted:
    """A form that was posted without a session: where to, the names and values typed, and by whom."""

    path: str
    values: tuple[tuple[str, str], ...]
    writer: Writer = NOBODY_KNOWN


def pack(path: str, typed: Mapping[str, Any], secret: str, writer: Writer = NOBODY_KNOWN) -> str | None:
    """The typed values in one signed text; None when there is nothing to keep or far too much of it."""
    values = [(name, str(v)) for name, value in typed.items() for v in (value if isinstance(value, list) else [value])]
    values = [(n, v) for n, v in values if not any(word in n for word in NEVER_KEPT)]
    body = base64.urlsafe_b64encode(json.dumps([path, values, writer.person, writer.organisation]).encode()).decode()
    return f"{_sign(body, secret)}.{body}" if values and len(body) <= MOST_KEPT else None


def unpack(packed: str, secret: str) -> Interrupted | None:
    """The interrupted form, if this server packed it."""
    signature, _, body = packed.partition(".")
    if not hmac.compare_digest(signature.encode(), _sign(body, secret).encode()):
        return None
    path, values, *writer = json.loads(base64.urlsafe_b64decode(body))
    return Interrupted(path, tuple((n, v) for n, v in values), Writer(*writer))


def _sign(body: str, secret: str) -> str:
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
