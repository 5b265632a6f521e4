"""The receipt of a sealed bid as a paper: what was received, and what proves it."""

from __future__ import annotations

from typing import Any

from catalogue.notices.content import Paper, Section, facts, text
from marketplace.gateways.signing import Keyring
from marketplace.kernel.formats import moment
from marketplace.kernel.i18n import N_, current_language, translate
from vendors.receipts.rules import signed_receipt, signing_word, utc


def signed_facts(bid: dict[str, Any], keys: Keyring) -> dict[str, Any]:
    """The receipt as a signed file; times in UTC."""
    return signed_receipt(
        {
            "receipt": bid["receipt_number"], "listing": bid["listing_reference"], "lot": bid["lot_number"],
            "stage": bid["stage"], "version": bid["version"], "sealed_at": utc(bid["sealed_at"]),
            "sha256": bid["sealed_sha256"], "size": bid["sealed_size"],
        },
        keys.current, *keys.older,
    )  # fmt: skip


def receipt_paper(bid: dict[str, Any], signed: dict[str, Any], stage_label: str, site: str) -> Paper:
    """The paper in the reader's language; the signature stands on it in full, to be typed or copied."""
    lot = translate(N_("第 {lot} 包 {title}")).format(lot=bid["lot_number"], title=bid["lot_title"])
    what = facts(
        (translate(N_("回执编号")), bid["receipt_number"]),
        (translate(N_("项目")), f"{bid['listing_reference']} {bid['title']}"),
        (translate(N_("包号")), lot),
        (translate(N_("文件")), translate(stage_label)),
        (translate(N_("版本")), str(bid["version"])),
        (translate(N_("封存时间")), moment(bid["sealed_at"])),
        (translate(N_("封存人")), bid["sealed_by_name"]),
        (translate(N_("大小（字节）")), str(bid["sealed_size"])),
        ("SHA-256", bid["sealed_sha256"]),
    )
    proof = facts(
        (translate(N_("签名（{algorithm}，base64）")).format(algorithm=signing_word(signed)), signed["signature"]),
        (translate(N_("签名公钥指纹")), signed["key"]),
    )
    files = f"{bid['receipt_number']}.json --chain {bid['listing_reference']}-{bid['stage']}.json"
    how = text(
        translate(N_("截止以后，本项目的回执链公开。把回执数据（JSON）和回执链下载到自己的电脑，运行：")),
        f"marketplace verify receipt {files}",
        translate(N_("不需要联网，也不需要登录。结果说明回执在链上的位置，或者第一处不同。")),
    )
    return Paper(
        kind="receipt", title=translate(N_("封存回执")), number=bid["receipt_number"], issuer="", issued_on="",
        language=current_language.get(), address=f"{site}/listings/{bid['listing_reference']}/receipts",
        sections=(
            Section(translate(N_("收到的文件")), (what,)), Section(translate(N_("平台的签名")), (proof,)),
            Section(translate(N_("怎样核对")), (how,)),
        ),
    )  # fmt: skip
