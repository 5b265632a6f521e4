"""The worker: delivers the outbox, runs queued jobs, chains the audit, and does what falls due.

One process beside the web server. It waits for a database that is not there or not migrated yet, ends cleanly on
SIGTERM, and after a kill -9 the next worker takes up what was left within half a minute.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.errors import RetryRequested
from pgqueuer.queries import Queries

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from catalogue.interruptions.services import resume_all_due, tell_all_ended
from catalogue.items.services import load_first_edition
from contracts.billing.waits import release_waits
from contracts.deposits.jobs import keep_deposits
from contracts.fees.online import reconcile_fees
from contracts.handovers.services import end_silence
from contracts.orders.services import escalate_silence
from contracts.referrals.services import expire_referrals
from contracts.safeguarding.services import escalate_untaken
from contracts.suspensions.services import end_suspensions
from evaluations.awards.jobs import deem
from marketplace.accounts.documents.jobs import clear_broken_uploads, scan_documents
from marketplace.finding.jobs import keep_index, tell
from marketplace.gateways.mail import Mail, Mailer, open_mailer
from marketplace.gateways.payments import DepositGateway, open_deposits
from marketplace.gateways.public_log import PublicLog, open_heads_log
from marketplace.gateways.search_index import SearchIndex
from marketplace.gateways.signing import AUDIT_KEY, SigningKey, make_or_load_keys
from marketplace.kernel.audit.linker import link_committed, sign_heads
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import close_pool, engine, execute, fetchval, open_pool
from marketplace.kernel.errors import DomainError
from marketplace.kernel.jobs.services import RUN, TICK_LOCK
from marketplace.kernel.law.loading import refresh_law
from marketplace.kernel.logs import set_up_logs, told
from marketplace.kernel.outbox.services import MAIL, Handler, Message, body_of, deliver, list_due
from marketplace.kernel.settings import Settings
from marketplace.kernel.unable import has_no_room
from marketplace.opendata.ocds.jobs import release_due
from marketplace.opendata.ocds.publishing import publisher_of
from marketplace.opendata.ocds.shape import Publisher
from marketplace.retention.services import forget
from marketplace.site.deadline_jobs import pass_deadlines
from marketplace.site.notice_jobs import press_due
from marketplace.site.reminders import DailyReminders
from marketplace.subscriptions.services import tell_subscribers
from vendors.bids.jobs import clear_drafts
from vendors.credit.jobs import check_registrations
from vendors.expiring.jobs import remind_of_papers
from vendors.qualification.reviewing import end_prechecks
from vendors.sealing.jobs import clear_uploads
from vendors.standing.services import note_when_due

log = logging.getLogger("marketplace.worker")

HEARTBEAT = timedelta(seconds=20)  # a killed worker's jobs are taken up after this long
MAX_JOB_ATTEMPTS = 6
FULL_SIGNING_EVERY = 10  # rounds of the linker; between them only streams that just grew are signed
LONGEST_ENDING = 5.0  # seconds that loops and connections have to end before they are left behind
LONGEST_STOPPING = 8.0  # seconds that work under way has once the worker was asked to end
LONGEST_SILENCE = 30.0  # seconds without an answer of the database to the shortest question
MESSAGES_AT_ONCE = 4  # one connection of the pool stays free for the other loops

JobFunction = Callable[[Mapping[str, str], datetime], Awaitable[None]]
TickFunction = Callable[[datetime], Awaitable[None]]


@dataclass(frozen=True)
class Tick:
    """Something that looks for due rows again and again. It must do no harm when it runs twice."""

    run: TickFunction
    every: timedelta


# what `jobs.enqueue_job(name, …)` may ask for: add a job here and nowhere else
JOBS: dict[str, JobFunction] = {}

# what falls due by the county clock: each package's jobs.py offers a function that is named here
TICKS: dict[str, Tick] = {
    "pass_deadlines": Tick(pass_deadlines, timedelta(seconds=10)),
    "press_papers": Tick(press_due, timedelta(seconds=30)),
    "check_registrations": Tick(check_registrations, timedelta(seconds=30)),
    # once a day for each kind of data; asked more often so that no day is missed
    "forget": Tick(forget, timedelta(hours=1)),
    "scan_documents": Tick(scan_documents, timedelta(seconds=30)),
    "clear_broken_uploads": Tick(clear_broken_uploads, timedelta(hours=6)),
    "clear_drafts": Tick(clear_drafts, timedelta(hours=1)),
    "clear_uploads": Tick(clear_uploads, timedelta(hours=1)),
    "end_prechecks": Tick(end_prechecks, timedelta(minutes=10)),
    "remind_of_papers": Tick(remind_of_papers, timedelta(hours=1)),
    "note_standings": Tick(note_when_due, timedelta(minutes=1)),
    "resume_listings": Tick(resume_all_due, timedelta(minutes=1)),
    "tell_ended": Tick(tell_all_ended, timedelta(seconds=20)),
    # the silence of a buyer determines the first ranked (R-TIME-14)
    "deem_determined": Tick(deem, timedelta(minutes=5)),
    # orders that no provider answered (R-ORDER-01)
    "escalate_orders": Tick(escalate_silence, timedelta(minutes=10)),
    # harm that no officer took up in time (R-CHILD-01)
    "escalate_reports": Tick(escalate_untaken, timedelta(minutes=1)),
    # what no department answered in the time it may be kept (R-REFER-01)
    "expire_referrals": Tick(expire_referrals, timedelta(hours=1)),
    "end_handovers": Tick(end_silence, timedelta(minutes=1)),
    # what of a last payment waited for a handover that is done (R-CON-06)
    "release_waits": Tick(release_waits, timedelta(minutes=1)),
    "end_suspensions": Tick(end_suspensions, timedelta(minutes=1)),
    # a new county starts with the first edition of the directory
    "first_edition": Tick(load_first_edition, timedelta(days=1)),
}


@dataclass
class Work:
    """Everything one worker process needs."""

    mailer: Mailer
    heads: PublicLog
    key: SigningKey
    search: SearchIndex
    public_address: str
    publisher: Publisher
    is_rehearsal: bool = False
    deposits: DepositGateway | None = None
    handlers: dict[str, Handler] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def open_work(settings: Settings) -> Work:
    """The gateways of the settings and the handlers of all message kinds."""
    work = Work(
        open_mailer(settings), open_heads_log(settings), make_or_load_keys(settings, AUDIT_KEY).current,
        SearchIndex(settings.search_folder), settings.public_address, publisher_of(settings),
        settings.is_rehearsal, open_deposits(settings),
    )  # fmt: skip

    async def send_mail(message: Message) -> None:
        said = message.payload
        letter = Mail(said["to"], said["subject"], body_of(said), message.idempotency_key)
        await work.mailer.send(letter, await county_time())

    work.handlers[MAIL] = send_mail
    return work


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; start again by itself when the database goes away."""
    work = open_work(settings)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, work.stopping.set)
    pause = 1.0
    while not work.stopping.is_set():
        try:
            await _serve(work)
            pause = 1.0
        except Exception as failure:  # a worker that stays away is worse than one that tries again
            log.warning("worker starts again in %.0f s: %s", pause, told(failure))
            await _sleep(work, pause)
            pause = min(pause * 2, 5.0)


async def county_time() -> datetime:
    """The county's time in UTC; what is about to be done follows the law as it stands now."""
    look = await CountyClock().look()
    await refresh_law(look.law)
    return look.now


async def _serve(work: Work) -> None:
    await open_pool(min_size=1, max_size=5)
    try:
        await _wait_for_tables(work)
        if work.stopping.is_set():
            return
        await check_kind(work)
        connection = await engine().get_new_connection()
        try:
            driver = AsyncpgDriver(connection)
            await _work_together(work, queue_manager(driver, work), driver)
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                await connection.close(timeout=5)
    finally:
        await _leave_pool()


async def _leave_pool() -> None:
    """Close all connections; whoever holds one too long loses it, and the next pool is another one."""
    pool = engine().pool
    try:
        await asyncio.wait_for(close_pool(), LONGEST_ENDING)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        if pool is not None:
            pool.terminate()
    finally:
        engine().pool = None


class OtherKind(RuntimeError):
    """The database is a rehearsal and the settings are not, or the other way round."""


async def check_kind(work: Work) -> None:
    """A worker with a real mail server never serves a rehearsal. Raises OtherKind."""
    if await fetchval("SELECT is_rehearsal FROM installation WHERE id = 1") != work.is_rehearsal:
        raise OtherKind


async def _wait_for_tables(work: Work) -> None:
    """A fresh installation starts web server and worker at once; the tables come with the web server."""
    is_told = False
    while not work.stopping.is_set():
        if await fetchval(
            "SELECT to_regclass('outbox_message') IS NOT NULL AND to_regclass('pgqueuer') IS NOT NULL"
            " AND to_regproc('county_now') IS NOT NULL AND to_regclass('audit_entry_place') IS NOT NULL"
            " AND to_regclass('search_change') IS NOT NULL"
            " AND to_regclass('law_state') IS NOT NULL AND to_regclass('rehearsal_round') IS NOT NULL"
        ):
            return
        if not is_told:
            log.info("waiting for the database to be migrated")
            is_told = True
        await _sleep(work, 1.0)


def queue_manager(driver: AsyncpgDriver, work: Work) -> QueueManager:
    """The job queue with its one entry point: named jobs."""
    queue = QueueManager(Queries(driver))
    queue.shutdown = work.stopping

    @queue.entrypoint(RUN, concurrency_limit=2, on_failure="hold")
    async def run_job(job: Job) -> None:
        await run_named_job(job)

    return queue


async def run_named_job(job: Job) -> None:
    """Run the job the payload names; a failed one is tried again, at last it stays visible as failed."""
    asked = json.loads(job.payload or b"{}")
    function = JOBS[asked["job"]]
    try:
        await function(asked["arguments"], await county_time())
    except Exception as failure:
        if job.attempts + 1 >= MAX_JOB_ATTEMPTS:
            raise
        raise RetryRequested(timedelta(seconds=10 * 4**job.attempts), type(failure).__name__) from failure


async def _work_together(work: Work, queue: QueueManager, driver: AsyncpgDriver) -> None:
    """Run all loops; when one fails, the others stop and the worker starts again."""
    try:
        # a deadline that passed while the service was away moves before any head of its stream is signed
        await pass_deadlines(await county_time())
    except DomainError:
        log.exception("pass_deadlines failed and is tried again")
    saved_searches = Tick(partial(tell, work.search, work.public_address), timedelta(minutes=5))
    releases = Tick(partial(release_due, work.publisher), timedelta(seconds=2))
    deposits = Tick(partial(keep_deposits, work.deposits), timedelta(seconds=30))
    ticks = TICKS | {"tidy_queue_log": TIDY, "saved_searches": saved_searches, "releases": releases}
    ticks |= {"deposits": deposits, "remind": Tick(DailyReminders(work.public_address), timedelta(minutes=10))}
    if work.deposits is not None:
        ticks |= {"fees": Tick(partial(reconcile_fees, work.deposits), timedelta(seconds=30))}
    letters = Tick(partial(tell_subscribers, work.search, work.public_address), timedelta(minutes=5))
    ticks["subscriptions"] = letters
    loops: list[Coroutine[None, None, None]] = [
        queue.run(
            batch_size=5, dequeue_timeout=timedelta(seconds=5), heartbeat_timeout=HEARTBEAT, max_concurrent_tasks=10
        ),
        _feel_lines(work, driver),
        _link_audit(work),
        _deliver_outbox(work),
        _keep_search(work),
        *(_tick(work, driver, name, tick) for name, tick in ticks.items()),
    ]
    log.info("worker ready")
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        await _until_stopped(work, tasks)
    finally:
        await _end(tasks)


async def _until_stopped(work: Work, tasks: Sequence[asyncio.Task[None]]) -> None:
    """All loops; when one fails, so does this. Once the worker was asked to end, whatever still goes on after a while,
    such as the papers of twenty notices, is broken off: what falls due is done again, as after kill -9."""
    breaking_off = asyncio.create_task(_break_off(work, tasks))
    try:
        await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        if not work.stopping.is_set():
            raise
    finally:
        breaking_off.cancel()


async def _break_off(work: Work, tasks: Sequence[asyncio.Task[None]]) -> None:
    await work.stopping.wait()
    _, waiting = await asyncio.wait(tasks, timeout=LONGEST_STOPPING)
    for task in waiting:
        task.cancel()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Stop the loops, and tell a loop again that has missed it: a line that breaks just then raises its own error in
    the place of the cancellation, and a loop that catches errors would go on alone for ever, its worker with it."""
    for _ in range(int(LONGEST_ENDING)):
        for task in tasks:
            task.cancel()
        ended, waiting = await asyncio.wait(tasks, timeout=1.0)
        for task in ended:
            if not task.cancelled():
                task.exception()  # who failed first is told by whoever starts the worker again
        if not waiting:
            return
    log.warning("%d loops did not end in %.0f s and are left behind", len(waiting), LONGEST_ENDING)


async def _feel_lines(work: Work, driver: AsyncpgDriver) -> None:
    """Ask both ways to the database again and again: a line that broke without a word ends this worker's work too."""
    while not work.stopping.is_set():
        async with asyncio.timeout(LONGEST_SILENCE):
            await driver.fetch("SELECT 1 AS heard")
            # where all lines of the pool are at work, whoever works notices; waiting for one is no silence
            if (pool := engine().pool) is None or pool.has_one_free:
                await fetchval("SELECT 1")
        await _sleep(work, 5.0)


async def _link_audit(work: Work) -> None:
    streams: set[str] = set()
    round_number = 0
    while not work.stopping.is_set():
        grown = await link_committed()
        streams |= grown
        is_full = round_number % FULL_SIGNING_EVERY == 0
        if streams or is_full:
            try:
                now = await county_time()
                await sign_heads(work.heads, work.key, work.key.public.fingerprint, now, None if is_full else streams)
                streams.clear()
            except Exception as failure:  # a full disk or an absent S3 must not stop the chain itself
                log.error("chain heads could not be published: %s", type(failure).__name__)
        round_number += 1
        if not grown:
            await _sleep(work, 0.8)


async def _deliver_outbox(work: Work) -> None:
    """Deliver what is due, a few messages at a time. Several workers take turns; each message is locked by one."""
    while not work.stopping.is_set():
        due = await list_due(MESSAGES_AT_ONCE)
        delivered = await asyncio.gather(*(deliver(message, work.handlers) for message in due))
        if not any(delivered):
            await _sleep(work, 0.8)


async def _keep_search(work: Work) -> None:
    """Every machine with a worker has an index of its own, whoever leads."""
    while not work.stopping.is_set():
        await keep_index(work.search)
        await _sleep(work, 1.0)


async def _tick(work: Work, driver: AsyncpgDriver, name: str, tick: Tick) -> None:
    while not work.stopping.is_set():
        if await _leads(driver):
            try:
                await tick.run(await county_time())
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as failure:
                # a line to the database that broke ends this worker's work; a full disk only what wanted to write
                if not has_no_room(failure):
                    raise
                log.error("%s finds no room on the disk and is tried again", name)
            except Exception:
                log.exception("%s failed and is tried again", name)
        await _sleep(work, tick.every.total_seconds())


async def _leads(driver: AsyncpgDriver) -> bool:
    """Whether this worker does what falls due. The lock lives as long as the worker's own connection."""
    rows = await driver.fetch(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_locks"
        f" WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = {TICK_LOCK})"
        f" THEN true ELSE pg_try_advisory_lock({TICK_LOCK}) END AS leads",
    )
    return bool(rows[0]["leads"])


async def _tidy_queue_log(now: datetime) -> None:
    await execute("DELETE FROM pgqueuer_log WHERE created < clock_timestamp() - interval '7 days'")


TIDY = Tick(_tidy_queue_log, timedelta(hours=1))


async def _sleep(work: Work, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(work.stopping.wait(), seconds)


def main(argv: Sequence[str] = ()) -> int:
    """`marketplace worker`."""
    settings = Settings.from_environment()
    set_up_logs(settings.log_format)
    asyncio.run(run_worker(settings))
    return 0
