"""Photographs: off by default, never of minors, nothing but the picture, encrypted, gone after their term."""

from __future__ import annotations

import base64
import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from contracts.cases.queries import case_page
from contracts.visits.extras import Extras
from contracts.visits.photos import add_photo, check_may_photograph, delete_photo, photos_of, show_photo
from marketplace.gateways.pictures import LONGEST_SIDE, NoPicture, redrawn
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.retention.services import forget
from tests.builders_cases import a_childs_case
from tests.builders_contracts import a_contract_in_force, a_visit
from tests.cast import actor
from tests.marketplace.law.test_county_rows_are_seen import as_next_request, decide, propose
from tests.pages import send, sign_in, token, words

DAY = date(2026, 4, 7)
EVENING = at_county_time(DAY, 20)
SECRET = b"31.1234N 104.5678E"


def a_picture(width: int = 2000, height: int = 1000) -> bytes:
    """A photograph that says where it was taken."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()  # a description
    Image.new("RGB", (width, height), "green").save(out, "JPEG", exif=exif, comment=SECRET)
    return out.getvalue()


async def allowed(photos: str = "2") -> None:
    """The county allows so many by a document."""
    await decide(await propose("R-CIV-06/photos", photos))
    await as_next_request()


def test_a_photograph_is_made_smaller_and_rid_of_all_but_the_picture() -> None:
    before = a_picture()
    assert SECRET in before
    after = redrawn(before)
    assert SECRET not in after and b"Exif" not in after
    with Image.open(io.BytesIO(after)) as picture:
        assert picture.size == (LONGEST_SIDE, LONGEST_SIDE // 2) and not picture.getexif()
    assert SECRET not in redrawn(a_picture(40, 20))  # a small one too


@pytest.mark.parametrize("wrong", [b"", b"hello", b"<svg/>", a_picture()[:200], b"GIF89a" + b"0" * 100])
def test_what_cannot_be_drawn_is_no_photograph(wrong: bytes) -> None:
    with pytest.raises(NoPicture):
        redrawn(wrong)


def test_none_is_taken_without_a_document_of_the_county_R_CIV_06_nor_ever_of_minors() -> None:
    with pytest.raises(DomainError) as off:
        check_may_photograph(False, 0, DAY)
    assert off.value.clause == "R-CIV-06/photos"
    with pytest.raises(DomainError) as minor:
        check_may_photograph(True, 0, DAY)
    assert minor.value.clause == "R-CHILD-01"


async def test_an_allowed_photograph_is_encrypted_shown_to_few_and_goes(db: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await allowed()
    visit, photo = await a_visit(world, DAY), uuid4()
    for _ in range(2):  # sent twice
        assert await add_photo(visit, photo, a_picture(), world.worker, EVENING) == photo
    kept = await fetchval("SELECT content FROM visit_photo")
    assert "/9j/" not in kept  # how every JPEG begins in base64
    assert (await show_photo(photo, world.reviewer, EVENING))[:2] == b"\xff\xd8"
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'visit.photo_shown'") == 1
    with pytest.raises(NotFound):
        await show_photo(photo, await actor("zhao.lei", EVENING), EVENING)
    with pytest.raises(FormRefused):
        await add_photo(visit, uuid4(), b"no picture", world.worker, EVENING)
    second = uuid4()
    await add_photo(visit, second, a_picture(), world.worker, EVENING)
    with pytest.raises(DomainError):  # two are allowed
        await add_photo(visit, uuid4(), a_picture(), world.worker, EVENING)
    await delete_photo(second, world.worker, EVENING)
    await forget(EVENING + timedelta(days=300))
    assert len(await photos_of(visit)) == 1
    await forget(EVENING + timedelta(days=400))
    assert not await photos_of(visit)


async def test_no_photograph_of_a_restricted_case_is_kept(db: Any) -> None:
    world = await a_contract_in_force()
    await allowed()
    case = await a_childs_case(EVENING)
    code = (await case_page(case, visible_to=await actor("he.xin", EVENING)))["code"]
    with_adult = Extras(exception="guardian", exception_reason="祖母")
    visit = await a_visit(world, DAY, recipient_code=code, extras=with_adult)
    with pytest.raises(DomainError) as refused:
        await add_photo(visit, uuid4(), a_picture(), world.worker, EVENING)
    assert refused.value.clause == "R-CHILD-01" and not await photos_of(visit)


async def test_the_page_and_the_phone_keep_photographs_only_where_they_are_allowed(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    await clock.set(EVENING)
    await sign_in(client, "tang.yi")
    here = f"/visits/{visit}/photos"
    assert "不拍照" in words((await client.get(here)).text)
    headers = {"x-csrftoken": await token(client), "accept": "application/json"}
    body = {"id": str(uuid4()), "data": base64.b64encode(a_picture()).decode()}
    assert (await client.post(f"{here}/sync", json=body, headers=headers)).status_code == 422
    await allowed()
    assert (await client.post(f"{here}/sync", json={"id": 3}, headers=headers)).status_code == 422
    for _ in range(2):
        answer = await client.post(f"{here}/sync", json=body, headers=headers)
        assert answer.status_code == 200 and answer.json() == {"id": body["id"]}
    assert (await send(client, here)).status_code == 422  # no file
    shown = await send(client, f"/visits/photos/{body['id']}/show")
    assert shown.headers["content-type"] == "image/jpeg" and shown.headers["cache-control"] == "no-store"
    assert "See photograph 1" in words((await client.get(f"/en/visits/{visit}")).text)
    assert (await send(client, f"/visits/photos/{body['id']}/delete")).status_code == 303
    assert await fetchval("SELECT count(*) FROM visit_photo") == 0
