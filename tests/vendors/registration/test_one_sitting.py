"""From nothing to a whole file through the real forms, counting what a person has to answer."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from catalogue.items.services import load_first_edition
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from tests.builders_vendors import PASSWORD, PDF
from tests.cast import enter_cast
from tests.pages import send, words
from vendors.providers.credit_codes import fresh_credit_code
from vendors.registration.queries import file_facts
from vendors.registration.rules import missing_parts

MOST = 40
DOCUMENT = Path(__file__).parents[3] / "docs" / "registration.md"


@dataclass
class Walk:
    """A person at the forms: an answer is a field that has to be filled, changed or ticked."""

    client: httpx.AsyncClient
    answers: dict[str, int] = field(default_factory=dict)

    async def fill(self, path: str, action: str, typed: dict[str, Any], files: dict[str, Any] | None = None) -> None:
        page = await self.client.get(path)
        assert page.status_code == 200, (path, page.status_code)
        offered = offered_by(page.text, action)
        for name in [*typed, *(files or {})]:
            assert name in offered, f"{path} does not ask {name}"
        count = len(files or {})
        for name, value in typed.items():
            given = value if isinstance(value, list) else [value]
            count += sum(1 for each in given if each not in offered[name])
        kept = {name: values[0] for name, values in offered.items() if values and name not in typed}
        kept.pop("_csrf_token", None)
        answer = await send(self.client, action, {**kept, **typed}, files=files)
        assert answer.status_code == 303, (action, words(answer.text)[:600])
        self.answers[path] = self.answers.get(path, 0) + count

    @property
    def total(self) -> int:
        return sum(self.answers.values())


def offered_by(page: str, action: str) -> dict[str, list[str]]:
    """The fields of one form as it is shown: what each holds already."""
    found = next(m for m in re.finditer(r'<form[^>]*action="([^"]*)".*?</form>', page, re.S) if m.group(1) == action)
    fields: dict[str, list[str]] = {}
    for select in re.finditer(r'<select[^>]*name="([^"]+)".*?</select>', found.group(0), re.S):
        chosen = re.findall(r'<option value="([^"]+)" selected', select.group(0))
        fields[select.group(1)] = chosen
    for tag in re.findall(r"<(?:input|textarea|button)[^>]*>", found.group(0)):
        name = re.search(r' name="([^"]+)"', tag)
        if not name:
            continue
        is_box = 'type="checkbox"' in tag or 'type="radio"' in tag
        value = re.search(r' value="([^"]*)"', tag)
        holds = html.unescape(value.group(1)) if value and (not is_box or " checked" in tag) else ""
        fields.setdefault(name.group(1), [])
        if holds:
            fields[name.group(1)].append(holds)
    return fields


def lacking_kind(page: httpx.Response) -> str:
    """The kind of paper that the form offers first."""
    found = re.search(r'<option value="([^"]+)" selected', page.text)
    return found.group(1) if found else ""


async def test_a_private_non_enterprise_has_a_whole_file_after_at_most_forty_answers(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    await enter_cast(now)
    await load_first_edition(now)
    walk = Walk(client)
    code = fresh_credit_code("one-sitting")
    await walk.fill("/providers/register", "/providers/register", {
        "name": "金堂县一次办成社会工作服务中心", "credit_code": code, "legal_representative": "何芳",
        "address": "赵镇街道十里大道 1 号", "contact": "何芳 028-84932000", "founded_on": "2025-06-01",
        "person_name": "何芳", "email": "he@example.org", "username": "yicibancheng", "password": PASSWORD,
    })  # fmt: skip
    provider = await fetchval("SELECT id FROM provider WHERE credit_code = $1", code)
    assert await fetchval("SELECT legal_form FROM provider WHERE id = $1", provider) == "private_non_enterprise"
    first = words((await client.get("/work")).text)
    assert "把机构资料填完整：还差 7 项，先填“法定代表人”" in first
    own = "/my-organisation"
    await walk.fill(f"{own}/representative", f"{own}/representative",
                    {"position": "主任", "phone": "028-84932000", "identity_mark": "123X"})  # fmt: skip
    await walk.fill(f"{own}/relations", f"{own}/statements", {"kind": "no_relations"})
    walk.answers[f"{own}/relations"] += 1  # pressing the button is the answer
    towns = re.findall(r'name="towns" value="([^"]+)"', (await client.get(f"{own}/towns")).text)
    await walk.fill(f"{own}/towns", f"{own}/towns", {"towns": towns[:2]})
    await walk.fill(f"{own}/items", f"{own}/items", {"item_code": "S01", "capacity": "120"})
    await walk.fill(f"{own}/workers/new", f"{own}/workers/new", {
        "name": "苏晓", "certificate_level": "assistant", "certificate_number": "5101800999",
        "employed_from": "2025-07-01", "hours": "full_time",
    })  # fmt: skip
    await walk.fill(f"{own}/account", f"{own}/account",
                    {"bank": "成都农商银行金堂支行", "number": "6228 4800 0012 3456 7890"})  # fmt: skip
    for _ in range(20):
        lacking = missing_parts(await file_facts(provider, county_day(now)))
        if not lacking:
            break
        said = {"result": "passed"} if lacking_kind(await client.get(f"{own}/papers")) == "annual_inspection" else {}
        await walk.fill(f"{own}/papers", f"{own}/papers", {"valid_until": "2028-12-31", **said},
                        {"file": ("材料.pdf", PDF + str(walk.total).encode())})  # fmt: skip
    assert missing_parts(await file_facts(provider, county_day(now))) == []
    assert "8 / 8 完成" in words((await client.get(own)).text)
    assert "把机构资料填完整" not in words((await client.get("/work")).text)
    assert walk.total <= MOST, walk.answers
    written = {path: int(count) for path, count in re.findall(r"\| `([^`]+)` \| (\d+) \|", DOCUMENT.read_text())}
    assert written == walk.answers, (written, walk.answers, walk.total)
    assert f"**{walk.total}**" in DOCUMENT.read_text()
