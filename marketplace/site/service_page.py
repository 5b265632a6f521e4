"""How the service is, for the administrator: what the doctor finds, letters and jobs that were given up, figures.

No figure here tells how many bids were sealed: what waits is not counted, and of requests only those are that people
who are not signed in make to public pages.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import resource
import shutil
from typing import Any
from uuid import UUID

import asyncpg
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import engine, fetch, fetchrow, fetchval, together, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.jobs.services import TICK_LOCK
from marketplace.kernel.outbox.queries import list_dead
from marketplace.kernel.outbox.services import revive
from marketplace.kernel.web import go, page
from marketplace.upkeep.doctor import INSIDE, OUTSIDE, examine

MANAGE = needs(Permission.MANAGE_ACCOUNTS)
PART_LABELS = {
    "database": N_("数据库"),
    "migrations": N_("数据库结构"),
    "storage": N_("文件"),
    "disk": N_("磁盘"),
    "mail": N_("邮件"),
    "clocks": N_("时钟"),
    "papers": N_("文书"),
    "keys": N_("密钥"),
    "address": N_("地址"),
    "online payment": N_("在线保证金"),
    "scanner": N_("查毒"),
    "worker": N_("后台进程"),
    "given up": N_("没有办成的"),
    "calendar": N_("放假安排"),
    "people": N_("系统管理员"),
    "hidden values": N_("加密的内容"),
}


@get("/service-state", opt=MANAGE)
async def service_state(request: Request[Any, Any, Any], now: Now) -> Template:
    """What the doctor finds, and what was given up, each with a way to try again."""
    settings = request.app.state["settings"]
    inside, outside, letters, jobs = await together(
        # a database that keeps silent has kept the page itself waiting already
        examine(settings, INSIDE, longest=None), examine(settings, OUTSIDE), list_dead(now), failed_jobs(),
    )
    return page(
        "marketplace/site/service_state.html", findings=inside + outside, part_labels=PART_LABELS, letters=letters,
        jobs=jobs,
    )  # fmt: skip


async def failed_jobs() -> list[dict[str, Any]]:
    """Jobs that were tried often enough and wait for a person; without what they were told."""
    rows = await fetch(
        "SELECT id, convert_from(payload, 'UTF8')::jsonb ->> 'job' AS job, attempts, updated FROM pgqueuer"
        " WHERE status = 'failed' ORDER BY updated DESC LIMIT 100"
    )
    return [dict(row) for row in rows]


@post("/service-state/letters/{letter:uuid}/again", opt=MANAGE)
async def do_send_again(letter: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Try a letter again from the start; one that is hidden until a deadline is not there."""
    async with transaction():
        seen = await fetchval(
            "SELECT 1 FROM outbox_message WHERE id = $1 AND dead_at IS NOT NULL"
            " AND (hidden_until IS NULL OR hidden_until <= $2)",
            letter, now,
        )  # fmt: skip
        if not seen or not await revive(letter):
            raise NotFound()
        await record("outbox.tried_again", ("message", str(letter)), actor, {}, now)
    return go("/service-state")


@post("/service-state/jobs/{job:int}/again", opt=MANAGE)
async def do_run_again(job: FromPath[int], actor: CurrentActor, now: Now) -> Redirect:
    """Queue a failed job again."""
    async with transaction():
        queued = await fetchval(
            "UPDATE pgqueuer SET status = 'queued', attempts = 0, execute_after = clock_timestamp(),"
            " updated = clock_timestamp() WHERE id = $1::bigint AND status = 'failed' RETURNING id",
            job,
        )
        if queued is None:
            raise NotFound()
        await record("job.tried_again", ("job", str(job)), actor, {}, now)
    return go("/service-state")


@get("/metrics", opt={**PUBLIC, "skip_session": True})
async def metrics(request: Request[Any, Any, Any]) -> Response[str]:
    """Figures for Prometheus, for whoever holds METRICS_TOKEN; without one there is no such page."""
    token = request.app.state["settings"].metrics_token
    given = request.headers.get("authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise NotFound()
    lines = await asyncio.to_thread(_of_this_process)
    lines += _of_the_pool() + await _of_the_database()
    lines += request.app.state["public_reads"].lines()
    lines += await asyncio.to_thread(_of_the_disk, str(request.app.state["settings"].var_folder))
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _figure(name: str, kind: str, meaning: str, value: float, **labels: object) -> list[str]:
    told = ",".join(f'{key}="{each}"' for key, each in labels.items())
    shown = f"{{{told}}}" if told else ""
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", f"{name}{shown} {value:g}"]


def _of_this_process() -> list[str]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * resource.getpagesize()
    pid = os.getpid()
    return [
        *_figure("process_cpu_seconds_total", "counter", "Time this web process computed.",
                 used.ru_utime + used.ru_stime, pid=pid),
        *_figure("process_resident_memory_bytes", "gauge", "Memory of this web process.", resident, pid=pid),
    ]  # fmt: skip


def _of_the_pool() -> list[str]:
    pools = [each for each in (engine().pool, engine().planned) if isinstance(each, asyncpg.Pool)]
    if not pools:
        return []
    size, pid = sum(each.get_size() for each in pools), os.getpid()
    busy = size - sum(each.get_idle_size() for each in pools)
    return [
        *_figure("marketplace_pool_connections", "gauge", "Connections of this process.", size, pid=pid),
        *_figure("marketplace_pool_busy", "gauge", "Of these in use.", busy, pid=pid),
    ]


async def _of_the_database() -> list[str]:
    row = await fetchrow(
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::bigint::oid AND granted"
        "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))::int AS leads,"
        " EXISTS (SELECT 1 FROM audit_entry WHERE position IS NULL"
        "  AND recorded_at < clock_timestamp() - interval '60 seconds')::int AS behind,"
        " (SELECT count(*) FROM outbox_message WHERE dead_at IS NOT NULL"
        "  AND (hidden_until IS NULL OR hidden_until <= county_now())) AS letters,"
        " (SELECT count(*) FROM pgqueuer WHERE status = 'failed') AS jobs",
        TICK_LOCK,
    )
    assert row is not None
    return [
        *_figure("marketplace_worker_leads", "gauge", "1 while a worker does what falls due.", row["leads"]),
        *_figure("marketplace_audit_behind", "gauge", "1 when entries are not chained for a minute.", row["behind"]),
        *_figure("marketplace_letters_given_up", "gauge", "Letters that wait for a person.", row["letters"]),
        *_figure("marketplace_jobs_given_up", "gauge", "Jobs that wait for a person.", row["jobs"]),
    ]


def _of_the_disk(folder: str) -> list[str]:
    there = folder if os.path.exists(folder) else "/"
    free = shutil.disk_usage(there).free
    return _figure("marketplace_disk_free_bytes", "gauge", "Room left where things are written.", free)


ROUTES: list[Any] = [service_state, do_send_again, do_run_again]
# only where the settings have a token
METRICS_ROUTES: list[Any] = [metrics]
