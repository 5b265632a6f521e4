"""What a receipt says, how receipts are chained, and how anybody checks both from two files. All pure.

The receipt is signed when it is handed out; its place in the chain is known only after the deadline (R-COUNT-01).
Every text that is hashed or signed is canonical JSON: sorted names, no spaces, UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marketplace.gateways.signing import USUAL, SigningKey, VerifyingKey, load_public_key
from marketplace.kernel.hashing import SHA256, hashed, named
from marketplace.kernel.i18n import N_, Sentence, say

RECEIPT_FORMAT = "sealed-bid-receipt-1"
CHAIN_FORMAT = "receipt-chain-1"
RECEIPT_FIELDS = ("receipt", "listing", "lot", "stage", "version", "sealed_at", "sha256", "size")
LINK_FIELDS = ("position", "act", "receipt", "replaces", "lot", "at", "sha256")
HEAD_FIELDS = ("listing", "stage", "closes_at", "length", "head")
SIGNING_WORDS = {USUAL: "Ed25519", "sm2-sm3": "SM2"}


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
    """Whose chain: a listing's stage, the deadline at which it was closed, and the algorithm that chains it."""

    listing: str
    stage: str
    closes_at: datetime
    hashed_by: str = SHA256


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way in which something is written before it is hashed or signed."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def utc(moment: datetime) -> str:
    """A moment as it stands in receipts and chains."""
    return moment.astimezone(UTC).isoformat()


def signed_receipt(facts: Mapping[str, Any], key: SigningKey, *older: SigningKey) -> dict[str, Any]:
    """The receipt as a file: what was received, signed by the service; by its older keys too, where it has some."""
    said = {name: facts[name] for name in RECEIPT_FIELDS}
    first = {"format": RECEIPT_FORMAT, "receipt": said, "key": key.public.fingerprint}
    return first | signed_by(_receipt_text(said), key, *older)


def signed_by(text: bytes, key: SigningKey, *older: SigningKey) -> dict[str, Any]:
    """The signatures of a text as they stand in a file; what is not of the usual kind is named."""
    made = {"signature": key.sign(text), "public_key": key.public.pem}
    if key.public.algorithm != USUAL:
        made["algorithm"] = key.public.algorithm
    return made | ({"also": [signed_by(text, each) for each in older]} if older else {})


def signing_word(signed: Mapping[str, Any]) -> str:
    """The name of what signed a file, as people know it."""
    return SIGNING_WORDS.get(signed.get("algorithm", USUAL), str(signed.get("algorithm")))


def _receipt_text(said: Mapping[str, Any]) -> bytes:
    return canonical({"format": RECEIPT_FORMAT, **said})


def first_hash(listing: str, stage: str, algorithm: str = SHA256) -> str:
    """What the first link hangs on: the name of the chain itself."""
    return hashed(
        canonical({"format": CHAIN_FORMAT, "listing": listing, "stage": stage, **named(algorithm)}), algorithm
    )


def link_hash(before: str, link: Mapping[str, Any], algorithm: str = SHA256) -> str:
    """The hash of a link over the one before and everything it says."""
    said = {name: link[name] for name in LINK_FIELDS}
    return hashed(before.encode() + b"\n" + canonical(said), algorithm)


def chained(place: ChainPlace, acts: Sequence[Act]) -> list[dict[str, Any]]:
    """The links of a chain in the order in which things happened; equal moments stand in the order of receipts."""
    before, links = first_hash(place.listing, place.stage, place.hashed_by), []
    for position, act in enumerate(sorted(acts, key=lambda each: (each.at, each.receipt, each.act)), start=1):
        link: dict[str, Any] = {
            "position": position, "act": act.act, "receipt": act.receipt, "replaces": act.replaces, "lot": act.lot,
            "at": utc(act.at), "sha256": act.sha256,
        }  # fmt: skip
        before = link["hash"] = link_hash(before, link, place.hashed_by)
        links.append(link)
    return links


def head_of(place: ChainPlace, links: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is signed and mailed at the deadline: the last hash, and how many links lead to it."""
    last = links[-1]["hash"] if links else first_hash(place.listing, place.stage, place.hashed_by)
    return {
        "listing": place.listing, "stage": place.stage, "closes_at": utc(place.closes_at), "length": len(links),
        "head": last, **named(place.hashed_by),
    }  # fmt: skip


def head_text(head: Mapping[str, Any]) -> bytes:
    """The text of a head under its signature."""
    said = {name: head[name] for name in HEAD_FIELDS}
    return canonical({"format": CHAIN_FORMAT, **said, **named(head.get("hashed_by", SHA256))})


def first_difference(receipt: Any, chain: Any, key: VerifyingKey | None = None) -> Sentence | int:
    """The receipt's position in the chain, or the first thing that does not fit. `key`: one got by another way."""
    try:
        return _difference(receipt, chain, key)
    except (KeyError, TypeError, ValueError, AttributeError):
        return say(N_("文件不是本平台的回执或回执链，或者缺了内容。请重新下载。"))


def _difference(receipt: Any, chain: Any, key: VerifyingKey | None) -> Sentence | int:
    if receipt["format"] != RECEIPT_FORMAT or chain["format"] != CHAIN_FORMAT:
        return say(N_("文件不是本平台的回执或回执链，或者缺了内容。请重新下载。"))
    said, own = receipt["receipt"], _keys_of(receipt)
    if key is not None and key.fingerprint not in own:
        return say(N_("回执不是用给出的公钥签的：回执用的是 {found}。"), found=next(iter(own)))
    if not _is_signed(receipt, _receipt_text({name: said[name] for name in RECEIPT_FIELDS})):
        return say(N_("回执的签名不对：回执 {receipt} 的内容被改过。"), receipt=said["receipt"])
    # where a county changed its algorithm meanwhile, the newer file is signed by the older key too
    if not own.keys() & _keys_of(chain).keys():
        return say(N_("回执和回执链不是用同一把密钥签的。"))
    for name, label in (("listing", N_("项目")), ("stage", N_("阶段"))):
        if said[name] != chain[name]:
            words = N_("{what}不同：回执是 {own}，回执链是 {other}。")
            return say(words, what=Sentence(label), own=str(said[name]), other=str(chain[name]))
    return _broken_link(chain) or _own_link(said, chain["entries"])


def _signatures(file: Any) -> list[tuple[VerifyingKey, str]]:
    return [
        (load_public_key(each["public_key"], each.get("algorithm", USUAL)), each["signature"])
        for each in (file, *file.get("also", ()))
    ]


def _keys_of(file: Any) -> dict[str, VerifyingKey]:
    return {key.fingerprint: key for key, _ in _signatures(file)}


def _is_signed(file: Any, text: bytes) -> bool:
    """Whether every signature of a file holds."""
    return all(key.verify(text, signature) for key, signature in _signatures(file))


def _broken_link(chain: Any) -> Sentence | None:
    algorithm = chain.get("hashed_by", SHA256)
    before = first_hash(chain["listing"], chain["stage"], algorithm)
    for position, link in enumerate(chain["entries"], start=1):
        before = link_hash(before, link, algorithm)
        if link["position"] != position or link["hash"] != before:
            return say(N_("回执链第 {position} 条的哈希值不对：它或者它前面的内容被改过。"), position=position)
    if chain["length"] != len(chain["entries"]) or chain["head"] != before:
        words = N_("回执链的链头不对：链头是 {head}，按内容算出来是 {computed}。")
        return say(words, head=chain["head"], computed=before)
    if not _is_signed(chain, head_text(chain)):
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
