"""The page of one listing: its content, its story and what the reader may do, composed from every package."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from catalogue import acts as catalogue_acts
from catalogue import timeline as catalogue_timeline
from catalogue.after_publication import after_publication
from catalogue.listings.content import content_of
from catalogue.listings.draft_queries import procedure_of
from catalogue.listings.inviting.queries import may_read_documents
from catalogue.listings.inviting.rules import NOT_INVITED
from catalogue.listings.method_choice import GROUND_LABELS
from catalogue.listings.methods import PLATFORM, records_result, row_of, takes_applications, takes_sealed_bids
from catalogue.listings.public_states import RECORDED_LABELS, status_word
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import METHOD_LABELS, STATUS_TONES, Method, Status, shown_status
from contracts import acts as contracts_acts
from contracts import timeline as contracts_timeline
from evaluations import acts as evaluations_acts
from evaluations import timeline as evaluations_timeline
from evaluations.records.queries import record_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.db import all_together, nothing, together
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.timeline import PageAct, TimelineEvent
from marketplace.kernel.web import page
from vendors import acts as vendors_acts
from vendors import timeline as vendors_timeline
from vendors.answer import own_chance
from vendors.chances.rules import VERDICT_LABELS, VERDICT_TONES

Events = Callable[[UUID, datetime], Awaitable[list[TimelineEvent]]]
Acts = Callable[[dict[str, Any], Actor | None, datetime], Awaitable[list[PageAct]]]

# what each package tells of a listing and offers to do on it, in the order of the staircase
EVENT_SOURCES: list[Events] = [
    catalogue_timeline.listing_events,
    vendors_timeline.listing_events,
    contracts_timeline.listing_events,
    evaluations_timeline.listing_events,
]
ACT_SOURCES: list[Acts] = [
    catalogue_acts.listing_acts,
    vendors_acts.listing_acts,
    contracts_acts.listing_acts,
    evaluations_acts.listing_acts,
]

NOW_WORDS: dict[Status, str] = {
    Status.PUBLISHED: N_("正在接受投标。到了截止那一刻送达的就是迟到。"),
    Status.SUSPENDED: N_("采购活动已经暂停，暂时不接受投标。已经封存的文件不受影响，恢复以后截止时间按规则顺延。"),
    Status.CLOSED: N_("投标已经截止，等待两位开标人放出密钥。"),
    Status.OPENED: N_("已经开标，正在审查和评审。"),
    Status.EVALUATED: N_("评审已经结束，等待采购人确定供应商。"),
    Status.DETERMINED: N_("采购人已经确定供应商，等待发布结果公告。"),
    Status.AWARDED: N_("结果已经公告。"),
}


# a listing that takes no bids here: what a visitor should know instead
ON_PLATFORM = N_("本项目在省级平台办理，这里不接受投标。结果出来以后登记在这里，由另一人核对后公布。")
BY_THE_UNIT = N_("本项目不在这里投标，由采购人按本县办法办理。结果登记在这里，由另一人核对后公布。")
SINGLE = N_("拟向一家供应商采购，正在公示。任何人都可以在下面提出询问和异议。")
STANDING_NOW: dict[Status, str] = {
    Status.PUBLISHED: N_("开放式框架协议，期满以前随时可以申请加入。"),
    Status.CLOSED: N_("框架协议已经期满，不再接受加入申请。"),
}


def _recorded_words(listing: dict[str, Any]) -> str:
    if listing["venue"] == PLATFORM:
        return ON_PLATFORM
    return SINGLE if row_of(listing).publicity else BY_THE_UNIT


# a reason is published as it was written
END_WORDS: dict[Status, str] = {
    Status.FAILED: N_("采购没有成功。公布的原因：{reason}"),
    Status.CANCELLED: N_("采购已经取消。公布的原因：{reason}"),
}


def now_words(listing: dict[str, Any], status: Status) -> Sentence | str:
    """The sentence that matters now; an end without award says its reason."""
    if status in (Status.FAILED, Status.CANCELLED):
        return say(END_WORDS[status], reason=str(listing["end_reason"]))
    if status in STANDING_NOW and takes_applications(listing):
        return say(STANDING_NOW[status])
    if status in RECORDED_LABELS and not takes_sealed_bids(listing):
        return say(_recorded_words(listing))
    return say(NOW_WORDS[status])


async def acts_for(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """Everything the reader may do; only the first primary act stays primary."""
    found: list[PageAct] = await all_together(*(source(listing, actor, now) for source in ACT_SOURCES))
    primary = next((act for act in found if act.kind == "primary"), None)
    rest = [
        PageAct(act.label, act.url, "rare" if act.kind == "rare" else "quiet") for act in found if act is not primary
    ]
    return [primary, *rest] if primary else rest


@get("/listings/{reference:str}", opt=PUBLIC)
async def show_listing(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """One listing for everybody; acts differ by reader."""
    listing = await listing_page(reference)
    actor: Actor | None = request.scope.get("user")
    status = shown_status(listing["status"], listing["closes_at"], now)
    if not await may_read_documents(listing, actor):
        return page(
            "marketplace/site/listing_invited.html", listing=listing, status_word=status_word(listing, status),
            status_tone=STATUS_TONES[status], not_invited=NOT_INVITED, is_open=status == Status.PUBLISHED,
            method=METHOD_LABELS[Method(listing["method"])],
        )  # fmt: skip
    content, events, acts, after, procedure, chance, recorded = await together(
        content_of(listing), all_together(*(source(listing["id"], now) for source in EVENT_SOURCES)),
        acts_for(listing, actor, now), after_publication(listing, actor, now), procedure_of(listing),
        own_chance(listing, actor if takes_sealed_bids(listing) else None, now),
        *([record_of(listing["id"])] if records_result(listing) else [nothing()]),
    )  # fmt: skip
    return page(
        "marketplace/site/listing.html", is_preview=False, **content,
        status_word=status_word(listing, status), status_tone=STATUS_TONES[status],
        now_sentence=now_words(listing, status), is_open=status == Status.PUBLISHED,
        events=sorted(events, key=lambda event: event.at), acts=acts, **after, procedure=procedure,
        grounds=GROUND_LABELS, chance=chance, verdict_labels=VERDICT_LABELS, verdict_tones=VERDICT_TONES,
        recorded=recorded,
    )  # fmt: skip


ROUTES: list[Any] = [show_listing]
