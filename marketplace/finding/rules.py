"""What a search may ask, how its address reads, and the words for its facets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from catalogue.items.rules import LEGAL_FORM_LABELS
from catalogue.listings.public_states import PUBLIC_STATES
from catalogue.listings.rules import METHOD_LABELS, Status
from marketplace.gateways.search_index import Question
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.i18n import N_

PAGE_SIZE = 20
MOST_WORDS = 100
MOST_PAGES = 500

KIND_LABELS: dict[str, str] = {
    "listing": N_("采购公告"),
    "award": N_("成交结果"),
    "contract": N_("合同"),
    "item": N_("目录项目"),
}

# one found thing by its kind
ONE_OF_KIND: dict[str, str] = {**KIND_LABELS, "listing": N_("采购项目"), "contract": N_("采购合同")}

CONTRACT_STATES: dict[str, str] = {
    "contract-in_force": N_("履行中"),
    "contract-completed": N_("已履行完毕"),
    "contract-terminated": N_("合同已终止"),
}

STATE_LABELS: dict[str, str] = {
    **PUBLIC_STATES,
    **CONTRACT_STATES,
}

# upper bounds in yuan, excluded; for readers to choose from, no limit of law
BANDS: tuple[tuple[str, Decimal | None, str], ...] = (
    ("under-100k", Decimal(100_000), N_("10 万元以下")),
    ("100k-300k", Decimal(300_000), N_("10 万至 30 万元")),
    ("300k-500k", Decimal(500_000), N_("30 万至 50 万元")),
    ("500k-1m", Decimal(1_000_000), N_("50 万至 100 万元")),
    ("1m-4m", Decimal(4_000_000), N_("100 万至 400 万元")),
    ("from-4m", None, N_("400 万元以上")),
)
BAND_LABELS = {name: words for name, _, words in BANDS}

SORTS: dict[str, tuple[str, str, bool]] = {
    "newest": (N_("最新发布"), "published", False),
    "closing": (N_("截止时间从近到远"), "closes", True),
    "largest": (N_("金额从高到低"), "amount", False),
    "smallest": (N_("金额从低到高"), "amount", True),
}

FACET_LABELS: dict[str, str] = {
    "kind": N_("类别"),
    "state": N_("状态"),
    "method": N_("采购方式"),
    "item": N_("目录项目"),
    "town": N_("使用单位"),
    "buyer": N_("采购人"),
    "band": N_("金额"),
    "year": N_("发布年份"),
    "form": N_("可以参加的组织形式"),
}

# facets whose values are the same for everybody; the words of the others stand in the database
FIXED_WORDS: dict[str, Mapping[str, str]] = {
    "kind": KIND_LABELS,
    "state": STATE_LABELS,
    "method": {method.value: words for method, words in METHOD_LABELS.items()},
    "band": BAND_LABELS,
    "form": {form.value: words for form, words in LEGAL_FORM_LABELS.items()},
}


def band_of(amount: Decimal) -> str:
    """The band an amount in yuan falls into; half-open, the upper bound belongs to the next one."""
    return next(name for name, below, _ in BANDS if below is None or amount < below)


@dataclass(frozen=True)
class Search:
    """A search as its address says it; what cannot be read is left out and told in `mistakes`."""

    words: str = ""
    facets: dict[str, str] = field(default_factory=dict)
    published_from: date | None = None
    published_to: date | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    sort: str = "newest"
    number: int = 1
    mistakes: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)  # the bounds as they were typed, readable or not

    @property
    def is_open(self) -> bool:
        """Whether nothing narrows it."""
        bounds = (self.published_from, self.published_to, self.amount_from, self.amount_to)
        return not self.words and not self.facets and all(bound is None for bound in bounds)

    @property
    def narrows(self) -> bool:
        """Whether one of the conditions beyond words, kind and state is set, or could not be read."""
        bounds = (self.published_from, self.published_to, self.amount_from, self.amount_to)
        return bool({*self.facets} - {"kind", "state"} or self.mistakes or any(bound is not None for bound in bounds))

    def query(self, **changed: object) -> str:
        """The address's query with some values changed; an empty value takes one out. Paging starts anew."""
        values: dict[str, object] = {
            "q": self.words, **self.facets, "from": self.published_from, "to": self.published_to,
            "least": self.amount_from, "most": self.amount_to, "sort": "" if self.sort == "newest" else self.sort,
        }  # fmt: skip
        values |= changed
        return urlencode({name: str(value) for name, value in values.items() if value not in (None, "")})

    def question(self) -> Question:
        """What the index is asked: days of the county as seconds, yuan as fen."""
        _, order, ascending = SORTS[self.sort]
        at_least, at_most = {}, {}
        if self.published_from:
            at_least["published"] = int(at_county_time(self.published_from, 0).timestamp())
        if self.published_to:
            at_most["published"] = int(at_county_time(self.published_to + timedelta(days=1), 0).timestamp()) - 1
        if self.amount_from is not None:
            at_least["amount"] = int(self.amount_from * 100)
        if self.amount_to is not None:
            at_most["amount"] = int(self.amount_to * 100)
        return Question(
            self.words, self.facets, at_least, at_most, order, ascending, (self.number - 1) * PAGE_SIZE, PAGE_SIZE
        )


def read_search(typed: Mapping[str, str]) -> Search:
    """The search that an address says."""
    mistakes: dict[str, str] = {}
    facets = {name: typed[name][:80] for name in FACET_LABELS if typed.get(name)}
    sort, number = typed.get("sort", ""), typed.get("page", "")
    return Search(
        words=" ".join(typed.get("q", "").split())[:MOST_WORDS],
        facets=facets,
        published_from=_day("from", typed, mistakes),
        published_to=_day("to", typed, mistakes),
        amount_from=_yuan("least", typed, mistakes),
        amount_to=_yuan("most", typed, mistakes),
        sort=sort if sort in SORTS else "newest",
        number=max(1, min(int(number), MOST_PAGES)) if number.isascii() and number.isdigit() and len(number) < 6 else 1,
        mistakes=mistakes,
        typed={name: typed.get(name, "")[:40] for name in ("from", "to", "least", "most")},
    )


def _day(name: str, typed: Mapping[str, str], mistakes: dict[str, str]) -> date | None:
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        mistakes[name] = N_("日期要写成 2026-03-02 这样。")
        return None


def _yuan(name: str, typed: Mapping[str, str], mistakes: dict[str, str]) -> Decimal | None:
    text = typed.get(name, "").strip().replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < Decimal("1e12"):
        mistakes[name] = N_("金额要写成元，例如 300000。")
        return None
    return amount


def is_due_soon(closes_at: datetime | None, state: str, now: datetime) -> bool:
    """Whether a deadline is still to come: what a calendar of deadlines holds."""
    return state == Status.PUBLISHED and closes_at is not None and closes_at > now
