"""How the files look that a bidder seals by hand: written by the same `pack` that the browser's bids are read by.

The sample lists one paper, which `papers/1` would be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from vendors.bids.contents import BidContents, pack
from vendors.bids.papers import Attachment
from vendors.bids.seals import Seal, SealKind

PAPER = Attachment("服务方案（盖章）.pdf", b"%PDF-1.7\n%%EOF\n")


def samples(plan: Mapping[str, Any], parts: Sequence[str]) -> dict[str, str]:
    """Each part's file by name, filled in as this listing asks for it."""
    price = plan["highest"] if plan["asks_price"] else plan["fixed_price"]
    is_counted = plan["hours_per_person"] is not None
    packed = pack(
        BidContents(
            declarations=plan["declarations"], qualification_text="……", technical_text="……", attachments=(PAPER,),
            seal=Seal(PAPER.name, SealKind.STAMPED),
            annual_hours=1000 if is_counted else None, service_staff=1 if is_counted else None,
            price=None if price is None else Decimal(price),
        )
    )  # fmt: skip
    return {name: json.dumps(json.loads(packed[name]), ensure_ascii=False, indent=2) for name in parts}
