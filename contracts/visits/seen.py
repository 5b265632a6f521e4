"""What a worker's entries are checked against, read once for all that arrive together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_by_id
from contracts.suspensions.queries import suspensions_of
from contracts.visits import queries
from contracts.visits.company import children_among, is_accompanied
from contracts.visits.rules import OwnVisit, Spell, VisitPoints, spell_of
from marketplace.accounts.actor import Actor

Row = dict[str, Any]


@dataclass
class Seen:
    """Contracts, employments, towns and other visits as they were found; what is entered meanwhile is added to them."""

    actor: Actor
    contracts: dict[UUID, Row] = field(default_factory=dict)
    employments: dict[UUID, list[Row]] = field(default_factory=dict)
    towns: dict[UUID, set[UUID]] = field(default_factory=dict)
    suspensions: dict[UUID, list[Row]] = field(default_factory=dict)
    mine: dict[date, list[OwnVisit]] = field(default_factory=dict)
    children: dict[str, bool] = field(default_factory=dict)
    theirs: dict[tuple[str, date], list[tuple[str, UUID, Spell]]] = field(default_factory=dict)

    async def look_ahead(self, entries: Iterable[VisitPoints]) -> None:
        """Read the days and residents of all entries in three questions, however many they are."""
        new = list(entries)
        days = {each.day for each in new} - self.mine.keys()
        if days:
            self.mine |= await queries.spells_of_worker(self.actor.person_id, sorted(days))
        served = {(each.recipient_code, each.day) for each in new} - self.theirs.keys()
        if served:
            self.theirs |= await queries.spells_of_recipients(sorted(served))
        codes = {each.recipient_code for each in new} - self.children.keys()
        if codes:
            children = await children_among(sorted(codes))
            self.children |= {code: code in children for code in codes}

    async def is_accompanied(self, points: VisitPoints) -> bool:
        """Whether a colleague comes along, or has recorded a visit to the same resident in the same time."""
        if points.extras and points.extras.companions:
            return True
        spell = spell_of(points.day, points.begins, points.ends)
        return await is_accompanied(points.recipient_code, points.day, spell, self.actor.person_id)

    async def contract(self, contract_id: UUID) -> Row:
        """The contract of an entry. Raises NotFound."""
        if contract_id not in self.contracts:
            self.contracts[contract_id] = await contract_by_id(contract_id)
        return self.contracts[contract_id]

    async def employment(self, provider: UUID, day: date) -> Row | None:
        """The worker's employment with a provider on a day."""
        if provider not in self.employments:
            self.employments[provider] = await queries.employments_of(self.actor.person_id, provider)
        covering = (
            each for each in self.employments[provider]
            if each["employed_from"] <= day and (each["employed_to"] is None or day <= each["employed_to"])
        )  # fmt: skip
        return next(covering, None)

    async def towns_of(self, contract: Row) -> set[UUID]:
        """Where a contract is served."""
        if contract["id"] not in self.towns:
            found = await queries.towns_of(contract["listing"], contract["buyer"])
            self.towns[contract["id"]] = {town["id"] for town in found}
        return self.towns[contract["id"]]

    async def suspensions_of(self, contract: Row) -> list[Row]:
        """When a contract rested."""
        if contract["id"] not in self.suspensions:
            self.suspensions[contract["id"]] = await suspensions_of(contract["id"])
        return self.suspensions[contract["id"]]

    def others_of_worker(self, day: date, but_chain: UUID) -> list[OwnVisit]:
        """What else this worker logged for a day, under any contract and employer."""
        return [other for other in self.mine[day] if other.chain != but_chain]

    def same_as(self, points: VisitPoints) -> UUID | None:
        """The visit that another device of this worker sent before, when it says the same (R-HOUR-03)."""
        return next((other.id for other in self.mine[points.day] if other.is_the_same(points)), None)

    def others_of_recipient(self, points: VisitPoints, item_code: str, but_chain: UUID) -> list[Spell]:
        """When this recipient got the same service alone on a day."""
        found = self.theirs[points.recipient_code, points.day]
        return [spell for item, chain, spell in found if item == item_code and chain != but_chain]

    def add(self, points: VisitPoints, chain: UUID, item_code: str) -> None:
        """An entry that was just written: the next ones are checked against it too."""
        spell = spell_of(points.day, points.begins, points.ends)
        self.mine[points.day].append(
            OwnVisit(chain, chain, spell, points.contract_id, points.recipient_code, points.village, points.note)
        )
        if not points.is_group:
            self.theirs[points.recipient_code, points.day].append((item_code, chain, spell))
