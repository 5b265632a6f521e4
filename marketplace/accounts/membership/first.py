"""How a county begins: its first administrator by the server's own command, its offices by the administrator."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.people.services import NewPerson, open_account, sort_key
from marketplace.accounts.people.tables import Organisation
from marketplace.accounts.permissions import Permission, Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_

ONE_AT_A_TIME = 7_240_003  # any number, the same in every process
# what is entered by hand; providers register themselves and prove who they are
KINDS: dict[str, str] = {
    "county": N_("县人民政府和它的部门（设系统管理员）"),
    "civil_affairs": N_("县民政局"),
    "finance": N_("县财政局"),
    "town": N_("镇人民政府、街道办事处"),
    "department": N_("其他部门和单位"),
    "agency": N_("采购代理机构"),
    "evaluator": N_("第三方评价机构"),
    "audit": N_("审计局"),
}
ONLY_ONE = ("civil_affairs", "finance", "audit")


async def open_first_administrator(
    office: tuple[str, str], username: str, name: str, password: str, now: datetime
) -> UUID:
    """Enter the county office (its names) and its administrator. Raises Conflict when there is one, DomainError."""
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock($1)", ONE_AT_A_TIME)
        if await fetchval(
            "SELECT 1 FROM membership m JOIN person p ON p.id = m.person WHERE m.role = 'administrator' AND p.is_active"
        ):
            raise Conflict(N_("已经有系统管理员。请由系统管理员在“邀请成员”页面邀请同事。"))
        _check_name(office[0])
        organisation: UUID | None = await fetchval(
            "SELECT id FROM organisation WHERE kind = 'county' AND name = $1", office[0]
        )
        if organisation is None:
            organisation = await _enter("county", *office, None, now)
        return await open_account(NewPerson(username, name, password, organisation, (Role.ADMINISTRATOR,)), now)


async def enter_office(kind: str, name: str, name_en: str, actor: Actor, now: datetime) -> UUID:
    """Enter an office of the county, so that its people can be invited. Raises Forbidden, Conflict, DomainError."""
    actor.check_may(Permission.MANAGE_ACCOUNTS)
    _check_name(name)
    if kind not in KINDS:
        raise DomainError(N_("请选择单位的类别。供应商自己注册，不在这里登记。"))
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock($1)", ONE_AT_A_TIME)
        if await fetchval("SELECT 1 FROM organisation WHERE name = $1 AND kind <> 'provider'", name):
            raise Conflict(N_("已经登记过这个单位。请在下面的名单里查找。"))
        if kind in ONLY_ONE and await fetchval("SELECT 1 FROM organisation WHERE kind = $1", kind):
            raise Conflict(N_("一个县只有一个这样的单位，已经登记过了。改名请联系系统管理员。"))
        return await _enter(kind, name, name_en, actor, now)


def _check_name(name: str) -> None:
    if not 2 <= len(name) <= 120:
        raise DomainError(N_("请写单位的全称，2 到 120 个字。"))


async def _enter(kind: str, name: str, name_en: str, actor: Actor | None, now: datetime) -> UUID:
    organisation: UUID = await insert(Organisation, kind=kind, name=name, name_en=name_en, sort_key=sort_key(name))
    await record("organisation.opened", ("organisation", str(organisation)), actor, {"name": name}, now)
    return organisation
