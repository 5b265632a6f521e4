"""Deposits as their providers, the buyer and finance see them; before the deadline the bidder alone (R-DOC-08)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_page
from contracts.agreements.queries import contract_facts
from contracts.agreements.rules import is_provider_side
from contracts.deposits.rules import Asked, Facts, Kind, bond_of, check_may_look, counts
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from vendors.providers.queries import own_provider

Row = dict[str, Any]
PAGE_SIZE = 100

_DEPOSIT = """
SELECT d.*, l.reference AS listing_reference, l.title AS listing_title, l.title_en AS listing_title_en, l.closes_at,
       l.ended_at AS listing_ended_at, l.procuring_unit, c.reference AS contract_reference, p.organisation,
       o.name AS provider_name, o.name_en AS provider_name_en
FROM deposit d JOIN listing l ON l.id = d.listing LEFT JOIN contract c ON c.id = d.contract
JOIN provider p ON p.id = d.provider JOIN organisation o ON o.id = p.organisation
"""
# what may be seen by others than the bidder: bonds, and bid deposits after the deadline or the end of the listing
_TOLD = "(d.kind = 'performance' OR l.closes_at <= $1 OR l.ended_at IS NOT NULL)"


async def deposit_page(reference: str, actor: Actor, now: datetime) -> Row:
    """A deposit for its provider, the buyer's office and finance. Raises NotFound for all others."""
    row = await fetchrow(_DEPOSIT + " WHERE d.reference = $1", reference)
    if row is None:
        raise NotFound()
    own = row["organisation"] == actor.organisation_id
    office = row["procuring_unit"] == actor.organisation_id and actor.may(Permission.REVIEW_QUALIFICATION)
    if not (own or office or actor.may(Permission.READ_EVERYTHING)):
        raise NotFound()
    check_may_look(row, own, now)
    return dict(row)


async def lock_deposit(deposit: UUID) -> Row:
    """A deposit, held until the transaction ends. Raises NotFound."""
    if await fetchval("SELECT id FROM deposit WHERE id = $1 FOR UPDATE", deposit) is None:
        raise NotFound()
    row = await fetchrow(_DEPOSIT + " WHERE d.id = $1", deposit)
    assert row is not None
    return dict(row)


async def deposit_of_reference(reference: str) -> Row | None:
    """A deposit by its reference, for news of the payment service."""
    row = await fetchrow(_DEPOSIT + " WHERE d.reference = $1", reference)
    return dict(row) if row else None


async def movements_of(deposit: UUID) -> list[Row]:
    """What moved of a deposit, in order."""
    rows = await fetch("SELECT * FROM deposit_movement WHERE deposit = $1 ORDER BY id", deposit)
    return [dict(r) for r in rows]


async def interest_is_open(deposit: UUID) -> bool:
    """Whether the interest of a late return is owed and not paid yet."""
    return bool(await fetchval(
        "SELECT sum(CASE kind WHEN 'interest' THEN amount ELSE -amount END) > 0 FROM deposit_movement"
        " WHERE deposit = $1 AND kind IN ('interest', 'interest_paid')", deposit,
    ))  # fmt: skip


async def given(asked: Asked) -> list[Row]:
    """What this provider gave for what was asked, the newest first."""
    rows = await fetch(
        _DEPOSIT + " WHERE d.listing = $1 AND d.provider = $2 AND d.kind = $3"
        " AND d.contract IS NOT DISTINCT FROM $4 ORDER BY d.entered_at DESC",
        asked.listing, asked.provider, asked.kind.value, asked.contract,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def asked_for_bid(reference: str, actor: Actor, now: datetime) -> Asked:
    """The bid deposit a listing asks of the actor's provider. Raises NotFound where none is asked."""
    listing = await listing_page(reference)
    provider = (await own_provider(actor))["id"]
    terms = await fetchrow(
        "SELECT bid_deposit, coalesce(bid_validity, 0) AS validity FROM listing_terms WHERE listing = $1", listing["id"]
    )
    if terms is None or not terms["bid_deposit"] or listing["venue"] != "here" or listing["closes_at"] is None:
        raise NotFound()
    return Asked(
        Kind.BID, listing["id"], None, provider, reference, listing["title"], listing["title_en"],
        terms["bid_deposit"], listing["closes_at"],
        county_day(listing["closes_at"]) + timedelta(days=terms["validity"]), f"/listings/{reference}/deposit",
        listing["status"] not in ("published", "suspended") or now >= listing["closes_at"],
    )  # fmt: skip


async def asks_deposit(listing: Row, now: datetime) -> bool:
    """Whether a listing takes bid deposits now."""
    if listing["status"] != "published" or listing["venue"] != "here" or now >= listing["closes_at"]:
        return False
    return bool(await fetchval("SELECT bid_deposit > 0 FROM listing_terms WHERE listing = $1", listing["id"]))


async def asked_for_contract(reference: str, actor: Actor) -> Asked:
    """The performance bond a contract asks of the actor's provider. Raises NotFound where none is asked."""
    contract = await contract_facts(reference, visible_to=actor)
    if not is_provider_side(actor, contract):
        raise NotFound()
    percent = await fetchval("SELECT performance_bond FROM listing_terms WHERE listing = $1", contract["listing"])
    if not percent:
        raise NotFound()
    return Asked(
        Kind.PERFORMANCE, contract["listing"], contract["id"], contract["provider"], reference, contract["title"],
        contract["title_en"], bond_of(contract["amount"], percent), None, contract["service_to"],
        f"/contracts/{reference}/bond", contract["status"] in ("completed", "terminated"),
    )  # fmt: skip


_LISTED = f" WHERE {_TOLD} AND ($2::uuid IS NULL OR l.procuring_unit = $2) AND d.status <> 'asked'"


@dataclass(frozen=True)
class DepositList:
    """One page of the deposits, and what all of them add up to in yuan: money, and guarantees, which are no money."""

    rows: list[Row]
    money: Row
    guarantees: Row
    number: int
    pages: int
    total: int

    def url_for(self, number: int) -> str:
        """The address of another page of the same list."""
        return f"?number={number}"


async def list_deposits(actor: Actor, now: datetime, number: int = 1) -> DepositList:
    """Deposits that others than their bidder may see: of every office for finance, of the own one for a buyer."""
    whose = None if actor.may(Permission.READ_EVERYTHING) else actor.organisation_id
    money, guarantees = await _sums(now, whose, "<>"), await _sums(now, whose, "=")
    total = money["count"] + guarantees["count"]
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    rows = await fetch(
        _DEPOSIT + _LISTED + f" ORDER BY d.return_due NULLS LAST, d.entered_at DESC, d.id LIMIT {PAGE_SIZE} OFFSET $3",
        now, whose, (number - 1) * PAGE_SIZE,
    )  # fmt: skip
    return DepositList([dict(r) for r in rows], money, guarantees, number, pages, total)


async def _sums(now: datetime, whose: UUID | None, paper: str) -> Row:
    """What came in, is held, went back, was forfeited, and the interest beside, of money or of guarantees."""
    row = await fetchrow(
        "SELECT count(*) AS count, coalesce(sum(d.received), 0) AS received, coalesce(sum(d.held), 0) AS held,"
        " coalesce(sum(d.returned), 0) AS returned, coalesce(sum(d.forfeited), 0) AS forfeited,"
        " coalesce(sum(d.interest), 0) AS interest FROM deposit d JOIN listing l ON l.id = d.listing"
        + _LISTED + f" AND d.way {paper} 'guarantee'", now, whose,
    )  # fmt: skip
    assert row is not None
    return dict(row)


@dataclass(frozen=True)
class BidDeposit:
    """How the bid deposit of one bidder stands for the qualification review (R-BID-06)."""

    asked: Decimal
    is_in_time: bool
    is_to_confirm: bool
    reference: str = ""
    way: str = ""
    amount: Decimal = Decimal(0)
    arrived_at: datetime | None = None


async def bid_deposits(listing: UUID, providers: Sequence[UUID]) -> dict[UUID, BidDeposit]:
    """The bid deposit of each bidder; empty where none was asked. Nothing before the opening."""
    asked = await fetchrow(
        "SELECT t.bid_deposit, l.closes_at FROM listing_terms t JOIN listing l ON l.id = t.listing"
        " WHERE t.listing = $1 AND t.bid_deposit > 0 AND l.venue = 'here'"
        " AND l.status IN ('opened', 'evaluated', 'determined', 'awarded', 'failed')",
        listing,
    )  # fmt: skip
    if asked is None:
        return {}
    rows = await fetch(
        "SELECT DISTINCT ON (d.provider) d.* FROM deposit d WHERE d.listing = $1 AND d.kind = 'bid'"
        " AND d.provider = ANY($2::uuid[]) ORDER BY d.provider,"
        " coalesce(d.arrived_at < $3, false) DESC, d.status = 'declared' DESC, d.entered_at DESC",
        listing, list(providers), asked["closes_at"],
    )  # fmt: skip
    found = {r["provider"]: r for r in rows}
    nothing = BidDeposit(asked["bid_deposit"], is_in_time=False, is_to_confirm=False)
    return {p: _standing(found[p], asked["bid_deposit"], asked["closes_at"]) if p in found else nothing
            for p in providers}  # fmt: skip


def _standing(row: Any, asked: Decimal, closes_at: datetime) -> BidDeposit:
    in_time = counts(row["arrived_at"], closes_at) and row["received"] >= asked
    return BidDeposit(
        asked, in_time, row["status"] == "declared", row["reference"], row["way"], row["amount"], row["arrived_at"]
    )


# of a contract `k`: money of a credit note after the payment that it still has to give back, and when the last came
_MONEY_OWED = """(SELECT 1 FROM late_credit lc JOIN invoice li ON li.id = lc.invoice
            LEFT JOIN payment ly ON ly.id = lc.set_off_payment WHERE li.contract = k.id AND lc.returned_on IS NULL
            AND ly.status IS DISTINCT FROM 'paid')"""
_MONEY_BACK = """(SELECT max(lc.returned_on::timestamp AT TIME ZONE 'Asia/Shanghai') FROM late_credit lc
            JOIN invoice li ON li.id = lc.invoice WHERE li.contract = k.id)"""


async def to_be_returned(now: datetime) -> list[tuple[UUID, Facts]]:
    """Every held deposit with the facts that decide whether it goes back now."""
    rows = await fetch(
        f"""
        SELECT d.id, d.kind, d.arrived_at, l.closes_at, b.alive, b.withdrawn_at,
               greatest(a.awarded_at, fell.at) AS awarded_at,
               own.number, own.signed_at, done.at AS fulfilled_at, over.at AS settled_at,
               CASE WHEN l.status IN ('cancelled', 'failed') THEN l.ended_at END AS ended_at
        FROM deposit d JOIN listing l ON l.id = d.listing
        LEFT JOIN LATERAL (SELECT bool_or(x.status IN ('sealed', 'opened')) AS alive,
            max(x.ended_at) FILTER (WHERE x.status = 'withdrawn') AS withdrawn_at
            FROM bid x WHERE x.listing = d.listing AND x.provider = d.provider AND x.stage = 'first') b ON true
        -- a framework has places where others have contracts
        LEFT JOIN LATERAL (SELECT min(t.at) AS awarded_at FROM (
            SELECT k.drawn_up_at AS at FROM contract k WHERE k.listing = d.listing AND NOT k.is_call_off
            AND k.renews IS NULL
            UNION ALL SELECT s.letter_at FROM framework_place s JOIN framework f ON f.id = s.framework
            WHERE f.listing = d.listing) t WHERE l.status = 'awarded') a ON true
        LEFT JOIN LATERAL (SELECT count(*) AS number,
            CASE WHEN bool_and(t.signed_at IS NOT NULL) THEN max(t.signed_at) END AS signed_at FROM (
            SELECT k.signed_at FROM contract k WHERE k.listing = d.listing AND k.provider = d.provider
            AND NOT k.is_call_off AND k.renews IS NULL AND k.status <> 'rescinded'
            UNION ALL SELECT s.signed_at FROM framework_place s JOIN framework f ON f.id = s.framework
            WHERE f.listing = d.listing AND s.provider = d.provider
            AND (s.ended_at IS NULL OR s.signed_at IS NOT NULL)) t) own ON true
        -- who won and fell cannot win again: its deposit waits for nobody else's award
        LEFT JOIN LATERAL (SELECT max(t.at) AS at FROM (
            SELECT z.rescinded_at AS at FROM contract k JOIN rescission z ON z.contract = k.id
            WHERE k.listing = d.listing AND k.provider = d.provider AND k.renews IS NULL
            UNION ALL SELECT s.ended_at FROM framework_place s JOIN framework f ON f.id = s.framework
            WHERE f.listing = d.listing AND s.provider = d.provider AND s.signed_at IS NULL) t) fell ON true
        -- the last of what had to be done: money paid, disputes settled, an advance that came back
        LEFT JOIN LATERAL (SELECT greatest(max(pay.paid_at), max((SELECT max(u.settled_at) FROM payment_dispute u
            WHERE u.invoice = i.id)), max({_MONEY_BACK})) AS at FROM contract k JOIN invoice i ON i.contract = k.id
            JOIN payment pay ON pay.invoice = i.id AND pay.part = 'principal'
            WHERE k.id = d.contract AND k.status IN ('in_force', 'completed') AND NOT EXISTS (SELECT 1
              FROM contract_milestone m WHERE m.contract = k.id AND m.status <> 'paid')
            AND NOT EXISTS {_MONEY_OWED}) done ON true
        -- ended before time: a breach is decided upon, nothing goes back by itself
        LEFT JOIN LATERAL (SELECT greatest(z.decided_at, (SELECT max(pay.paid_at) FROM invoice i JOIN payment pay
            ON pay.invoice = i.id AND pay.part = 'principal' WHERE i.contract = k.id),
            (SELECT max(u.settled_at) FROM payment_dispute u JOIN invoice i ON i.id = u.invoice
             WHERE i.contract = k.id),
            (SELECT max(q.received_on::timestamp AT TIME ZONE 'Asia/Shanghai') FROM advance_claim q
             WHERE q.amendment = z.id), {_MONEY_BACK}) AS at
            FROM contract k JOIN contract_amendment z ON z.contract = k.id AND z.kind = 'termination'
            AND z.status = 'in_force' AND z.ground <> 'breach'
            WHERE k.id = d.contract AND k.status = 'terminated' AND NOT EXISTS (SELECT 1 FROM contract_milestone m
              WHERE m.contract = k.id AND m.status NOT IN ('paid', 'cancelled'))
            AND NOT EXISTS (SELECT 1 FROM advance_claim q WHERE q.amendment = z.id AND q.received_on IS NULL)
            AND NOT EXISTS {_MONEY_OWED}) over
            ON true
        WHERE d.status = 'held' AND d.return_ground = '' ORDER BY d.entered_at LIMIT 500
        """,
    )
    return [
        (r["id"], Facts(
            Kind(r["kind"]), r["arrived_at"], r["closes_at"], r["ended_at"], r["awarded_at"], bool(r["alive"]),
            r["withdrawn_at"], r["number"], r["signed_at"], r["fulfilled_at"],
            r["settled_at"],
        ))
        for r in rows
    ]  # fmt: skip


async def held_deposit_of(listing: UUID, provider: UUID) -> Row | None:
    """The bid deposit that is held of one bidder and is not on its way back; callers guard it."""
    row = await fetchrow(
        "SELECT id, reference, held FROM deposit WHERE listing = $1 AND provider = $2 AND kind = 'bid'"
        " AND status = 'held' AND return_ground = '' ORDER BY entered_at LIMIT 1",
        listing,
        provider,
    )
    return dict(row) if row else None


async def online_unfinished() -> list[Row]:
    """Online deposits whose next step waits for the payment service."""
    rows = await fetch(
        _DEPOSIT + " WHERE d.way = 'online' AND d.checkout <> ''"
        " AND (d.status = 'asked' OR (d.status = 'returning' AND NOT d.refund_failed)"
        "  OR (d.status = 'held' AND d.return_ground = 'twice')) ORDER BY d.entered_at LIMIT 200"
    )
    return [dict(r) for r in rows]


async def online_to_compare(now: datetime) -> list[Row]:
    """The newest online deposits that are not just being asked and may be seen by others than their bidder."""
    rows = await fetch(
        _DEPOSIT + f" WHERE d.way = 'online' AND d.checkout <> '' AND d.status <> 'asked' AND {_TOLD}"
        " ORDER BY d.entered_at DESC LIMIT 200",
        now,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def guarantees_running_out(until: datetime) -> list[Row]:
    """Held guarantees that end by a day and of which nobody was told yet."""
    rows = await fetch(
        _DEPOSIT + " WHERE d.way = 'guarantee' AND d.status = 'held' AND d.reminded_at IS NULL AND d.valid_until <= $1",
        county_day(until),
    )
    return [dict(r) for r in rows]
