"""Lines, run, pay file and payments are one sum whatever comes: corrections, objections, returns, claw-backs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.subsidies import queries
from contracts.subsidies.line_queries import line_page
from contracts.subsidies.line_rules import RECOVERY_TRANSITIONS, RecoveryStatus, left_to_recover
from contracts.subsidies.objections import answer_objection, record_objection
from contracts.subsidies.paying import confirm_subsidies_paid, make_pay_file
from contracts.subsidies.recoveries import decide_recovery, left_of, lift_recovery, propose_recovery, record_return
from contracts.subsidies.services import approve_run, publish_run
from contracts.visits.closing import close_month
from contracts.visits.queries import waiting_visits
from contracts.visits.services import Correction, approve_visits, correct_visit, log_visit
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.errors import Conflict
from tests.builders_contracts import APRIL, MAY, FakeTreasury, World, a_contract_in_force, points
from tests.builders_subsidies import a_run, a_scheme, on_duty, somebody, with_accounts
from tests.cast import actor

MONTHS = (APRIL, MAY, date(2026, 6, 1), date(2026, 7, 1))
# when each month is computed, and when finance approves it
TIMES = [tuple(at_county_time(date(2026, month, day), 10) for day in (9, 22)) for month in (5, 6, 7, 8)]
ENOUGH, WORTH = 240, 300
WHICH = st.integers(0, 2)
ACTS = st.one_of(
    st.tuples(st.just("duty"), WHICH, st.sampled_from([0, 100, 600])),
    st.tuples(st.just("void"), WHICH, st.just(0)),
    st.tuples(st.just("late"), WHICH, st.just(0)),
    st.tuples(st.just("claw"), st.integers(0, 5), st.sampled_from([100, 300])),
    st.tuples(st.just("refuse"), st.integers(0, 5), st.just(300)),
    st.tuples(st.just("lift"), st.integers(0, 5), st.sampled_from([100, 300])),
)
# what happens before a run is computed, what an objection to it comes to, what while it stands in public, what returns
ROUNDS = st.tuples(
    st.lists(ACTS, max_size=3), st.sampled_from(["none", "rejected", "upheld"]), st.lists(ACTS, max_size=1),
    st.sets(st.sampled_from(["唐怡", "甲"]), max_size=1),
)  # fmt: skip


class _Undo(Exception):
    """What one example did is undone."""


@dataclass
class Story:
    """A contract with one worker proved by visits and one by duty, and what was paid to them."""

    world: World
    scheme: UUID
    duty: UUID
    treasury: FakeTreasury = field(default_factory=FakeTreasury)

    async def happen(self, acts: list[tuple[str, int, int]], now: datetime) -> None:
        """Facts are corrected and money is asked back; what cannot be done is refused and changes nothing."""
        for kind, which, amount in acts:
            match kind:
                case "duty":
                    people = (self.world.signer.person_id, self.world.reviewer.person_id)
                    await on_duty(self.duty, MONTHS[which], amount, now, people)
                case "void" | "late":
                    await self._visit(kind, MONTHS[which], now)
                case _:
                    await self._ask_back(kind, which, Decimal(amount), now)

    async def _visit(self, kind: str, month: date, now: datetime) -> None:
        world = self.world
        if kind == "late" and month < county_day(now).replace(day=1):
            taken = await fetchval("SELECT count(DISTINCT chain) FROM visit WHERE date_trunc('month', day) = $1", month)
            wanted = points(world, month + timedelta(days=10 + taken), recipient_code=f"JT-R-{taken:04}")
            await log_visit(uuid4(), wanted, world.worker, now)
        found = await fetch(
            "SELECT v.id, v.day, v.recipient_code FROM visit v WHERE date_trunc('month', v.day) = $1 AND NOT v.is_void"
            " AND v.status = 'approved' AND NOT EXISTS (SELECT 1 FROM visit c WHERE c.corrects = v.id)"
            " ORDER BY v.day LIMIT 1",
            month,
        )
        for row in found if kind == "void" else ():
            wanted = points(world, row["day"], recipient_code=row["recipient_code"])
            await correct_visit(uuid4(), Correction(row["id"], "没有去", is_void=True), wanted, world.worker, now)

    async def _ask_back(self, kind: str, which: int, amount: Decimal, now: datetime) -> None:
        """Ordered and come back, refused, or lifted afterwards, of one of the lines paid so far."""
        liu, sun = await actor("liu.fang", now), await actor("sun.yue", now)
        paid = await fetch(
            "SELECT l.id FROM subsidy_line l JOIN subsidy_run r ON r.id = l.run AND r.status = 'paid'"
            " LEFT JOIN subsidy_payment y ON y.run = r.id AND y.worker_key = l.worker_key WHERE l.amount > 0"
            " AND coalesce(y.status, '') <> 'returned' ORDER BY r.month, l.name, l.month, l.kind"
        )
        if not paid:
            return
        line = paid[which % len(paid)]["id"]
        wanted = min(amount, await left_of(await line_page(line, liu)))
        if wanted > 0:
            asked = await propose_recovery(line, wanted, "证书已吊销", liu, now)
            await decide_recovery(asked, kind != "refuse", "查明了", sun, now)
            if kind != "refuse" and which % 2:
                await record_return(asked, county_day(now), sun, now)
            if kind == "lift":
                await lift_recovery(asked, "弄错了人", sun, now)

    async def close(self, month: date, now: datetime) -> None:
        """Two visits of the month, and all that waits is approved and counted."""
        for day in (7, 8):
            when = month.replace(day=day)
            await log_visit(uuid4(), points(self.world, when), self.world.worker, at_county_time(when, 20))
        waiting = [row["id"] for row in await waiting_visits(self.world.contract, date(2026, 12, 31))]
        await approve_visits(self.world.contract, waiting, self.world.reviewer, now)
        await close_month(self.world.contract, month, self.world.reviewer, now)

    async def pay(self, month: date, outcome: str, meanwhile: Any, returned: set[str], times: Any) -> None:
        """Compute, publish, hear, approve, pay: every step gives the same sum, and a frozen run stays as it is."""
        now, after = times
        run = await a_run(self.scheme, month, now=now)
        await publish_run(run["id"], await actor("liu.fang", now), now)
        await self._hear(run, outcome, now)
        await self.happen(meanwhile, now + timedelta(days=1))
        run = await self._approved(run, month, times)
        sun, before = await actor("sun.yue", after), len(self.treasury.batches)
        if run["total"]:
            await with_accounts(run, after)
            await make_pay_file(run["id"], self.treasury, sun, after)
        lines, sent = await queries.bare_lines(run["id"]), await queries.payments_of(run["id"])
        batch = self.treasury.batches[-1].total if len(self.treasury.batches) > before else Decimal(0)
        amounts = [each["amount"] for each in sent]
        assert sum(line["amount"] for line in lines) == run["total"] == sum(amounts) == batch
        assert all(amount > 0 for amount in amounts)
        if sent:
            back = [each["id"] for each in sent if each["name"] in returned]
            await execute(
                "UPDATE subsidy_payment SET status = 'returned', answered_at = $2 WHERE id = ANY($1::uuid[])",
                back, after,
            )  # fmt: skip
            await confirm_subsidies_paid(run["id"], sun, after)
        assert await queries.bare_lines(run["id"]) == lines

    async def _hear(self, run: dict[str, Any], outcome: str, now: datetime) -> None:
        """Somebody objects while the list is public; upheld means the fact is corrected where it stands."""
        if outcome == "none":
            return
        song, line = await actor("song.ya", now), (await queries.bare_lines(run["id"]))[0]["id"]
        objection = await record_objection(line, "李某", "他不在岗", song, now)
        if outcome == "upheld":
            await self.happen([("duty", 1, 100)], now)
        await answer_objection(objection, outcome == "upheld", "查明了", song, now)

    async def _approved(self, run: dict[str, Any], month: date, times: Any) -> dict[str, Any]:
        """Frozen; where what stands changed since it was computed, only after it was computed anew."""
        now, after = times
        sun = await actor("sun.yue", after)
        try:
            await approve_run(run["id"], sun, after)
        except Conflict:
            later = now + timedelta(days=2)
            anew = await a_run(self.scheme, month, now=later)
            assert anew["id"] != run["id"], "a run that is not approved can be computed anew"
            run = anew
            await publish_run(run["id"], await actor("liu.fang", later), later)
            await approve_run(run["id"], sun, after)
        return await queries.run_page(run["reference"])

    async def check_all_have_their_due(self) -> None:
        """Nobody paid back twice, and what each has is what is due, but for what is carried or was asked back."""
        rows = await fetch(
            "SELECT l.name, l.month, sum(l.amount) - coalesce(sum(b.back), 0) AS net, coalesce(sum(b.kept), 0) AS kept,"
            " coalesce(sum(l.carried) FILTER (WHERE r.month = '2026-07-01'), 0) AS carried"
            " FROM subsidy_line l JOIN subsidy_run r ON r.id = l.run"
            " AND r.status <> 'superseded' LEFT JOIN subsidy_payment y ON y.run = l.run AND y.worker_key = l.worker_key"
            " LEFT JOIN (SELECT line, sum(amount) FILTER (WHERE status <> 'lifted' OR returned_on IS NOT NULL) AS back,"
            "  sum(amount) FILTER (WHERE status <> 'lifted') AS kept FROM subsidy_recovery WHERE status <> 'refused'"
            "  GROUP BY 1) b ON b.line = l.id"
            " WHERE y.status IS DISTINCT FROM 'returned' AND l.month < '2026-07-01' GROUP BY 1, 2"
        )
        for row in rows:
            due = WORTH if await self._minutes(row["name"], row["month"]) >= ENOUGH else 0
            assert row["net"] >= 0, f"taken back twice: {row}"
            assert row["net"] + row["kept"] <= WORTH, f"what was asked back is paid again: {row}"
            if row["net"] > due:
                assert row["net"] - row["carried"] == due, (due, row)
            else:
                assert row["net"] + row["kept"] >= due and not row["carried"], (due, row)

    async def _minutes(self, name: str, month: date) -> int:
        if name == "甲":
            asked = "SELECT minutes FROM duty_certificate WHERE month = $1 AND status = 'countersigned'"
        else:
            asked = (
                "SELECT sum(l.minutes) FROM month_line l JOIN visit v ON v.id = l.visit"
                " WHERE date_trunc('month', v.day) = $1"
            )
        return int(await fetchval(asked, month) or 0)


QUIET: Any = ([], "none", [], set())
ON_DUTY, IN_MAY, NOT_ON_DUTY = ("duty", 0, 600), ("duty", 1, 600), ("duty", 0, 0)
ASKED_BACK = ("claw", 1, 300)  # of 甲's April, as money or with the next run
FIRST = ([ON_DUTY], "none", [], set())


# what was deducted is not asked back, nor deducted when it was asked back meanwhile, nor paid again at the next look
@example([FIRST, ([NOT_ON_DUTY, IN_MAY], "none", [], set()), ([ASKED_BACK], "none", [], set()), QUIET])
@example([FIRST, ([NOT_ON_DUTY, IN_MAY], "rejected", [ASKED_BACK], set()), QUIET, QUIET])
@example([FIRST, ([ASKED_BACK], "none", [], set()), ([ON_DUTY], "none", [], {"甲"}), QUIET])
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ROUNDS, min_size=4, max_size=4))
async def test_lines_run_and_pay_file_are_one_sum_after_any_corrections(db: Any, rounds: list[Any]) -> None:
    """And in the end everybody has what is due by what is known, and nothing was taken back twice."""
    try:
        async with transaction():
            world = await a_contract_in_force()
            story = Story(world, await a_scheme(proof="either"), await somebody({"provider": world.provider}, "甲"))
            for month, times, (acts, outcome, meanwhile, returned) in zip(MONTHS, TIMES, rounds, strict=True):
                await story.happen(acts, times[0] - timedelta(days=1))
                await story.close(month, times[0])
                if month == MONTHS[-1]:  # what happens while it is public would be for the next one
                    outcome, meanwhile, returned = "none", [], set()
                await story.pay(month, outcome, meanwhile, returned, times)
            await story.check_all_have_their_due()
            raise _Undo
    except _Undo:
        pass


def test_what_was_deducted_later_is_not_asked_back_once_more() -> None:
    assert left_to_recover(Decimal(300), Decimal(0), Decimal(300)) == 300
    assert left_to_recover(Decimal(300), Decimal(100), Decimal(200)) == 200
    assert left_to_recover(Decimal(300), Decimal(0), Decimal(0)) == 0
    assert left_to_recover(Decimal(300), Decimal(0), Decimal(-300)) == 0


def test_only_what_was_ordered_is_lifted() -> None:
    lifted = [each for each, to in RECOVERY_TRANSITIONS.items() if RecoveryStatus.LIFTED in to]
    assert lifted == [RecoveryStatus.ORDERED, RecoveryStatus.RETURNED]
