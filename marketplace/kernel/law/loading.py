"""The law of this process: approved county rows and loaded years, read anew when their version changed.

Rules are asked for hundreds of times in a request and must answer without waiting, so they stand in memory. The
version travels with the question for the time that every request asks anyway: a change is seen by the next request of
every process, and by the worker before whatever it does next.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.calendar import AnnouncedYear, install_years
from marketplace.kernel.db import fetch
from marketplace.kernel.rulebook import RuleRow, Wording, install_county_rows, plain, rulebook


class _Loaded:
    version: UUID | None = None


async def refresh_law(version: UUID | None) -> None:
    """Read the county's rows and years if they changed since this process read them."""
    if version == _Loaded.version:
        return
    rows, years = await _approved_rows(), await _loaded_years()
    install_county_rows(rows)
    install_years(years)
    _Loaded.version = version


def forget_law() -> None:
    """Go back to what came with the software, as a process begins."""
    install_county_rows(())
    install_years({})
    _Loaded.version = None


async def _approved_rows() -> list[RuleRow]:
    found = await fetch(
        "SELECT r.* FROM county_rule r JOIN county_rule_decision d ON d.rule = r.id AND d.is_approved"
        " ORDER BY d.decided_at DESC, r.id"
    )
    # a later release may drop a rule; its county rows then wait for nobody
    return [row_from(each) for each in found if each["key"].partition("/")[0] in rulebook()]


def row_from(stored: Any) -> RuleRow:
    """A stored county row as the accessor gives it."""
    rule_id, _, part = stored["key"].partition("/")
    words = Wording(stored["words_zh"], stored["words_en"] or stored["words_zh"])
    shipped = [each for each in rulebook()[rule_id].rows if each.part == (part or None)]
    return RuleRow(
        rule_id=rule_id,
        part=part or None,
        value=words.zh if stored["value"] is None else plain(stored["value"]),
        unit=stored["unit"],
        direction=stored["direction"],
        jurisdiction="county",
        effective_from=stored["effective_from"],
        effective_to=stored["effective_to"],
        citation=stored["citation"],
        confidence=stored["confidence"],
        note=Wording(stored["note"], stored["note"]),
        words=words,
        is_clock=all(each.is_clock for each in shipped),
        document=stored["document_number"],
    )


async def _loaded_years() -> dict[int, AnnouncedYear]:
    """The newest loading of each year."""
    found = await fetch(
        "SELECT l.year, d.day, d.kind FROM calendar_day d JOIN ("
        " SELECT DISTINCT ON (year) id, year FROM calendar_load ORDER BY year, loaded_at DESC, id) l ON l.id = d.load"
    )
    days: dict[int, tuple[set[date], set[date]]] = {}
    for each in found:
        off, worked = days.setdefault(each["year"], (set(), set()))
        (off if each["kind"] == "off" else worked).add(each["day"])
    return {year: AnnouncedYear(frozenset(off), frozenset(worked)) for year, (off, worked) in days.items()}
