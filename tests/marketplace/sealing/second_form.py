"""Containers of the second form, as `sealing.seal` wrote them before papers lay beside the parts; still opened.

`pack_with_base64`: the parts that went into them, every paper as base64 in the technical part.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from marketplace.kernel import sealing
from marketplace.kernel.sealed_tar import members_of, written
from vendors.bids.contents import BidContents, pack


def sealed_in_the_second_form(
    parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int = 2, place: str = "", bidder: str = ""
) -> bytes:
    """The same archive of age files under the earlier name of the form."""
    members = members_of(sealing.seal(parts, recipients, k, place, bidder))
    members["seal.json"] = members["seal.json"].replace(b"sealed-bid-3", b"sealed-bid-2")
    return written(members)


def pack_with_base64(contents: BidContents) -> dict[str, bytes]:
    """The three parts as they were packed then."""
    parts = pack(contents)
    technical = json.loads(parts["technical"])
    technical["attachments"] = [
        {"name": each.name, "sha256": each.sha256, "base64": base64.b64encode(each.content).decode()}
        for each in contents.attachments
    ]
    return {**parts, "technical": json.dumps(technical, ensure_ascii=False).encode()}
