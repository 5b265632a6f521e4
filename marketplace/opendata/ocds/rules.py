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
CALLED_OFF, ENDED = {"cancelled"}, {"terminated", "cancelled"}


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


def tags(sections: Json, now: Digests, before: Digests | None, earlier: Json | None = None) -> list[str]:
    """The codes of the standard for what has changed since the release `earlier`; none when nothing has."""
    if before is None:
        later = tags(sections, now, Digests(now.tender, *[getattr(NOTHING, part) for part in PARTS[1:]]))
        return ["planning", "tender", *later]
    told, known = [], earlier or {}
    if now.tender != before.tender:
        told += _of_tender(sections["tender"], known.get("tender", {}))
    if now.awards != before.awards:
        told += _of_rows(sections.get("awards", []), known.get("awards", []), AWARD_TAGS)
    if now.contracts != before.contracts:
        told += _of_rows(sections.get("contracts", []), known.get("contracts", []), CONTRACT_TAGS)
    if now.implementation != before.implementation:
        told.append("implementation" if before.implementation == NOTHING.implementation else "implementationUpdate")
    return told


@dataclass(frozen=True)
class RowTags:
    """How the standard calls that an award or a contract is new, amended, over, or told with other details."""

    first: str
    amended: str
    over: str
    other: str
    ends: frozenset[str]


AWARD_TAGS = RowTags("award", "awardUpdate", "awardCancellation", "awardUpdate", frozenset(CALLED_OFF))
CONTRACT_TAGS = RowTags("contract", "contractAmendment", "contractTermination", "contractUpdate", frozenset(ENDED))


def _of_tender(tender: Json, known: Json) -> list[str]:
    told = ["tenderAmendment"] if _new_amendments(tender, known) else []
    if tender["status"] in CALLED_OFF and known.get("status") not in CALLED_OFF:
        told.append("tenderCancellation")
    return told or ["tenderUpdate"]


def _of_rows(rows: Sequence[Json], known: Sequence[Json], names: RowTags) -> list[str]:
    """A formal amendment is no update, and an end is neither (releaseTag.csv of the standard)."""
    was = {each["id"]: each for each in known}
    found = set()
    for row in rows:
        if row["id"] not in was:
            found.add(names.first)
            continue
        before = was[row["id"]]
        happened = {names.amended} if _new_amendments(row, before) else set()
        if row["status"] in names.ends and before["status"] not in names.ends:
            happened.add(names.over)
        if not happened and _without_work(row) != _without_work(before):
            happened.add(names.other)
        found |= happened
    order = (names.first, names.amended, names.over, names.other)
    # what is told no more is an update as well
    return [name for name in dict.fromkeys(order) if name in found] or [names.other]


def _new_amendments(row: Json, known: Json) -> bool:
    told = {each["id"] for each in known.get("amendments", ())}
    return any(each["id"] not in told for each in row.get("amendments", ()))


def _without_work(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "implementation"}


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
