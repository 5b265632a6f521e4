"""Jobs for people in need: a quarter's event with who came and who was hired, and the list for the labour bureau."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.job_matching.queries import attendance_of, event_page, vacancies_of
from contracts.job_matching.services import (
    add_vacancy,
    count_after,
    enter_seeker,
    hold_event,
    note_attendance,
    note_hired,
    plan_event,
    send_list,
)
from marketplace.demo.county.people import actor, office
from marketplace.demo.county.serving import BUREAU, WINDOW
from marketplace.kernel import db
from marketplace.kernel.clock import county_day
from marketplace.kernel.settings import Settings

HOUR = timedelta(hours=1)


async def jobs_matched(now: datetime, _: Settings) -> None:
    """The first quarter's event: three came, one was hired; one disabled person is named to the labour bureau."""
    clerk, county, today = await actor(WINDOW), await actor(BUREAU), county_day(now)
    event = await plan_event(today, "县就业服务大厅", county, now)
    await add_vacancy(event, "金堂绿源农业有限公司", "大棚种植工", 3, "每月 3,200 元，包午餐", county, now)
    await add_vacancy(event, "赵镇街道物业服务中心", "保洁员", 2, "每月 2,600 元", county, now)
    await hold_event(event, today, 14, county, now + 3 * HOUR)
    rows = await db.fetch(
        "SELECT DISTINCT r.code FROM resident r JOIN assistance_case a ON a.resident = r.id"
        " WHERE r.town = $1 AND a.capacity = 'full' ORDER BY r.code LIMIT 3",
        await office("zhaozhen"),
    )
    for row in rows:
        await note_attendance(event, row["code"], clerk, now + 3 * HOUR)
    found = await event_page(event)
    posts, came = await vacancies_of(found["id"]), await attendance_of(found["id"], clerk)
    await note_hired(came[0]["id"], posts[0]["id"], today, clerk, now + 4 * HOUR)
    await count_after(event, 13, county, now + 5 * HOUR)
    await enter_seeker(rows[1]["code"], "disabled", "能坐着做的手工或者客服工作", today, clerk, now + 4 * HOUR)
    await send_list("第一季度就业帮扶，请联系本人介绍岗位。", county, now + 5 * HOUR)
