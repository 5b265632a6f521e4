"""Stored days counted anew once a year's holidays are announced (R-CAL-03); each package names the days it stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.audit.services import MAIN
from marketplace.kernel.db import execute, fetch
from marketplace.kernel.deadlines import Deadline, day_words
from marketplace.kernel.i18n import N_, Sentence, current_language, say
from marketplace.kernel.outbox.services import post_mail

Letter = tuple[str, str]


@dataclass(frozen=True)
class Waiting:
    """One row whose days are provisional and not met yet: each column with the day as stored and as counted now.

    `told`: organisations whose people get a mail; `written_to`: single readers, each with language and address.
    `hidden_until`: the deadline before which nobody may learn of the row (R-DOC-08).
    """

    row: UUID
    stored: Mapping[str, date]
    counted: Mapping[str, Deadline]
    name: str
    path: str
    subject: tuple[str, str]
    told: Sequence[UUID] = ()
    written_to: Sequence[Letter] = ()
    stream: str = MAIN
    hidden_until: datetime | None = None

    @property
    def is_provisional(self) -> bool:
        """Whether a day still touches a year to be announced."""
        return any(each.provisional for each in self.counted.values())

    @property
    def moved(self) -> dict[str, date]:
        """The days that are others now."""
        return {column: each.date for column, each in self.counted.items() if each.date != self.stored[column]}


@dataclass(frozen=True)
class StoredDays:
    """The days one table stores as a rule counts them, each with its name; the rows bear `is_provisional`.

    `waiting` locks and gives the provisional rows for which a day is still waited.
    """

    table: str
    names: Mapping[str, str]
    waiting: Callable[[], Awaitable[list[Waiting]]]


@dataclass(frozen=True)
class Recount:
    """How many rows were counted anew, and of how many a day moved."""

    rows: int
    moved: int


async def recount_days(every: Sequence[StoredDays], actor: Actor, now: datetime) -> Recount:
    """Count the provisional days of these tables anew in this transaction: audit each, one mail per reader."""
    letters: list[tuple[Waiting, list[Sentence]]] = []
    rows = moved = 0
    for days in every:  # each table has a query of its own
        waiting = await days.waiting()
        await _write(days, waiting)
        # a row that waits for yet another year and did not move is no news
        news = [each for each in waiting if each.moved or not each.is_provisional]
        for each in news:
            await _record(each, actor, now)
        letters += [(each, _lines(days, each)) for each in news]
        rows, moved = rows + len(waiting), moved + sum(bool(each.moved) for each in waiting)
    await _tell(letters, now)
    return Recount(rows, moved)


async def _write(days: StoredDays, waiting: Sequence[Waiting]) -> None:
    columns = list(days.names)
    await execute(
        f"UPDATE {days.table} t SET is_provisional = n.provisional,"
        f" {', '.join(f'{column} = coalesce(n.{column}, t.{column})' for column in columns)}"
        f" FROM unnest($1::uuid[], $2::bool[], {', '.join(f'${at + 3}::date[]' for at in range(len(columns)))})"
        f" AS n (id, provisional, {', '.join(columns)}) WHERE t.id = n.id",
        [each.row for each in waiting], [each.is_provisional for each in waiting],
        *([each.counted[column].date if column in each.counted else None for each in waiting] for column in columns),
    )  # fmt: skip


async def _record(each: Waiting, actor: Actor, now: datetime) -> None:
    dates = ", ".join(f"{column} {each.stored[column]} → {counted.date}" for column, counted in each.counted.items())
    detail = {"reference": each.name, "dates": dates}
    await record("day.recounted", each.subject, actor, detail, now, each.stream)


def _lines(days: StoredDays, each: Waiting) -> list[Sentence]:
    words = {True: N_("{name}，{what}：原为 {before}，现为 {day}。"), False: N_("{name}，{what}：仍为 {day}。")}
    return [
        say(
            words[column in each.moved], name=each.name, what=say(days.names[column]),
            before=day_words(each.stored[column]), day=day_words(counted.date),
        )
        for column, counted in each.counted.items()
    ]  # fmt: skip


async def _tell(letters: Iterable[tuple[Waiting, list[Sentence]]], now: datetime) -> None:
    """One mail for each reader with all the days that concern it."""
    mine: dict[Letter, list[tuple[Waiting, list[Sentence]]]] = defaultdict(list)
    kept = list(letters)
    addresses = await _addresses({office for each, _ in kept for office in each.told})
    for each, lines in kept:
        offices = [("zh", address) for office in each.told for address in addresses[office]]
        for reader in dict.fromkeys([*offices, *each.written_to]):
            mine[reader].append((each, lines))
    for (language, to), news in mine.items():
        token = current_language.set(language)
        try:
            subject = str(say(N_("放假安排已经公布，{count} 件事的暂定日期已确定"), count=len(news)))
            parts = [f"{line}\n{each.path}" for each, lines in news for line in lines]
            hidden = max((each.hidden_until for each, _ in news if each.hidden_until), default=None)
            await post_mail(to, subject, "\n".join(parts), now, hidden_until=hidden)
        finally:
            current_language.reset(token)


async def _addresses(offices: set[UUID]) -> Mapping[UUID, list[str]]:
    rows = await fetch(
        "SELECT DISTINCT m.organisation, x.email FROM membership m JOIN person x ON x.id = m.person"
        " WHERE m.organisation = ANY($1::uuid[]) AND x.is_active AND x.email <> '' ORDER BY x.email",
        list(offices),
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        found[row["organisation"]].append(row["email"])
    return found
