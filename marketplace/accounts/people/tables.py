"""People, the organisations they act for, and their sessions."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Organisation(Table):
    """An office of the county or a provider. `legal_form` is said for providers only."""

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(20, default=None, null=False, index=True)
    name = Varchar(120, default=None, null=False)
    name_en = Varchar(200, default="", null=False)
    sort_key = Varchar(240, default="", null=False)

    organisation_kind_known = Check(
        "kind IN ('county', 'town', 'department', 'finance', 'civil_affairs', 'agency', 'provider',"
        " 'evaluator', 'audit')"
    )


class Person(Table):
    """Somebody with an account."""

    id = UUID(primary_key=True, default=UUID4())
    username = Varchar(80, default=None, null=False, unique=True)
    name = Varchar(80, default=None, null=False)
    email = Varchar(200, default="", null=False)
    password_hash = Varchar(200, default=None, null=False)
    is_active = Boolean(default=True, null=False)
    created_at = Timestamptz(default=None, null=False)


class Membership(Table):
    """A role a person holds in an organisation."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    role = Varchar(20, default=None, null=False)

    membership_once = Unique(["person", "organisation", "role"])
    membership_role_known = Check(
        "role IN ('provider', 'bid_writer', 'service_manager', 'bookkeeper', 'social_worker', 'buyer',"
        " 'civil_affairs', 'agency', 'finance', 'opener', 'expert', 'evaluator', 'clerk', 'auditor', 'administrator',"
        " 'child_officer')"
    )


class WebSession(Table):
    """A signed-in browser: the hash of its cookie, never the cookie."""

    id = Bytea(primary_key=True, default=b"")
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    data = Bytea(default=b"", null=False)
    begun_at = Timestamptz(default=TimestamptzNow(), null=False)
    browser = Varchar(200, default="", null=False)
    expires_at = Timestamptz(default=None, null=False, index=True)
    # the last press from this browser, to the minute; who presses nothing for long signs in again
    seen_at = Timestamptz(default=TimestamptzNow(), null=False)
