"""What the public says, what the joint conference decides and a case told with consent. Everything is invented."""

from __future__ import annotations

from datetime import datetime

from marketplace.conference.forms import CASE, CLOSING, DECISION
from marketplace.conference.services import close_decision, look_through, publish_case, record_decision, write_case
from marketplace.demo.county.people import actor, office
from marketplace.kernel.forms import parse
from marketplace.kernel.settings import Settings
from marketplace.voices.forms import REPLY, SEND
from marketplace.voices.services import answer_voice, send_voice

CIVIL_AFFAIRS, SECOND_PERSON = "liu.fang", "song.ya"
PLACE = b"demo"


async def people_write(now: datetime, settings: Settings) -> None:
    """A comment that is answered and published, a tip that waits for finance."""
    comment = {
        "kind": "comment", "office": "civil_affairs", "about": "赵镇街道照料护理",
        "words": "护理员很好，可是每周只来一次，老人洗澡等不了。",
    }  # fmt: skip
    reference = await send_voice(parse(SEND, comment), "zh", PLACE, now)
    reply = {
        "answer": "已经请街道重新评估，本月起每周两次。谢谢您告诉我们。", "is_public": "yes",
        "public_words": comment["words"],
    }  # fmt: skip
    await answer_voice(parse(REPLY, reply), reference, await actor(CIVIL_AFFAIRS), settings.public_address, now)
    tip = {
        "kind": "tip", "office": "finance", "about": "一次询价",
        "words": "两家报价的单位好像是一个人在管，请查一查。",
    }  # fmt: skip
    await send_voice(parse(SEND, tip), "zh", PLACE, now)


async def conference_decides(now: datetime, settings: Settings) -> None:
    """Three decisions: one done, one running, one past its day; each text read by a second person."""
    keeper, second = await actor(CIVIL_AFFAIRS), await actor(SECOND_PERSON)
    decisions = (
        ("2026-01-08", "照料护理第一次没有买成，民政局放宽服务时间后重新采购。", "civil_affairs", "2026-02-28"),
        ("2026-01-08", "五凤镇、淮口街道把摸排出来的需要登记到窗口。", "wufeng", "2026-03-10"),
        ("2026-03-12", "财政局下达全年照料护理预算的余额。", "finance", "2026-04-15"),
    )
    references = []
    for decided_on, words, owner, due_on in decisions:
        typed = {"decided_on": decided_on, "words": words, "owner": str(await office(owner)), "due_on": due_on}
        references.append(await record_decision(parse(DECISION, typed), keeper, now))
        await look_through(references[-1], second, now)
    done = parse(CLOSING, {"done_on": "2026-02-12", "outcome": "重新采购已经成交，合同开始履行。"})
    await close_decision(references[0], done["outcome"], done["done_on"], keeper, now)
    await look_through(references[0], second, now)


async def case_told(now: datetime, settings: Settings) -> None:
    """A model case, written by one and published by another of civil affairs."""
    typed = {
        "title": "从一次家访到一周三次照料", "item_code": "S02", "consent_by": "self", "consent_on": "2026-03-05",
        "consent_paper": "赵镇街道档案室 2026 年第 3 盒",
        "story": "社区工作者摸排时发现，一位独居老人自己做不了饭。\n"
                 "街道窗口当天登记，三天后完成评估，照料机构第二周开始上门，一周三次。\n"
                 "三个月后回访，老人说：有人来，日子就有了盼头。",
    }  # fmt: skip
    reference = await write_case(parse(CASE, typed), await actor(CIVIL_AFFAIRS), now)
    await publish_case(reference, await actor(SECOND_PERSON), now)
