"""How an installation is: one finding a part, each with what to do. Nothing is changed but a probe in the documents."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import aiosmtplib
import asyncpg

from marketplace.gateways.files import open_store
from marketplace.gateways.papers import missing_packages
from marketplace.gateways.scanning import open_scanner
from marketplace.gateways.signing import AUDIT_KEY, key_file, load_keys
from marketplace.kernel.audit.queries import first_unlinked
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, connection, fetch, fetchrow, fetchval
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.jobs.services import TICK_LOCK
from marketplace.kernel.law.loading import refresh_law
from marketplace.kernel.private_columns import OF_COLUMNS, SEARCH_KEY, UnreadableValue, read_keys
from marketplace.kernel.settings import Settings
from marketplace.migrate_command import migrations_hash, recorded_hash
from marketplace.rotate_command import ENCRYPTED

OLDEST_POSTGRES = 150_000
LITTLE_ROOM, NO_ROOM = 5 * 1024**3, 1024**3  # bytes
CLOCKS_MAY_DIFFER = timedelta(seconds=2)
ASK_NEXT_YEAR_FROM = 12  # the month in which the next year's holidays are usually announced
LONGEST_CHECK = 20.0  # seconds
PROBE = "一行探针，看文件是否存得进、读得出。\n".encode()


class State(StrEnum):
    """How a part is."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One part of the installation: what was found, and the way out where something is to be done."""

    part: str
    state: State
    found: Sentence
    way_out: Sentence | None = None


def good(part: str, found: Sentence) -> Finding:
    """Nothing to do."""
    return Finding(part, State.GOOD, found)


def watch(part: str, found: Sentence, way_out: Sentence) -> Finding:
    """It works; somebody should look."""
    return Finding(part, State.WATCH, found, way_out)


def bad(part: str, found: Sentence, way_out: Sentence) -> Finding:
    """It does not work, or not safely."""
    return Finding(part, State.BAD, found, way_out)


async def check_database(settings: Settings) -> list[Finding]:
    """Does it answer, is it new enough, does it hold Chinese, is it up to date?"""
    row = await fetchrow(
        "SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS named,"
        " current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,"
        " current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous"
    )
    assert row is not None
    found = say(N_("PostgreSQL {version}，编码 {encoding}。"), version=row["named"], encoding=row["encoding"])
    if row["version"] < OLDEST_POSTGRES:
        return [bad("database", found, say(N_("请升级到 PostgreSQL 15 或更新的版本。")))]
    if row["encoding"] != "UTF8":
        return [bad("database", found, say(N_("请用 UTF8 编码新建数据库，再从备份恢复。")))]
    if row["standby"]:
        return [bad("database", found, say(N_("DATABASE_URL 指向一台备库，不能写入。请改为主库的地址。")))]
    if row["fsync"] != "on" or row["synchronous"] == "off":
        return [
            bad(
                "database",
                say(
                    N_("fsync 为 {fsync}，synchronous_commit 为 {synchronous}：断电时已经答应的事会丢。"),
                    fsync=row["fsync"],
                    synchronous=row["synchronous"],
                ),
                say(N_("请在 postgresql.conf 里把两项都改为 on，然后重新加载。")),
            )
        ]
    return [good("database", found), await _migrations()]


async def _migrations() -> Finding:
    running = connection()
    recorded = await recorded_hash(running)  # type: ignore[arg-type]  # a pool answers fetchval as a connection does
    if recorded == migrations_hash():
        return good("migrations", say(N_("数据库结构是最新的。")))
    return bad("migrations", say(N_("数据库结构和程序版本不一致。")), say(N_("请运行 marketplace migrate。")))


async def check_storage(settings: Settings) -> list[Finding]:
    """Does a document written come back the same?"""
    store = open_store(settings)
    place = settings.s3_bucket or str(settings.documents_folder)
    try:
        kept = await store.put(PROBE, "doctor.txt")
        same = await store.get(kept.key) == PROBE
    except Exception as error:  # whatever storage raises, its type is what helps
        return [
            bad(
                "storage",
                say(N_("文件存不进 {place}（{error}）。"), place=place, error=type(error).__name__),
                say(N_("请检查文件夹的权限、磁盘，或 S3_BUCKET、S3_ENDPOINT 和密钥。")),
            )
        ]
    if not same:
        return [
            bad(
                "storage",
                say(N_("存进 {place} 的文件读出来不一样。"), place=place),
                say(N_("请立即停用并检查存储设备。")),
            )
        ]
    return [good("storage", say(N_("文件在 {place} 存得进、读得出。"), place=place))]


async def check_disk(settings: Settings) -> list[Finding]:
    """Is there room where things are written?"""
    found = []
    folders = {settings.var_folder} | (set() if settings.s3_bucket else {settings.documents_folder})
    for folder in sorted(folders):
        there = next(each for each in (folder, *folder.parents) if each.exists())
        free = shutil.disk_usage(there).free
        told = say(N_("{folder} 还有 {free} GB 空间。"), folder=folder, free=f"{free / 1024**3:.1f}")
        way = say(N_("请扩大磁盘，或把旧备份移到别处。文件和数据库存不下时，所有写入都会失败。"))
        state = State.BAD if free < NO_ROOM else State.WATCH if free < LITTLE_ROOM else State.GOOD
        found.append(Finding("disk", state, told, None if state is State.GOOD else way))
    return found


async def check_mail(settings: Settings) -> list[Finding]:
    """Does the mail server take our letters? None is sent."""
    if not settings.smtp_host:
        told = say(N_("没有设 SMTP_HOST：信件只写进 {folder}。"), folder=settings.mail_folder)
        if settings.is_demo:
            return [good("mail", told)]
        return [watch("mail", told, say(N_("请设 SMTP_HOST 等项，供应商才能收到通知。")))]
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    has_tls = settings.smtp_port == 465
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host, port=settings.smtp_port, timeout=10, use_tls=has_tls,
        start_tls=None if has_tls or not settings.smtp_user else True,
    )  # fmt: skip
    try:
        await client.connect()
        if settings.smtp_user:
            await client.login(settings.smtp_user, settings.smtp_password)
        await client.noop()
    except (OSError, aiosmtplib.SMTPException) as error:
        return [
            bad(
                "mail",
                say(N_("邮件服务器 {place} 没有接受我们（{error}）。"), place=place, error=type(error).__name__),
                say(N_("请检查 SMTP_HOST、SMTP_PORT、SMTP_USER、SMTP_PASSWORD 和防火墙。")),
            )
        ]
    finally:
        with suppress(OSError, aiosmtplib.SMTPException):
            await client.quit()
    return [good("mail", say(N_("邮件服务器 {place} 接受我们。"), place=place))]


async def check_clocks(settings: Settings) -> list[Finding]:
    """Do the machines agree on the time, and is the county's time real?"""
    before = time.time()
    row = await fetchrow(
        "SELECT extract(epoch FROM clock_timestamp())::float8 AS database,"
        " (SELECT offset_by FROM county_clock WHERE id = 1) AS offset_by,"
        " (SELECT is_demo FROM installation WHERE id = 1) AS is_demo"
    )
    after = time.time()
    assert row is not None
    apart = max(0.0, before - row["database"], row["database"] - after)
    told = say(N_("本机和数据库的时钟相差 {seconds} 秒。"), seconds=f"{apart:.1f}")
    way = say(N_("请在每台机器上打开网络对时（NTP）。截止时间以数据库的时钟为准。"))
    found = [good("clocks", told) if apart <= CLOCKS_MAY_DIFFER.total_seconds() else bad("clocks", told, way)]
    if row["offset_by"] and not row["is_demo"]:
        found.append(
            bad(
                "clocks",
                say(N_("县里的时钟被拨动过（{offset}）。"), offset=row["offset_by"]),
                say(N_("正式系统的时钟不得拨动。请停用，查审计记录是谁做的，然后告诉审计。")),
            )
        )
    return found


async def check_papers(settings: Settings) -> list[Finding]:
    """Can official papers be made as PDF, with Chinese letters?"""
    way = say(N_("请运行 make papers（Debian，需要 root）。没有它，文书只能下载为 DOCX。"))
    if missing := missing_packages():
        return [watch("papers", say(N_("缺少制作 PDF 的程序包：{names}。"), names=" ".join(missing)), way)]
    if not await asyncio.to_thread(_has_chinese_font):
        return [watch("papers", say(N_("这台机器没有中文字体，PDF 里会是空框。")), way)]
    return [good("papers", say(N_("文书可以制成 PDF，有中文字体。")))]


def _has_chinese_font() -> bool:
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    signs = ("cjk", "wqy", "noto-sans-sc", "sourcehan", "source-han", "simsun", "fangsong", "fandol")
    return any(
        any(sign in path.name.lower() for sign in signs)
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*.[to]t[fc]")
    )


async def check_keys(settings: Settings) -> list[Finding]:
    """Are the secrets there, and readable by nobody else?"""
    folder, found = settings.keys_folder, []
    try:
        fingerprint = load_keys(settings, AUDIT_KEY).current.public.fingerprint
        found.append(good("keys", say(N_("审计签名密钥的指纹是 {fingerprint}。"), fingerprint=fingerprint)))
    except (OSError, ValueError):
        found.append(
            bad(
                "keys",
                say(N_("没有找到审计签名密钥（{path}）。"), path=key_file(settings, AUDIT_KEY)),
                say(N_("新装的系统请先启动一次；旧系统请从备份恢复密钥，不要另做一把。")),
            )
        )
    if loose := _read_by_others(folder):
        found.append(
            bad(
                "keys",
                say(N_("别的用户能读到密钥：{paths}。"), paths=" ".join(loose)),
                say(N_("请运行 chmod -R go= {folder}，再查有谁登录过这台机器。"), folder=folder),
            )
        )
    return found


def _read_by_others(folder: Path) -> list[str]:
    if not folder.is_dir() or not stat.S_IMODE(os.stat(folder).st_mode) & 0o077:
        return []  # a shut folder shuts what is in it
    return [str(path) for path in sorted(folder.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]


async def check_address(settings: Settings) -> list[Finding]:
    """Is a real county behind TLS, and online payment not in test mode?"""
    if settings.is_demo:
        return [good("address", say(N_("演示县，地址是 {address}。"), address=settings.public_address))]
    found = []
    if settings.secure_cookies:
        found.append(good("address", say(N_("公开地址是 {address}。"), address=settings.public_address)))
    else:
        found.append(
            bad(
                "address",
                say(N_("公开地址 {address} 不是 https。"), address=settings.public_address),
                say(N_("请在前面放一个带 TLS 的代理，并设 PUBLIC_ADDRESS=https://…。")),
            )
        )
    if settings.stripe_key.startswith("sk_test_"):
        found.append(
            bad(
                "online payment",
                say(N_("在线保证金用的是测试密钥，收不到真钱。")),
                say(N_("请换成正式密钥，或去掉 STRIPE_KEY。")),
            )
        )
    if settings.stripe_key and not settings.stripe_webhook_secret:
        found.append(
            bad(
                "online payment",
                say(N_("有 STRIPE_KEY，没有 STRIPE_WEBHOOK_SECRET：收不到到账通知。")),
                say(N_("请在支付服务登记 {address}/deposits/news，并设好它的密钥。"), address=settings.public_address),
            )
        )
    return found


async def check_scanner(settings: Settings) -> list[Finding]:
    """Does the virus scanner answer?"""
    scanner = open_scanner(settings)
    if not scanner.is_set:
        told = say(N_("没有设 CLAMD：上传的文件不查病毒。"))
        if settings.is_demo:
            return [good("scanner", told)]
        return [watch("scanner", told, say(N_("请装 ClamAV，并设 CLAMD=tcp://主机:3310。")))]
    try:
        await scanner.check(_once(PROBE))
    except DomainError:
        return [
            bad(
                "scanner",
                say(N_("查毒程序没有回答（{place}）。"), place=settings.clamd),
                say(N_("请启动 clamd。它不回答时，所有上传都会被拒绝。")),
            )
        ]
    return [good("scanner", say(N_("查毒程序有回答（{place}）。"), place=settings.clamd))]


async def _once(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


async def check_worker(settings: Settings) -> list[Finding]:
    """Does a worker lead, and keep up? What waits is not counted: its number could tell of sealed bids."""
    leads = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::bigint::oid AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
        TICK_LOCK,
    )
    way = say(N_("请启动 marketplace worker，看它的输出。没有它，信件不发、期限不办、审计不链接。"))
    if not leads:
        return [bad("worker", say(N_("没有后台进程在工作。")), way)]
    real_now = await fetchval("SELECT clock_timestamp()")
    if await first_unlinked(real_now):
        return [bad("worker", say(N_("有审计条目超过 60 秒没有链接。")), way)]
    return [good("worker", say(N_("后台进程在工作，审计条目及时链接。")))]


async def check_given_up(settings: Settings) -> list[Finding]:
    """Letters and jobs that were given up and wait for a person."""
    row = await fetchrow(
        "SELECT (SELECT count(*) FROM outbox_message WHERE dead_at IS NOT NULL"
        "         AND (hidden_until IS NULL OR hidden_until <= county_now())) AS letters,"
        " (SELECT count(*) FROM pgqueuer WHERE status = 'failed') AS jobs"
    )
    assert row is not None
    if not row["letters"] and not row["jobs"]:
        return [good("given up", say(N_("没有发不出的信，也没有办不成的任务。")))]
    return [
        watch(
            "given up",
            say(N_("{letters} 封信发不出，{jobs} 件任务办不成。"), letters=row["letters"], jobs=row["jobs"]),
            say(N_("请系统管理员在“系统状况”页面看原因，改好以后重试。")),
        )
    ]


async def check_calendar(settings: Settings) -> list[Finding]:
    """Are this year's holidays known, and from December the next year's?"""
    row = await fetchrow("SELECT county_now() AS now, (SELECT version FROM law_state) AS law")
    assert row is not None
    await refresh_law(row["law"])
    today, calendar = county_day(row["now"]), county_calendar()
    years = [today.year] + ([today.year + 1] if today.month >= ASK_NEXT_YEAR_FROM else [])
    missing = [str(year) for year in years if not calendar.is_announced(year)]
    if not missing:
        return [good("calendar", say(N_("{years} 年的放假安排已经登记。"), years="、".join(map(str, years))))]
    return [
        watch(
            "calendar",
            say(N_("{years} 年的放假安排还没有登记，那一年的期限只是暂定。"), years="、".join(missing)),
            say(N_("国务院公布以后，请系统管理员在“放假安排”页面登记。")),
        )
    ]


async def check_people(settings: Settings) -> list[Finding]:
    """Is there somebody who can give accounts to others?"""
    there = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.role = 'administrator' AND p.is_active)"
    )
    if there:
        return [good("people", say(N_("有系统管理员。")))]
    way = say(N_("请运行 marketplace administrator --office … --username … --name …。"))
    return [bad("people", say(N_("没有系统管理员。")), way)]


async def check_hidden(settings: Settings) -> list[Finding]:
    """Can what is encrypted in the database be read? One value of each column is tried; none is shown."""
    tried = " UNION ALL ".join(
        f"(SELECT '{table}.{column}' AS place, {column}::text AS kept FROM {table} WHERE {column} <> '' LIMIT 1)"
        for table, column in ENCRYPTED
    )
    rows = await fetch(f"SELECT * FROM ({tried}) one")
    if not rows:
        return [good("hidden values", say(N_("数据库里还没有加密的内容。")))]
    way = say(N_("请从备份恢复密钥文件夹，或者把旧密钥写回 COLUMN_KEYS、旧算法写回 COLUMN_CIPHER，然后重启。"))
    if missing := [name for name in (OF_COLUMNS, SEARCH_KEY) if not (settings.keys_folder / name).exists()]:
        told = say(N_("数据库里有加密的内容，密钥文件不在：{names}。"), names=" ".join(missing))
        return [bad("hidden values", told, way)]
    unread: list[str] = []
    keys = read_keys(settings)
    for row in rows:
        try:
            keys.reveal(row["kept"], row["place"])
        except UnreadableValue:
            unread.append(row["place"])
    if unread:
        return [bad("hidden values", say(N_("加密的内容读不出来：{places}。"), places=" ".join(unread)), way)]
    return [good("hidden values", say(N_("加密的内容读得出来（试了 {count} 列）。"), count=len(rows)))]


Check = Callable[[Settings], Awaitable[list[Finding]]]
# those without a database first: they are told also when it is away
OUTSIDE: Sequence[tuple[str, Check]] = (
    ("storage", check_storage), ("disk", check_disk), ("mail", check_mail), ("papers", check_papers),
    ("keys", check_keys), ("address", check_address), ("scanner", check_scanner),
)  # fmt: skip
INSIDE: Sequence[tuple[str, Check]] = (
    ("database", check_database), ("clocks", check_clocks), ("worker", check_worker), ("given up", check_given_up),
    ("calendar", check_calendar), ("people", check_people), ("hidden values", check_hidden),
)  # fmt: skip


async def examine(
    settings: Settings, checks: Sequence[tuple[str, Check]], longest: float | None = LONGEST_CHECK
) -> list[Finding]:
    """Run the checks, on a page at the same time; one that fails itself is a bad finding and stops no other.

    Each is waited for so many seconds, by a task of its own; without a bound it asks together with all of the page.
    """
    return await all_together(*(_examined(part, check, settings, longest) for part, check in checks))


async def _examined(part: str, check: Check, settings: Settings, longest: float | None) -> list[Finding]:
    try:
        if longest is None:
            return list(await check(settings))
        return list(await asyncio.wait_for(check(settings), longest))
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        words = say(N_("查不了（{error}）。"), error=type(error).__name__)
        return [bad(part, words, say(N_("请先把上面的问题改好，再查一次。")))]
