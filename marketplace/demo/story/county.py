"""The county as the story finds it: its clock, its people each with a browser, and what came about so far."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import httpx

from marketplace.demo.story.browser import Browser, StoryBroken, Watcher
from marketplace.kernel.clock import COUNTY_ZONE


@dataclass
class ProviderAccount:
    """A provider that the story registered."""

    username: str
    name: str
    credit_code: str
    legal_form: str
    person_name: str = "钟诚"
    reference: str = ""
    worker: str = ""


@dataclass
class Record:
    """What the steps so far brought about; a later step says what it misses."""

    budget_line: str = ""
    listing: str = ""
    listing_id: str = ""
    closes_at: datetime | None = None
    service_from: date | None = None
    service_to: date | None = None
    providers: list[ProviderAccount] = field(default_factory=list)
    contract: str = ""
    winner: str = ""
    month: date | None = None
    payment: str = ""
    evaluation: str = ""
    second_listing: str = ""
    third_listing: str = ""


class County:
    """A running demo county, reached over HTTP only. A watcher is told of every answer that anybody gets."""

    def __init__(self, address: str, identities_folder: Path | None = None, watcher: Watcher | None = None) -> None:
        self.address = address.rstrip("/")
        self.identities_folder, self.watcher = identities_folder, watcher
        self.mark = secrets.token_hex(3)  # tells this telling of the story from earlier ones
        self.record = Record()
        self._client = httpx.Client(base_url=self.address, timeout=60.0)
        self._browsers: dict[str, Browser] = {}

    def close(self) -> None:
        """Close every browser."""
        self._client.close()
        for browser in self._browsers.values():
            browser.close()

    def visitor(self) -> Browser:
        """A browser nobody has signed in with."""
        if "" not in self._browsers:
            self._browsers[""] = self.new_browser()
        return self._browsers[""]

    def new_browser(self) -> Browser:
        """Another browser that nobody has signed in with; who asks for it closes it."""
        return Browser(self.address, self.watcher)

    def person(self, username: str) -> Browser:
        """The browser of a member of the county, signed in."""
        if username not in self._browsers:
            browser = self.new_browser()
            browser.sign_in(username)
            self._browsers[username] = browser
        return self._browsers[username]

    def identity(self, username: str) -> bytes:
        """An opener's protected key from the folder where a demo keeps it. Raises StoryBroken."""
        path = self.identities_folder / f"{username}.age" if self.identities_folder else None
        if path is None or not path.exists():
            raise StoryBroken(f"The key of {username} is not at {path}; name the folder with --identities.")
        return path.read_bytes()

    def now(self) -> datetime:
        """The county's time."""
        return datetime.fromisoformat(self._client.get("/demo/clock").raise_for_status().json()["now"])

    def clock(self, at: datetime) -> datetime:
        """Turn the county clock forward; a moment that is past already is left alone."""
        if self.now() >= at:
            return self.now()
        answer = self._client.post("/demo/clock", json={"at": at.isoformat()})
        if answer.status_code != 200:
            raise StoryBroken(f"The county clock could not be turned to {at}: {answer.text[:300]}")
        # sessions live by real time, so everybody stays signed in
        return datetime.fromisoformat(answer.json()["now"])

    def to_day(self, day: date, hour: int = 9) -> datetime:
        """Turn the clock to an hour of a day in the county."""
        return self.clock(at(day, hour))

    def needed(self, name: str) -> str:
        """Something an earlier step brought about. Raises StoryBroken when it did not."""
        found = getattr(self.record, name)
        if not found:
            raise StoryBroken(f"An earlier step has not brought about: {name}.")
        return str(found)

    def provider(self, number: int) -> ProviderAccount:
        """A provider registered in step 3. Raises StoryBroken."""
        if len(self.record.providers) <= number:
            raise StoryBroken("Step 3 has not registered the providers.")
        return self.record.providers[number]


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of a day in the county."""
    return datetime.combine(day, time(hour, minute), COUNTY_ZONE)


def first_of_next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def last_of_month(day: date) -> date:
    """The last day of a day's month."""
    return first_of_next_month(day) - timedelta(days=1)
