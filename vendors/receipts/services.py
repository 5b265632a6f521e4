"""Close the chain of receipts at the deadline: hash, sign, publish, and tell every bidder and the auditors."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.accounts.trail import record
from marketplace.gateways.signing import USUAL, Keyring
from marketplace.kernel.db import execute_together, fetchrow, fetchval, insert, transaction
from marketplace.kernel.formats import moment
from marketplace.kernel.hashing import hashing_now
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.outbox.services import mail_message
from vendors.receipts import queries
from vendors.receipts.rules import chained, head_of, head_text, signed_by
from vendors.receipts.tables import ReceiptChain, ReceiptLink

AT_A_TIME = 20
# a chain closed long after its deadline (the first start after an update) is published, but is no news
NEWS = timedelta(days=30)


async def close_all_chains(keys: Keyring, now: datetime) -> None:
    """Close every chain whose deadline has passed."""
    for due in await queries.due_chains(now, AT_A_TIME):
        await close_chain(due, keys)


async def close_chain(due: queries.Row, keys: Keyring) -> bool:
    """Close one chain; twice does no harm. Whether it was closed now."""
    listing, stage = due["listing"], due["stage"]
    async with transaction():
        at = await _hold(listing, stage)
        if at is None:
            return False
        place = queries.place_of(due | {"closes_at": at["closes_at"]}, hashing_now())
        links = chained(place, await queries.acts_of(listing, stage))
        head = head_of(place, links)
        signed = await asyncio.to_thread(signed_by, head_text(head), keys.current, *keys.older[:1])
        chain = await insert(
            ReceiptChain, listing=listing, stage=stage, closes_at=place.closes_at, length=head["length"],
            head=head["head"], hashed_by=place.hashed_by, published_at=at["now"],
            **_kept(signed),
        )  # fmt: skip
        await _write_links(chain, links)
        detail = {"reference": place.listing, "stage": stage, "head": head["head"]}
        await record("receipts.chain_closed", ("listing", str(listing)), None, detail, at["now"])
        if links and at["now"] - place.closes_at < NEWS:
            await _tell(listing, head, at["now"])
    return True


def _kept(signed: dict[str, Any]) -> dict[str, str]:
    """The signatures of a head as columns: the one of now, and the older key's where a county changed its algorithm."""
    older = signed.get("also", [{}])[0]
    return {
        "signature": signed["signature"], "public_key": signed["public_key"],
        "algorithm": signed.get("algorithm", USUAL), "older_signature": older.get("signature", ""),
        "older_public_key": older.get("public_key", ""), "older_algorithm": older.get("algorithm", USUAL),
    }  # fmt: skip


async def _hold(listing: UUID, stage: str) -> Any:
    """Wait for every bid that is being entered; None when the deadline was moved or the chain is closed already."""
    await fetchval("SELECT id FROM listing WHERE id = $1 FOR UPDATE", listing)
    await fetchval("SELECT id FROM final_price_window WHERE listing = $1 FOR UPDATE", listing)
    return await fetchrow(
        "SELECT s.closes_at, county_now() AS now FROM (SELECT CASE WHEN $2 = 'final' THEN w.closes_at ELSE l.closes_at"
        " END AS closes_at FROM listing l LEFT JOIN final_price_window w ON w.listing = l.id WHERE l.id = $1) s"
        " WHERE s.closes_at <= county_now()"
        " AND NOT EXISTS (SELECT FROM receipt_chain c WHERE c.listing = $1 AND c.stage = $2)",
        listing, stage,
    )  # fmt: skip


async def _write_links(chain: UUID, links: list[dict[str, Any]]) -> None:
    rows = [
        ReceiptLink(
            chain=chain, position=link["position"], act=link["act"], receipt_number=link["receipt"],
            replaces=link["replaces"], lot_number=link["lot"], happened_at=datetime.fromisoformat(link["at"]),
            sealed_sha256=link["sha256"], link_hash=link["hash"],
        )
        for link in links
    ]  # fmt: skip
    if rows:
        await ReceiptLink.insert(*rows)


async def _tell(listing: UUID, head: dict[str, Any], now: datetime) -> None:
    values = {**head, "at": moment(datetime.fromisoformat(head["closes_at"]))}
    subject = translate(N_("回执链头：{listing}")).format(**values)
    body = translate(
        N_(
            "{listing} 已于 {at} 截止。回执链共 {length} 条，链头：\n{head}\n\n"
            "下载回执链和自己的回执，用 marketplace verify receipt 回执 --chain 回执链 核对，不需要联网。\n"
            "回执链：/listings/{listing}/receipts\n请保存这封邮件：以后任何改动都会使链头不同。"
        )
    ).format(**values)
    letters = [mail_message(to, subject, body, now) for to in await queries.who_is_told(listing, head["stage"])]
    if letters:
        await execute_together(*letters)
