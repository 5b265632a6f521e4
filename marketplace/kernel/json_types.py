"""How amounts, numbers, moments and hashes stand in JSON: as texts, so that no reader rounds them."""

from __future__ import annotations

from typing import Annotated

import msgspec

Money = Annotated[str, msgspec.Meta(pattern=r"^-?\d+\.\d{2}$", description="yuan, as text: 505000.00")]
Number = Annotated[str, msgspec.Meta(pattern=r"^-?\d+(\.\d+)?$", description="a decimal number as text")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$",
        description="a moment with its zone, as text: 2026-03-02 09:00:00+08:00",
    ),
]
