"""What a receipt says, how receipts are chained, and how anybody checks both from two files. All pure.

The receipt is signed when it is handed out; its place in the chain is known only after the deadline (R-COUNT-01).
Every text that is hashed or signed is canonical JSON: sorted names, no spaces, UTF-8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marketplace.gateways.signing import SigningKey, VerifyingKey, load_public_key
from marketplace.kernel.i18n import N_, Sentence, say

RECEIPT_FORMAT = "sealed-bid-receipt-1"
CHAIN_FORMAT = "receipt-chain-1"
RECEIPT_FIELDS = ("receipt", "listing", "lot", "stage", "version", "sealed_at", "sha256", "size")
LINK_FIELDS = ("position", "act", "receipt", "replaces", "lot", "at", "sha256")
HEAD_FIELDS = ("listing", "stage", "closes_at", "length", "head")


@dataclass(frozen=True)
class Act:
    """Something that a bidder did before the deadline."""

    act: str
    receipt: str
    replaces: str
    lot: int
    at: datetime
    sha256: str


@dataclass(frozen=True)
class ChainPlace:
    """Whose chain: a listing's stage and the deadline at which it was closed."""

    listing: str
    stage: str
    closes_at: datetime


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way in which something is written before it is hashed or signed."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def utc(moment: datetime) -> str:
    """A moment as it stands in receipts and chains."""
    return moment.astimezone(UTC).isoformat()


def signed_receipt(facts: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The receipt as a file: what was received, signed by the service."""
    said = {name: facts[name] for name in RECEIPT_FIELDS}
    return {
        "format": RECEIPT_FORMAT, "receipt": said, "signature": key.sign(_receipt_text(said)),
        "key": key.public.fingerprint, "public_key": key.public.pem,
    }  # fmt: skip


def _receipt_text(said: Mapping[str, Any]) -> bytes:
    return canonical({"format": RECEIPT_FORMAT, **said})


def first_hash(listing: str, stage: str) -> str:
    """What the first link hangs on: the name of the chain itself."""
    return hashlib.sha256(canonical({"format": CHAIN_FORMAT, "listing": listing, "stage": stage})).hexdigest()


def link_hash(before: str, link: Mapping[str, Any]) -> str:
    """The hash of a link over the one before and everything it says."""
    said = {name: link[name] for name in LINK_FIELDS}
    return hashlib.sha256(before.encode() + b"\n" + canonical(said)).hexdigest()


def chained(place: ChainPlace, acts: Sequence[Act]) -> list[dict[str, Any]]:
    """The links of a chain in the order in which things happened; equal moments stand in the order of receipts."""
    before, links = first_hash(place.listing, place.stage), []
    for position, act in enumerate(sorted(acts, key=lambda each: (each.at, each.receipt, each.act)), start=1):
        link: dict[str, Any] = {
            "position": position, "act": act.act, "receipt": act.receipt, "replaces": act.replaces, "lot": act.lot,
            "at": utc(act.at), "sha256": act.sha256,
        }  # fmt: skip
        before = link["hash"] = link_hash(before, link)
        links.append(link)
    return links


def head_of(place: ChainPlace, links: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is signed and mailed at the deadline: the last hash, and how many links lead to it."""
    last = links[-1]["hash"] if links else first_hash(place.listing, place.stage)
    return {
        "listing": place.listing, "stage": place.stage, "closes_at": utc(place.closes_at), "length": len(links),
        "head": last,
    }  # fmt: skip


def head_text(head: Mapping[str, Any]) -> bytes:
    """The text of a head under its signature."""
    return canonical({"format": CHAIN_FORMAT, **{name: head[name] for name in HEAD_FIELDS}})


def first_difference(receipt: Any, chain: Any, key: VerifyingKey | None = None) -> Sentence | int:
    """The receipt's position in the chain, or the first thing that does not fit. `key`: one got by another way."""
    try:
        return _difference(receipt, chain, key)
    except (KeyError, TypeError, ValueError, AttributeError):
        return say(N_("文件不是本平台的回执或回执链，或者缺了内容。请重新下载。"))


def _difference(receipt: Any, chain: Any, key: VerifyingKey | None) -> Sentence | int:
    if receipt["format"] != RECEIPT_FORMAT or chain["format"] != CHAIN_FORMAT:
        return say(N_("文件不是本平台的回执或回执链，或者缺了内容。请重新下载。"))
    said, own_key = receipt["receipt"], load_public_key(receipt["public_key"])
    if key is not None and own_key.fingerprint != key.fingerprint:
        return say(N_("回执不是用给出的公钥签的：回执用的是 {found}。"), found=own_key.fingerprint)
    if not own_key.verify(_receipt_text({name: said[name] for name in RECEIPT_FIELDS}), receipt["signature"]):
        return say(N_("回执的签名不对：回执 {receipt} 的内容被改过。"), receipt=said["receipt"])
    if own_key.fingerprint != load_public_key(chain["public_key"]).fingerprint:
        return say(N_("回执和回执链不是用同一把密钥签的。"))
    for name, label in (("listing", N_("项目")), ("stage", N_("阶段"))):
        if said[name] != chain[name]:
            words = N_("{what}不同：回执是 {own}，回执链是 {other}。")
            return say(words, what=Sentence(label), own=str(said[name]), other=str(chain[name]))
    return _broken_link(chain, own_key) or _own_link(said, chain["entries"])


def _broken_link(chain: Any, key: VerifyingKey) -> Sentence | None:
    before = first_hash(chain["listing"], chain["stage"])
    for position, link in enumerate(chain["entries"], start=1):
        before = link_hash(before, link)
        if link["position"] != position or link["hash"] != before:
            return say(N_("回执链第 {position} 条的哈希值不对：它或者它前面的内容被改过。"), position=position)
    if chain["length"] != len(chain["entries"]) or chain["head"] != before:
        words = N_("回执链的链头不对：链头是 {head}，按内容算出来是 {computed}。")
        return say(words, head=chain["head"], computed=before)
    if not key.verify(head_text(chain), chain["signature"]):
        return say(N_("回执链链头的签名不对。"))
    return None


def _own_link(said: Mapping[str, Any], links: Sequence[Mapping[str, Any]]) -> Sentence | int:
    link = next((each for each in links if each["receipt"] == said["receipt"] and each["act"] == "sealed"), None)
    if link is None:
        return say(N_("回执 {receipt} 不在回执链上。请保留回执并报告审计。"), receipt=said["receipt"])
    compared = (("sha256", "sha256", "SHA-256"), ("sealed_at", "at", N_("时间")), ("lot", "lot", N_("包号")))
    for own, other, label in compared:
        if said[own] != link[other]:
            words = N_("{what}不同：回执是 {own}，回执链是 {other}。")
            return say(words, what=Sentence(label), own=str(said[own]), other=str(link[other]))
    return int(link["position"])
