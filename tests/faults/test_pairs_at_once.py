"""Two acts in the same moment on two real connections come to what they come to one after the other, in either order.

For a listing, bids, a contract, a subsidy run and a challenge with its complaint: from a state, two acts of anybody are
drawn by the seed. Both orders are tried in transactions that are taken back; then the two are done at once for good.
Who got through, every status, the money and the audit must be as one of the orders leaves them, and nothing may fail
but by a refusal in words. `FAULTS_PAIRS` is the number of pairs of each kind, `FAULTS_SEED` draws others.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from catalogue.interruptions.rules import NewSuspension
from catalogue.interruptions.services import cancel_published, resume_listing, suspend_listing
from catalogue.listings import progress
from catalogue.listings.services import publish_listing, return_to_draft, submit_for_review
from contracts.agreements.rescinding import Grounds, rescind_contract
from contracts.agreements.services import sign_contract
from contracts.subsidies.paying import confirm_subsidies_paid, make_pay_file
from contracts.subsidies.services import approve_run, compute_run, publish_run
from evaluations.challenges import complaint_services as complaints
from evaluations.challenges.deciding import Decision, decide_complaint
from evaluations.challenges.remedies import Outcome, Remedy
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import answer_challenge, let_go_on, raise_challenge, withdraw_challenge
from marketplace.kernel.clock import at_county_time, county_day, turn_clock_to
from marketplace.kernel.db import fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import say
from tests.at_once import both
from tests.builders_catalogue import a_budget_line, a_draft, a_published_listing
from tests.builders_contracts import APRIL, DRAWN_UP, FakeTreasury, a_closed_month, a_contract, a_contract_in_force
from tests.builders_contracts import a_provider as contract_provider
from tests.builders_disputes import a_complaint_letter, a_letter, an_announced_award, an_answer
from tests.builders_evaluations import director
from tests.builders_subsidies import AFTER, NOW, a_scheme
from tests.builders_vendors import a_provider, a_sealed_bid, a_store, some_contents
from tests.cast import actor
from vendors.bids.services import replace_bid, withdraw_bid

pytestmark = pytest.mark.faults

PAIRS = int(os.environ.get("FAULTS_PAIRS", "30"))
SEED = int(os.environ.get("FAULTS_SEED", "20260601"))
START = at_county_time(date(2026, 3, 2), 9)
AUDIT = "SELECT act, count(*) AS n FROM audit_entry GROUP BY act ORDER BY act"
MONEY = "SELECT free, reserved, committed, paid FROM ledger_line ORDER BY appropriated, free, reserved, committed, paid"

REJECTED = Decision(Outcome.REJECTED, Remedy.CONTINUE, "事实。", "依据。")

Act = Callable[[], Awaitable[Any]]


class Undone(Exception):
    """What was tried is taken back."""


class Kind:
    """A thing that people press at."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    async def begin(self) -> None:
        """A new one."""
        raise NotImplementedError

    async def acts(self) -> dict[str, Act]:
        """What may be pressed now, whether it will be refused or not."""
        raise NotImplementedError

    async def state(self) -> Any:
        """Its own statuses; nothing that is drawn by chance."""
        raise NotImplementedError

    async def seen(self) -> Any:
        """Everything two acts may change."""
        audit = [tuple(row) for row in await fetch(AUDIT)]
        return await self.state(), [tuple(row) for row in await fetch(MONEY)], audit


class Listings(Kind):
    """From a draft to its award, or to its end."""

    async def begin(self) -> None:
        await turn_clock_to(START)
        self.now = START
        self.listing = await a_draft(START, await a_budget_line(START))
        self.reference = await fetchval("SELECT reference FROM listing WHERE id = $1", self.listing)
        self.people = [await actor(name, START) for name in ("wang.min", "li.qiang", "tan.rong")]
        # as far along as one likes: two acts drawn by chance seldom get there
        way = ("submit", "publish", "time", "close", "open", "evaluate", "determine")
        for step in way[: self.chance.randint(0, len(way))]:
            if step == "time":
                self.now = await fetchval("SELECT closes_at FROM listing WHERE id = $1", self.listing)
                await turn_clock_to(self.now)
            else:
                await self._acts(*self.people)[step]()

    async def acts(self) -> dict[str, Act]:
        found = self._acts(*self.people)
        drafter, colleague, stranger = self.people
        found |= {
            "publish by the drafter": self._acts(colleague, drafter, stranger)["publish"],
            "cancel by a stranger": self._acts(drafter, stranger, stranger)["cancel"],
        }
        if await self.state() not in ("draft", "review"):
            found.pop("drop")  # a page of drafts alone has that button
        return found

    def _acts(self, drafter: Any, colleague: Any, _: Any) -> dict[str, Act]:
        listing, reference, now = self.listing, self.reference, self.now
        outage = NewSuspension("outage", "服务器故障", county_day(now) + timedelta(days=3))
        return {
            "submit": lambda: submit_for_review(listing, drafter, now),
            "return": lambda: return_to_draft(listing, "请补充。", colleague, now),
            "publish": lambda: publish_listing(listing, colleague, now),
            "suspend": lambda: suspend_listing(reference, outage, colleague, now),
            "resume": lambda: resume_listing(reference, colleague, now),
            "drop": lambda: progress.cancel_listing(listing, "预算取消。", drafter, now),
            "cancel": lambda: cancel_published(reference, "task_cancelled", "项目取消。", colleague, now),
            "close": lambda: progress.close_if_due(listing, now),
            "open": lambda: progress.mark_opened(listing, colleague, now),
            "evaluate": lambda: progress.mark_evaluated(listing, colleague, now),
            "determine": lambda: progress.mark_determined(listing, colleague, now),
            "fail": lambda: progress.fail_listing(listing, say("不足三家。"), None, colleague, now),
        }

    async def state(self) -> Any:
        return await fetchval("SELECT status FROM listing WHERE id = $1", self.listing)


class Bids(Kind):
    """Two bidders with two tabs each."""

    async def begin(self) -> None:
        await turn_clock_to(START)
        self.now = START
        listing = await a_published_listing(START)
        self.lot, self.listing = listing.lots[0]["id"], listing.id
        self.bidders = [
            await a_provider(START, f"同时第{n}社会工作服务中心", username=f"pairs{n}.{self.chance.random()}"[:30])
            for n in range(2)
        ]
        for bidder in self.bidders[: self.chance.randint(0, 2)]:
            await a_sealed_bid(self.lot, bidder, START)
        if self.chance.random() < 0.2:
            self.now = listing.closes_at
            await turn_clock_to(self.now)

    async def acts(self) -> dict[str, Act]:
        found: dict[str, Act] = {}
        rows = await fetch("SELECT receipt_number AS receipt, provider FROM bid WHERE listing = $1", self.listing)
        for number, bidder in enumerate(self.bidders):
            who = bidder.actor
            for tab in ("", " in another tab"):
                found[f"{number} seals{tab}"] = lambda bidder=bidder: a_sealed_bid(self.lot, bidder, self.now)  # type: ignore[misc]
            for place, row in enumerate(rows):
                own = "own" if row["provider"] == bidder.id else "another's"
                for tab in ("", " in another tab"):
                    found[f"{number} replaces {own} {place}{tab}"] = lambda r=row["receipt"], w=who: replace_bid(  # type: ignore[misc]
                        r, some_contents(), a_store(), w, self.now
                    )
                    found[f"{number} withdraws {own} {place}{tab}"] = lambda r=row["receipt"], w=who: withdraw_bid(  # type: ignore[misc]
                        r, w, self.now
                    )
        return found

    async def state(self) -> Any:
        rows = await fetch(
            "SELECT provider, version, status FROM bid WHERE listing = $1 ORDER BY provider, version", self.listing
        )
        return [tuple(row) for row in rows]


class Contracts(Kind):
    """Signed by both sides in two tabs each, while the award may fall."""

    number = 0

    async def begin(self) -> None:
        await turn_clock_to(DRAWN_UP)
        Contracts.number += 1
        code = f"52510121MJX{Contracts.number:07}"
        provider = await contract_provider(DRAWN_UP, f"同时第{Contracts.number}和风社会工作服务中心", code)
        self.world = await a_contract(provider=provider)
        self.people = [await actor(name, DRAWN_UP) for name in ("tan.rong", "zhao.lei")]

    async def acts(self) -> dict[str, Act]:
        world, now = self.world, DRAWN_UP + timedelta(hours=2)
        stranger, finance = self.people
        grounds = Grounds("金财〔2026〕1号", "中标无效。", "R-DISP-04")
        found: dict[str, Act] = {
            "a stranger signs": lambda: sign_contract(world.contract, stranger.name, stranger, now),
        }
        for tab in ("", " in another tab"):  # inside the transaction of the decision
            fall = partial(rescind_contract, world.contract, grounds, finance, now)
            found[f"the award falls{tab}"] = partial(apart, fall)
        for who in (world.signer, world.director):
            for tab in ("", " in another tab"):
                found[f"{who.name} signs{tab}"] = lambda who=who: sign_contract(world.contract, who.name, who, now)  # type: ignore[misc]
        return found

    async def state(self) -> Any:
        row = await fetchrow(
            "SELECT status, published_at IS NOT NULL, (SELECT count(*) FROM signature WHERE contract = c.id)"
            " FROM contract c WHERE id = $1",
            self.world.contract,
        )
        return tuple(row)  # type: ignore[arg-type]


class Subsidies(Kind):
    """A run that civil affairs computes and shows, and finance freezes and pays."""

    world: Any = None

    async def begin(self) -> None:
        await turn_clock_to(NOW)
        if self.world is None:
            self.world = await a_contract_in_force()
            await a_closed_month(self.world)
        self.number = getattr(self, "number", 0) + 1
        self.people = await actor("liu.fang", NOW), await actor("sun.yue", NOW)
        self.scheme = await a_scheme(f"金民发〔2026〕{200 + self.number}号", proof="either")
        self.now = NOW
        steps = self.chance.randint(0, 5)
        for step in ("compute", "publish", "time", "freeze", "pay file")[:steps]:
            if step == "time":
                self.now = AFTER
                await turn_clock_to(AFTER)
            elif step in (acts := await self.acts()):
                await tried(acts[step])

    async def acts(self) -> dict[str, Act]:
        civil, finance = self.people
        run = await fetchval("SELECT id FROM subsidy_run WHERE scheme = $1", self.scheme)
        compute: Act = partial(compute_run, self.scheme, APRIL, 1, civil, self.now)
        found = {f"compute{tab}": compute for tab in ("", " in another tab")}
        if run:
            for tab in ("", " in another tab"):
                found |= {
                    f"publish{tab}": lambda: publish_run(run, civil, self.now),
                    f"freeze{tab}": lambda: approve_run(run, finance, self.now),
                    f"pay file{tab}": lambda: make_pay_file(run, FakeTreasury(), finance, self.now),
                    f"confirm{tab}": lambda: confirm_subsidies_paid(run, finance, self.now),
                }
        return found

    async def state(self) -> Any:
        row = await fetchrow(
            "SELECT count(*), string_agg(r.status, ' '), sum(r.total),"
            " (SELECT sum(l.amount) FROM subsidy_line l JOIN subsidy_run s ON s.id = l.run WHERE s.scheme = $1),"
            " (SELECT sum(p.amount) FROM subsidy_payment p JOIN subsidy_run s ON s.id = p.run WHERE s.scheme = $1)"
            " FROM subsidy_run r WHERE r.scheme = $1",
            self.scheme,
        )
        return tuple(row)  # type: ignore[arg-type]


class Challenges(Kind):
    """A letter against an award, its answer, and the complaint after it."""

    async def begin(self) -> None:
        await turn_clock_to(START)
        self.opened = await an_announced_award(START)
        self.now = self.opened.now + timedelta(days=1)
        await turn_clock_to(self.now)
        self.people = {
            "challenger": await director("云顶", self.now), "buyer": self.opened.buyer,
            "finance": await actor("zhao.lei", self.now),
        }  # fmt: skip
        for step in ("challenge", "answer", "complain", "accept", "reply")[: self.chance.randint(0, 5)]:
            await (await self.acts())[step]()

    async def acts(self) -> dict[str, Act]:
        now, people = self.now, self.people
        last = "WHERE listing = $1 ORDER BY raised_at DESC, reference DESC LIMIT 1"
        letter = await fetchval(f"SELECT reference FROM challenge {last}", self.opened.listing.id)
        complaint = await fetchval(f"SELECT reference FROM complaint {last}", self.opened.listing.id)
        found: dict[str, Act] = {}
        for tab in ("", " in another tab"):
            found[f"challenge{tab}"] = lambda: raise_challenge(
                self.opened.listing.reference, a_letter(Stage.RESULT, self.opened.lot, people["challenger"].name), [],
                a_store(), (people["challenger"], now),
            )  # fmt: skip
            if letter:
                found |= {
                    f"withdraw{tab}": lambda: withdraw_challenge(letter, people["challenger"], now),
                    f"go on{tab}": lambda: let_go_on(letter, "不影响结果。", people["buyer"], now),
                    f"answer{tab}": lambda: answer_challenge(letter, an_answer(), people["buyer"], now),
                    f"complain{tab}": lambda: self._complain(letter),
                }
            if complaint:
                found |= {
                    f"accept{tab}": lambda: complaints.accept_complaint(complaint, people["finance"], now),
                    f"refuse{tab}": lambda: complaints.refuse_complaint(complaint, "不属于。", people["finance"], now),
                    f"withdraw it{tab}": lambda: complaints.withdraw_complaint(complaint, people["challenger"], now),
                    f"reply{tab}": lambda: complaints.reply_to_complaint(complaint, "评审合法。", people["buyer"], now),
                    f"decide{tab}": lambda: decide_complaint(complaint, REJECTED, people["finance"], now),
                }
        return found

    async def _complain(self, letter: str) -> Any:
        who = self.people["challenger"]
        return await complaints.raise_complaint(letter, await a_complaint_letter(letter, who), who, self.now)

    async def state(self) -> Any:
        row = await fetchrow(
            "SELECT (SELECT array_agg(status ORDER BY status) FROM challenge WHERE listing = $1),"
            " (SELECT array_agg(status ORDER BY status) FROM complaint WHERE listing = $1),"
            " (SELECT count(*) FROM procurement_hold WHERE ended_at IS NULL), (SELECT count(*) FROM procurement_hold)",
            self.opened.listing.id,
        )
        return tuple(row)  # type: ignore[arg-type]


async def tried(act: Act) -> bool:
    """Whether it got through; anything but a refusal in words is a failure of the test."""
    try:
        await act()
    except DomainError:
        return False
    return True


async def in_turn(acts: list[Act], kind: Kind, order: list[int]) -> Any:
    """What the acts come to one after the other; taken back."""
    did = [False] * len(acts)
    try:
        async with transaction():
            for number in order:
                did[number] = await tried(partial(apart, acts[number]))
            raise Undone(await kind.seen())
    except Undone as undone:
        return did, undone.args[0]


async def apart(act: Act) -> Any:
    """A refused act leaves nothing behind, as it does in a transaction of its own."""
    async with transaction():
        return await act()


KINDS = {"listing": Listings, "bid": Bids, "contract": Contracts, "subsidy": Subsidies, "challenge": Challenges}
A_HISTORY = 4  # pairs at one thing, then another one is begun


@pytest.mark.parametrize("name", KINDS)
async def test_what_two_do_at_once_is_what_they_do_one_after_the_other(committed: None, name: str) -> None:
    chance, kind = random.Random(f"{SEED} {name}"), KINDS[name](random.Random(f"{SEED} {name} begins"))
    came: Counter[int] = Counter()
    for number in range(PAIRS):
        if number % A_HISTORY == 0:
            await kind.begin()
        acts = await kind.acts()
        names = chance.choices(sorted(acts), k=2)
        pair = [acts[each] for each in names]
        orders = [await in_turn(pair, kind, order) for order in ([0, 1], [1, 0])]
        found = await both(*(tried(act) for act in pair))
        for each in found:
            if isinstance(each, BaseException):
                raise AssertionError(f"{names}: {each!r}") from each
        done = (found, await kind.seen())
        assert done in orders, f"pair {number} {names}: {done} is neither {orders[0]} nor {orders[1]}"
        came[sum(found)] += 1
    print(f"{name}: {PAIRS} pairs at once, seed {SEED}: both passed {came[2]} times, one {came[1]}, none {came[0]}")
    assert came[2] + came[1] > PAIRS // 4, "they must meet where something happens"
