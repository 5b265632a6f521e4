"""One event in the story of a listing or contract, and one act on it: what every package offers to the joined page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.kernel.i18n import Sentence


@dataclass(frozen=True)
class TimelineEvent:
    """What happened or is to come. `state` is done, now or next; a provisional date may still move (R-CAL-03)."""

    at: datetime
    title: Sentence
    body: Sentence | None = None
    clause: str | None = None
    state: str = "done"
    provisional: bool = False


@dataclass(frozen=True)
class PageAct:
    """Something a reader may do from a joined page; `kind` is primary (one a page), quiet, or rare (folded away)."""

    label: Sentence
    url: str
    kind: str = "quiet"
