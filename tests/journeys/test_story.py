"""The story as a journey: every step over HTTP, in order, on a server of its own."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from marketplace.demo.story.browser import read_forms, words
from marketplace.demo.story.player import STEPS, County, Step, StoryBroken, not_built
from marketplace.demo.story_command import checked_demo


def test_all_thirteen_steps_are_built() -> None:
    assert [step.number for step in STEPS] == list(range(1, 14))
    assert not_built() == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.number:02d}")
def test_the_story_goes_on_with(step: Step, county: County) -> None:
    assert step.act is not None
    path = step.act(county)
    assert path.startswith("/")


def test_the_county_clock_only_goes_forward(county: County) -> None:
    now = county.now()
    answer = httpx.post(f"{county.address}/demo/clock", json={"at": (now - timedelta(days=1)).isoformat()})
    assert answer.status_code == 422
    assert county.now() >= now


@pytest.mark.parametrize("body", [b"", b"[]", b'{"at": 5}', b'{"at": "soon"}', b'{"at": "2999-01-01T00:00:00"}'])
def test_the_county_clock_refuses_what_is_no_near_moment(body: bytes, county: County) -> None:
    assert httpx.post(f"{county.address}/demo/clock", content=body).status_code == 422


def test_the_story_is_refused_where_no_demo_answers() -> None:
    with pytest.raises(StoryBroken, match="no marketplace answers"):
        checked_demo("http://127.0.0.1:9")


def test_a_form_is_read_with_what_is_filled_in_already() -> None:
    page = """<main><form method="post" action="/a">
    <input name="x" value="1"><select name="s"><option value="">-</option>
    <option value="2" selected>Two</option></select><textarea name="t">
words</textarea><input type="checkbox" id="c" name="c" value="yes" checked><label for="c">Tick</label></form></main>"""
    (form,) = read_forms(page)
    assert form.values == {"x": "1", "s": "2", "t": "words", "c": "yes"}
    assert form.option("s", "Two") == "2"
    assert form.option("c", "Tick") == "yes"
    assert "Tick" in words(page)
