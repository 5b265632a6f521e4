"""A year of visits and their month lines as the bytes of COPY: what rows share is put together once for all of them.

Visit n is the one of worker n % workers at his turn n // workers; a turn is on one day at one hour for everybody, so
that the visits of a worker never meet, and his ten residents are served one after the other.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from uuid import UUID

from marketplace.kernel.clock import at_county_time

A_DAY, DAYS = 8, 365  # visits begin at eight hours of the day, at most two of a worker on one day
RESIDENTS = 10  # of a worker
BEGINS, ENDS = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0), struct.pack(">h", -1)
VISIT = (
    "id", "chain", "contract", "worker", "person", "recipient_code", "item_code", "town", "village", "minutes",
    "status", "decided_by", "day", "begins_at", "ends_at", "entered_at", "decided_at",
)  # fmt: skip
LINE = "id", "visit", "month_close", "person", "kind", "minutes"
_EPOCH, _PREFIX = datetime(2000, 1, 1, tzinfo=UTC), bytes.fromhex("00000000000040008000")


@dataclass(frozen=True)
class Year:
    """Whose visits they are: workers numbered from 1, the n-th of contract 1 + n % contracts, from a first day on."""

    visits: int
    workers: int
    contracts: int
    first: date
    town: UUID
    reviewer: UUID

    @property
    def turns(self) -> int:
        """Visits of one worker."""
        return -(-self.visits // self.workers)

    def day(self, turn: int) -> date:
        """On which day everybody has this turn."""
        return self.first + timedelta(days=turn * DAYS // self.turns)

    def contract(self, worker: int) -> int:
        """The number of a worker's contract."""
        return 1 + worker % self.contracts

    def at_turn(self, turn: int) -> range:
        """The workers who have this turn: all of them, but for the last."""
        return range(1, 1 + min(self.workers, self.visits - turn * self.workers))

    def months(self) -> dict[tuple[int, date], tuple[int, int]]:
        """How many visits and how many residents each contract has in each month."""
        visited: Counter[tuple[int, date]] = Counter()
        for turn in range(self.turns):
            month = self.day(turn).replace(day=1)
            visited.update((self.contract(worker), month) for worker in self.at_turn(turn))
        served = self.first_served(lambda month: f"{month}")
        return {key: (count, served[key]) for key, count in visited.items()}

    def first_served(self, period: Callable[[date], str]) -> Counter[tuple[int, date]]:
        """How many residents of each contract each month is the first to serve in its period."""
        served: Counter[tuple[int, date]] = Counter()
        for turn in self.first_turns(period).values():
            month = self.day(turn).replace(day=1)
            served.update((self.contract(worker), month) for worker in self.at_turn(turn))
        return served

    def first_turns(self, period: Callable[[date], str]) -> dict[tuple[str, int], int]:
        """The first turn of each period at which everybody serves his n-th resident."""
        found: dict[tuple[str, int], int] = {}
        for turn in range(self.turns):
            found.setdefault((period(self.day(turn).replace(day=1)), turn % RESIDENTS), turn)
        return found


def year_of(month: date) -> str:
    """As marks of residents served write it."""
    return f"{month:%Y}"


def quarter_of(month: date) -> str:
    """The same of a quarter: 2026Q2."""
    return f"{month:%Y}Q{(month.month + 2) // 3}"


def numbered(kind: str, number: int) -> UUID:
    """The identity of a copy, as SQL writes it: md5('contract' || n)."""
    return UUID(_md5(f"{kind}{number}").hex())


def close_of(contract: int, month: date) -> UUID:
    """The identity of a contract's closed month."""
    return UUID(_md5(f"close{numbered('contract', contract)}{month}").hex())


async def visits(year: Year) -> AsyncIterator[bytes]:
    """Every visit, one piece of the stream for each turn."""
    place = _field(b"S01") + _uuid(year.town) + _field("三江村".encode())
    tail = place + _int(60) + _field(b"approved") + _uuid(year.reviewer) + _int(0) + _field(bytes(8)) * 4
    people = [
        b"".join(map(_uuid, (numbered("contract", year.contract(n)), numbered("worker", n), numbered("person", n))))
        for n in range(1, year.workers + 1)
    ]
    served = [
        _Rows(VISIT, [own + _field(f"JT-R-{n:05}{resident}".encode()) + tail for n, own in enumerate(people)])
        for resident in range(RESIDENTS)
    ]
    yield BEGINS
    for turn in range(year.turns):
        begins = at_county_time(year.day(turn), 8 + turn % A_DAY)
        moments = (begins + timedelta(hours=hours) for hours in (0, 1, 10, 20))
        of_turn = _int((year.day(turn) - _EPOCH.date()).days) + b"".join(map(_moment, moments))
        yield served[turn % RESIDENTS].of_turn(year, turn, of_turn)
    yield ENDS


async def lines(year: Year) -> AsyncIterator[bytes]:
    """Every visit in the closed month of its contract."""
    month, rows = date.min, _Rows(LINE, [])
    people = [_uuid(numbered("person", n)) + _field(b"visit") + _int(60) for n in range(1, year.workers + 1)]
    yield BEGINS
    for turn in range(year.turns):
        if (this := year.day(turn).replace(day=1)) != month:
            month = this
            closes = {n: _uuid(close_of(n, month)) for n in range(1, year.contracts + 1)}
            rows = _Rows(LINE, [closes[year.contract(n)] + own for n, own in enumerate(people, 1)])
        yield rows.of_turn(year, turn, b"")
    yield ENDS


async def marks(year: Year) -> AsyncIterator[bytes]:
    """Who is counted in a year and in a quarter, in the order of the marks."""
    found = []
    for period_of in (year_of, quarter_of):
        for (period, resident), turn in year.first_turns(period_of).items():
            begin = f"{period}/{year.town}/S01/" if period_of is year_of else f"{period}/"
            found += [_md5(f"{begin}JT-R-{worker - 1:05}{resident}") for worker in year.at_turn(turn)]
    head = struct.pack(">hi", 1, 16)
    yield BEGINS
    yield b"".join([head + mark for mark in sorted(found)])
    yield ENDS


class _Rows:
    """The rows of a turn, all of one length: what a turn changes is written over them, byte by byte of many at once."""

    MANY = 256  # rows that stay near the processor while they are written over

    def __init__(self, columns: Sequence[str], owned: list[bytes]) -> None:
        """Each begins with its own identity, given twice."""
        identity = struct.pack(">i", 16) + _PREFIX + bytes(6)
        begin = struct.pack(">h", len(columns)) + identity * 2
        self.blocks = [
            bytearray(b"".join([begin + each for each in owned[first : first + self.MANY]]))
            for first in range(0, len(owned), self.MANY)
        ]
        self.length = len(begin) + len(owned[0]) if owned else 0
        self.first, self.second = len(begin) - len(identity) - 6, len(begin) - 6

    def of_turn(self, year: Year, turn: int, end: bytes) -> bytes:
        """Numbered for it, and with its own end."""
        number, length, tail = turn * year.workers, self.length, self.length - len(end)
        for rows in self.blocks:
            count = len(rows) // length
            numbers = struct.pack(f">{count}Q", *range(number, number + count))
            for place in range(6):
                of_all = numbers[place + 2 :: 8]
                rows[self.first + place :: length] = of_all
                rows[self.second + place :: length] = of_all
            for place, value in enumerate(end, tail):
                if rows[place] != value:
                    rows[place::length] = bytes((value,)) * count
            number += count
        return b"".join(self.blocks)[: len(year.at_turn(turn)) * length]


def _md5(text: str) -> bytes:
    return md5(text.encode(), usedforsecurity=False).digest()


def _field(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


def _uuid(value: UUID) -> bytes:
    return _field(value.bytes)


def _int(value: int) -> bytes:
    return _field(struct.pack(">i", value))


def _moment(value: datetime) -> bytes:
    return _field(struct.pack(">q", (value - _EPOCH) // timedelta(microseconds=1)))
