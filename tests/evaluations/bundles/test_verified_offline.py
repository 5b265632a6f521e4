"""The three files that anybody may check at home: a process of its own, with no database, no settings and no folder."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from evaluations.bundles.queries import bundle
from evaluations.bundles.shape import PUBLIC
from marketplace.gateways.signing import make_or_load_key
from marketplace.kernel.draws.file import draw_file
from marketplace.kernel.draws.rules import Candidate, frozen_list
from tests.builders_disputes import an_announced_award
from tests.conftest import ROOT
from vendors.receipts.rules import Act, ChainPlace, chained, head_of, head_text, signed_receipt

NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"


def a_receipt(folder: Path, now: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A receipt and the public chain in which it stands."""
    key = make_or_load_key(folder / "key.pem")
    place = ChainPlace("CG-2026-0001", "first", now)
    links = chained(
        place, [Act("sealed", "HZ-0000", "", 1, now, "b" * 64), Act("sealed", "HZ-1", "", 1, now, "a" * 64)]
    )
    head = head_of(place, links)
    facts = {
        "receipt": "HZ-1", "listing": "CG-2026-0001", "lot": 1, "stage": "first", "version": 1,
        "sealed_at": now.isoformat(), "sha256": "a" * 64, "size": 5000,
    }  # fmt: skip
    signed = {"signature": key.sign(head_text(head)), "public_key": key.public.pem}
    return signed_receipt(facts, key), {"format": "receipt-chain-1", **head, **signed, "entries": links}


def a_draw() -> dict[str, Any]:
    """The file of a draw of two out of three."""
    candidates = [Candidate(f"K{number}", f"第{number}家社会工作服务中心") for number in range(3)]
    present = [{"name": "甲", "words": "7 2 9"}, {"name": "乙", "words": "大雪"}]
    frozen = frozen_list("CQ-2026-0001", "抽取受邀请的供应商", 2, candidates, "5e" * 32)
    return draw_file(frozen, {"stream": "main", "position": 41, "hash": "c4" * 32}, present)


async def verified(folder: Path, *words: str) -> tuple[int | None, str]:
    """Exit code and what was said, by a process whose database and folder are nowhere."""
    told = {"PATH": os.environ["PATH"], "DATABASE_URL": NOWHERE, "MARKETPLACE_VAR": str(folder / "nothing")}
    command = [sys.executable, "-m", "marketplace.cli", "verify", *words]
    told |= {"PYTHONPATH": str(ROOT), "HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=told, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_bundle_receipt_and_draw_are_checked_without_database_and_what_was_changed_is_named(
    clock: Any, tmp_path: Path
) -> None:
    opened = await an_announced_award(await clock.now())
    said = json.loads(json.dumps(await bundle(opened.listing.reference, PUBLIC)))
    (receipt, chain), draw = a_receipt(tmp_path, opened.now), a_draw()

    def kept(name: str, content: Any) -> str:
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
        return f"{name}.json"

    good = [
        ("bundle", kept("bundle", said)),
        ("receipt", kept("receipt", receipt), "--chain", kept("chain", chain)),
        ("draw", kept("draw", draw)),
    ]
    said["lots"][0]["winner"]["public"]["total"] = "99"
    chain["entries"][0]["sha256"] = "0" * 64
    draw["present"][1]["words"] = "小雪"
    bad = [
        ("bundle", kept("bundle-2", said)),
        ("receipt", "receipt.json", "--chain", kept("chain-2", chain)),
        ("draw", kept("draw-2", draw)),
    ]
    before = sorted(each.name for each in tmp_path.iterdir())
    found = await asyncio.gather(*(verified(tmp_path, *words) for words in [*good, *bad]))
    assert [code for code, _ in found] == [0, 0, 0, 1, 1, 1], found
    for (_, words), named in zip(found[3:], ("根哈希", "第 1 条的哈希值不对", "seed"), strict=True):
        assert named in words, words
    assert sorted(each.name for each in tmp_path.iterdir()) == before, "checking leaves nothing behind"
