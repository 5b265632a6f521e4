"""What a JSON route says of itself in `GET /schema`: who may ask, what it takes, what it answers and refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec

from marketplace.accounts.permissions import ROLE_PERMISSIONS, Permission

JSON, LINES, PROBLEM = "application/json", "application/x-ndjson", "application/problem+json"
FORM, BYTES = "application/x-www-form-urlencoded", "application/octet-stream"
SESSION, FORM_TOKEN = "session", "form_token"
READ, WORK, DEMO = "read", "work", "demo"


class Problem(msgspec.Struct, frozen=True):
    """Why there is no answer, as application/problem+json. `errors` names the fields that are wrong."""

    type: str
    status: int
    title: str
    clause: str | None
    errors: dict[str, str] = {}


REFUSALS: Mapping[int, str] = {
    400: "What was sent cannot be read",
    401: "Nobody is signed in",
    403: "Not for this role",
    404: "Nothing there, or not for this reader",
    409: "Something else came first; look again before the next try",
    422: "The question, or a field of what was sent, cannot be understood",
}


@dataclass(frozen=True)
class Told:
    """What a route answers: the type of its body, None for an empty one."""

    answer: Any
    said: str = "The answer"
    status: int = 200
    media_type: str = JSON
    also: tuple[int, ...] = ()  # statuses other than the usual one that carry the same body


@dataclass(frozen=True)
class Taken:
    """What a route that changes something takes; without a type it is plain bytes, without a media type nothing."""

    body: type[Any] | None
    media_type: str = JSON


NOTHING = Taken(None, "")


def described(
    access: Mapping[str, Any], told: Told, refusals: Sequence[int] = (), takes: Taken | None = None, tag: str = ""
) -> dict[str, Any]:
    """Route options of a JSON route: its access, and its place in the description."""
    is_public = access["access"] == "public"
    known = sorted({*refusals} if is_public else {*refusals, 401, 403})
    answer = ResponseSpec(told.answer, generate_examples=False, description=told.said, media_type=told.media_type)
    return {
        "opt": {**access, "takes": takes},
        "include_in_schema": True,
        "tags": [tag or (READ if is_public else WORK)],
        "security": security_of(access, takes),
        "responses": {status: answer for status in (told.status, *told.also)}
        | {status: _refusal(status, access) for status in known},
    }


def refusal(status: int) -> ResponseSpec:
    """A refusal as the description tells it."""
    return ResponseSpec(Problem, generate_examples=False, description=REFUSALS[status], media_type=PROBLEM)


def _refusal(status: int, access: Mapping[str, Any]) -> ResponseSpec:
    told = refusal(status)
    if status == 403 and (roles := roles_of(access)):
        told.description += f"; the route is for: {', '.join(roles)}"
    return told


def roles_of(access: Mapping[str, Any]) -> list[str]:
    """The roles that one of the permissions belongs to; none where everybody, or everybody signed in, may pass."""
    permissions: Sequence[Permission] = access.get("permissions", ())
    return [role.value for role, may in ROLE_PERMISSIONS.items() if not may.isdisjoint(permissions)]


def security_of(access: Mapping[str, Any], takes: Taken | None) -> list[dict[str, list[str]]] | None:
    """One way in for each role, as OpenAPI 3.1 names roles; what changes something needs the form's token too."""
    if access["access"] == "public":
        return None
    token: dict[str, list[str]] = {FORM_TOKEN: []} if takes else {}
    return [{SESSION: [role], **token} for role in roles_of(access)] or [{SESSION: [], **token}]
