"""What a release says has happened, by comparing the parts of a process with those of the release before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

Json = dict[str, Any]
# exact decimals as numbers: no reader gets a rounded amount, and nothing is written as text that is a number
ENCODER = msgspec.json.Encoder(decimal_format="number", order="deterministic")
DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)

PARTS = ("tender", "awards", "contracts", "implementation")
ENDED_BADLY = {"cancelled", "unsuccessful"}


@dataclass(frozen=True)
class Digests:
    """The SHA-256 of each part that has events of its own."""

    tender: str
    awards: str
    contracts: str
    implementation: str


def encoded(value: object) -> bytes:
    """The one way a value is written: the same facts give the same bytes."""
    return ENCODER.encode(value)


def decoded(body: str | bytes) -> Json:
    """What was written, amounts exact."""
    return DECODER.decode(body)


def digests(sections: Json) -> Digests:
    """Each part's digest. What is delivered and paid changes without the contract, so it is looked at apart."""
    contracts = sections.get("contracts", [])
    return Digests(
        tender=_digest({name: sections.get(name) for name in ("planning", "tender", "bids", "buyer")}),
        awards=_digest(sections.get("awards", [])),
        contracts=_digest([{k: v for k, v in each.items() if k != "implementation"} for each in contracts]),
        implementation=_digest([each["implementation"] for each in contracts if "implementation" in each]),
    )


def _digest(part: object) -> str:
    return hashlib.sha256(encoded(part)).hexdigest()


NOTHING = Digests(_digest(None), _digest([]), _digest([]), _digest([]))


def tags(sections: Json, now: Digests, before: Digests | None) -> list[str]:
    """The codes of the standard for what has changed; none when nothing has."""
    if before is None:
        later = tags(sections, now, Digests(now.tender, *[getattr(NOTHING, part) for part in PARTS[1:]]))
        return ["planning", "tender", *later]
    told = []
    if now.tender != before.tender:
        told.append("tenderCancellation" if sections["tender"]["status"] in ENDED_BADLY else "tenderUpdate")
    for part, first, more in (
        ("awards", "award", "awardUpdate"),
        ("contracts", "contract", "contractUpdate"),
        ("implementation", "implementation", "implementationUpdate"),
    ):
        was, is_now = getattr(before, part), getattr(now, part)
        if was != is_now:
            told.append(first if was == getattr(NOTHING, part) else more)
    return told


def newest_moment(sections: Json) -> str:
    """The latest moment the record itself names as past: when what it tells became public."""
    return max(_moments(sections))


def _moments(sections: Json) -> Sequence[str]:
    tender = sections["tender"]
    found = [tender["tenderPeriod"]["startDate"]] if "tenderPeriod" in tender else []
    found += [each["date"] for each in tender.get("amendments", ())]
    found += [each["datePublished"] for each in tender.get("documents", ())]
    found += [each["date"] for each in sections.get("awards", ())]
    for contract in sections.get("contracts", ()):
        found.append(contract["dateSigned"])
        found += [each["date"] for each in contract.get("amendments", ())]
        done: Mapping[str, Any] = contract.get("implementation", {})
        found += [each["date"] for each in done.get("transactions", ())]
        found += [each["dateMet"] for each in done.get("milestones", ()) if "dateMet" in each]
    return found
