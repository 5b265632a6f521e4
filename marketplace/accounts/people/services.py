"""Open accounts and sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.accounts.people.passwords import hash_password, password_matches
from marketplace.accounts.people.rules import check_password, check_username
from marketplace.accounts.people.tables import Membership, Organisation, Person
from marketplace.accounts.permissions import Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetchrow, insert, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.late import late

pypinyin = late("pypinyin")


@dataclass(frozen=True)
class NewPerson:
    """An account to be opened."""

    username: str
    name: str
    password: str
    organisation: UUID
    roles: tuple[Role, ...]
    email: str = ""


def sort_key(name: str) -> str:
    """The name in pinyin: what lists are sorted by (the database has no Chinese collation)."""
    return " ".join(pypinyin.lazy_pinyin(name, style=pypinyin.Style.NORMAL, errors="default")).lower()[:240]


async def open_organisation(kind: str, name: str, name_en: str, now: datetime) -> UUID:
    """Enter an office or a provider's organisation."""
    async with transaction():
        organisation: UUID = await insert(Organisation, kind=kind, name=name, name_en=name_en, sort_key=sort_key(name))
        await record("organisation.opened", ("organisation", str(organisation)), None, {"name": name}, now)
    return organisation


async def open_account(new: NewPerson, now: datetime) -> UUID:
    """Open an account with its roles. Raises DomainError when the name or password will not do."""
    check_username(new.username)
    check_password(new.password, new.username)
    hashed = await hash_password(new.password)
    async with transaction():
        person: UUID = await insert(
            Person, username=new.username, name=new.name, email=new.email, password_hash=hashed, created_at=now
        )
        for role in new.roles:
            await insert(Membership, person=person, organisation=new.organisation, role=role.value)
        detail = {"username": new.username, "roles": " ".join(new.roles)}
        await record("person.account_opened", ("person", str(person)), None, detail, now)
    return person


async def sign_in(username: str, password: str) -> UUID:
    """The person's identity if name and password are right. Raises DomainError with one sentence for both."""
    row = await fetchrow(
        "SELECT id, password_hash FROM person WHERE username = $1 AND is_active", username.strip().lower()
    )
    if not await password_matches(row["password_hash"] if row else None, password):
        raise DomainError(N_("用户名或密码不对。请再试一次；忘了密码，请联系本单位的系统管理员。"))
    assert row is not None
    person: UUID = row["id"]
    return person
