"""The people and offices of the demo county: one of each kind, so that every duty can be tried."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from marketplace.accounts.people.passwords import hash_password
from marketplace.accounts.people.services import sort_key
from marketplace.accounts.permissions import Role, needs_second_factor
from marketplace.accounts.second_factor.queries import SECRET
from marketplace.accounts.trail import audit_entry
from marketplace.kernel.db import Statement, execute_many, fetch, transaction
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import conceal

PASSWORD = "jintang-demo-2026"

# key: (kind, name, English name)
OFFICES: dict[str, tuple[str, str, str]] = {
    "county": ("county", "金堂县人民政府", "Jintang County People's Government"),
    "civil_affairs": ("civil_affairs", "金堂县民政局", "Jintang Civil Affairs Bureau"),
    "finance": ("finance", "金堂县财政局", "Jintang Finance Bureau"),
    "audit": ("audit", "金堂县审计局", "Jintang Audit Bureau"),
    "zhaozhen": ("town", "赵镇街道办事处", "Zhaozhen Sub-district Office"),
    "huaikou": ("town", "淮口街道办事处", "Huaikou Sub-district Office"),
    "wufeng": ("town", "五凤镇人民政府", "Wufeng Town Government"),
    "agency": ("agency", "成都信诚采购代理有限公司", "Chengdu Xincheng Procurement Agency Ltd"),
    "experts": ("department", "四川省政府采购评审专家库", "Sichuan Procurement Expert Library"),
    "evaluator": ("evaluator", "天府社会服务评估中心", "Tianfu Social Service Evaluation Centre"),
}


@dataclass(frozen=True)
class Member:
    """One account of the demo."""

    username: str
    name: str
    office: str
    roles: tuple[Role, ...]
    duty: str


CAST: tuple[Member, ...] = (
    Member("wang.min", "王敏", "zhaozhen", (Role.BUYER,), N_("起草采购公告，签订合同")),
    Member("li.qiang", "李强", "zhaozhen", (Role.BUYER,), N_("复核并发布公告，资格审查，确定成交供应商")),
    Member("chen.jing", "陈静", "zhaozhen", (Role.BUYER,), N_("审核时数，验收")),
    Member("zhou.lan", "周岚", "county", (Role.OPENER,), N_("开标人（第一位）")),
    Member("wu.gang", "吴刚", "county", (Role.OPENER,), N_("开标人（第二位）")),
    Member("he.ping", "何萍", "county", (Role.OPENER,), N_("开标人（候补）")),
    Member("liu.fang", "刘芳", "civil_affairs", (Role.CIVIL_AFFAIRS,), N_("预检供应商，补贴，组织评价")),
    Member("song.ya", "宋雅", "civil_affairs", (Role.CIVIL_AFFAIRS,), N_("核对提出的预检不通过")),
    Member("qin.hao", "秦浩", "civil_affairs", (Role.CIVIL_AFFAIRS,), N_("处理对预检的异议")),
    Member("zhao.lei", "赵磊", "finance", (Role.FINANCE,), N_("下达预算")),
    Member("sun.yue", "孙悦", "finance", (Role.FINANCE,), N_("审核付款和补贴")),
    Member("ma.chao", "马超", "audit", (Role.AUDITOR,), N_("审计")),
    Member("yang.hua", "杨华", "experts", (Role.EXPERT,), N_("评审专家")),
    Member("xu.lin", "许琳", "experts", (Role.EXPERT,), N_("评审专家")),
    Member("gao.feng", "高峰", "experts", (Role.EXPERT,), N_("评审专家")),
    Member("wei.xin", "魏欣", "experts", (Role.EXPERT,), N_("评审专家")),
    Member("fan.li", "范立", "experts", (Role.EXPERT,), N_("评审专家")),
    Member("tan.rong", "谭蓉", "civil_affairs", (Role.BUYER,), N_("起草框架协议征集，签订合同")),
    Member("jiang.bo", "蒋波", "civil_affairs", (Role.BUYER,), N_("复核框架协议征集，确定入围供应商")),
    Member("deng.li", "邓丽", "evaluator", (Role.EVALUATOR,), N_("第三方评价")),
    Member("luo.jie", "罗杰", "zhaozhen", (Role.CLERK,), N_("社会救助窗口")),
    Member("he.xin", "贺欣", "zhaozhen", (Role.CHILD_OFFICER,), N_("未成年人保护专员")),
    Member("hu.yan", "胡燕", "agency", (Role.AGENCY,), N_("按委托代理协议编制文件、发布公告、答复询问")),
    Member("peng.bo", "彭博", "agency", (Role.AGENCY,), N_("按委托代理协议组织开标、登记评审小组")),
    Member("admin", "系统管理员", "county", (Role.ADMINISTRATOR,), N_("账号和设置")),
)


def demo_secret(username: str) -> str:
    """The one-time-code secret of a demo account: as public as its password."""
    return base64.b32encode(hashlib.sha256(f"jintang demo {username}".encode()).digest()[:20]).decode()


_OFFICE = "INSERT INTO organisation (id, kind, name, name_en, sort_key) VALUES ($1, $2, $3, $4, $5)"
_PERSON = "INSERT INTO person (id, username, name, email, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
_ROLE = "INSERT INTO membership (id, person, organisation, role) VALUES ($1, $2, $3, $4)"
_FACTOR = "INSERT INTO second_factor (id, person, secret, begun_at) VALUES ($1, $2, $3, $4)"


async def enter_cast(now: datetime) -> dict[str, UUID]:
    """Enter offices and accounts that are missing; safe to repeat. Gives each user name's person."""
    known: dict[str, UUID] = {r["username"]: r["id"] for r in await fetch("SELECT username, id FROM person")}
    missing = [member for member in CAST if member.username not in known]
    if not missing:
        return known
    # one hash for all: everybody in the demo has the same password, and hashing is slow on purpose
    hashed = await hash_password(PASSWORD)
    people = {member.username: uuid4() for member in missing}
    async with transaction():
        offices = await _enter_offices()
        # a few journeys for all of them: thousands of tests begin with the cast
        await execute_many([
            Statement(_PERSON, (people[m.username], m.username, m.name, f"{m.username}@jintang.example", hashed, now))
            for m in missing
        ])  # fmt: skip
        await execute_many([
            Statement(_ROLE, (uuid4(), people[m.username], offices[m.office], role.value))
            for m in missing for role in m.roles
        ])  # fmt: skip
        await execute_many([
            Statement(_FACTOR, (uuid4(), people[m.username], conceal(demo_secret(m.username), SECRET), now))
            for m in missing if needs_second_factor(frozenset(m.roles))
        ])  # fmt: skip
        await execute_many([_opened(member, people[member.username], now) for member in missing])
    return known | people


async def _enter_offices() -> dict[str, UUID]:
    """The offices by their keys; those that are missing are entered."""
    rows = await fetch("SELECT id, kind, name FROM organisation")
    known: dict[tuple[str, str], UUID] = {(row["kind"], row["name"]): row["id"] for row in rows}
    fresh = {office[:2]: uuid4() for office in OFFICES.values() if office[:2] not in known}
    await execute_many([
        Statement(_OFFICE, (fresh[kind, name], kind, name, name_en, sort_key(name)))
        for kind, name, name_en in OFFICES.values() if (kind, name) in fresh
    ])  # fmt: skip
    return {key: (known | fresh)[office[:2]] for key, office in OFFICES.items()}


def _opened(member: Member, person: UUID, now: datetime) -> Statement:
    detail = {"username": member.username, "roles": " ".join(member.roles)}
    return audit_entry("person.account_opened", ("person", str(person)), None, detail, now)
