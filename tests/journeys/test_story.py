"""The story as a journey: every step over HTTP, in order, on a server of its own."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from marketplace.demo.story.browser import read_forms, words
from marketplace.demo.story.player import STEPS, County, Step, StoryBroken, not_built
from marketplace.demo.story_command import checked_demo
from marketplace.demo.story_command import main as story
from tests.journeys.rubbish_sender import RubbishSender


def test_all_thirteen_steps_are_built() -> None:
    assert [step.number for step in STEPS] == list(range(1, 14))
    assert not_built() == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.number:02d}")
def test_the_story_goes_on_with(step: Step, county: County) -> None:
    assert step.act is not None
    path = step.act(county)
    assert path.startswith("/")


def test_every_form_of_the_story_refused_rubbish_in_every_field_with_words(
    county: County, sender: RubbishSender
) -> None:
    """Sent while the story was told, just before each form was filled in rightly."""
    assert sender.wrong == []
    assert len(sender.tried) > 40 and set(sender.answered) <= {401, 403, 404, 409, 422, 429}, sender.answered
    assert sender.answered[422] > 300


def test_no_page_of_the_story_asked_the_database_too_often(county: County, sender: RubbishSender) -> None:
    """As the server tells with each answer; in a browser the pages that the story's lead to are counted too."""
    assert len(sender.questions.kinds) > 50
    assert sender.questions.too_many == []


def test_the_county_clock_only_goes_forward(county: County) -> None:
    now = county.now()
    answer = httpx.post(f"{county.address}/demo/clock", json={"at": (now - timedelta(days=1)).isoformat()})
    assert answer.status_code == 422
    assert county.now() >= now


@pytest.mark.parametrize("body", [b"", b"[]", b'{"at": 5}', b'{"at": "soon"}', b'{"at": "2999-01-01T00:00:00"}'])
def test_the_county_clock_refuses_what_is_no_near_moment(body: bytes, county: County) -> None:
    assert httpx.post(f"{county.address}/demo/clock", content=body).status_code == 422


def test_the_story_is_told_again_and_again_on_one_server(county: County, capsys: pytest.CaptureFixture[str]) -> None:
    """The same county, told a second time by the command: fresh codes, another listing, every step once more."""
    assert story(["--url", county.address, "--identities", str(county.identities_folder)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in told] == [f"{number}/13" for number in range(1, 14)]
    assert county.needed("listing") not in "".join(told)


def test_the_story_is_refused_where_no_demo_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StoryBroken, match="no marketplace answers"):
        checked_demo("http://127.0.0.1:9")
    assert story(["--url", "http://127.0.0.1:9"]) == 1
    assert "no marketplace answers" in capsys.readouterr().err


@pytest.mark.parametrize(
    "health",
    [
        {"status": "ok", "demo": False}, {"status": "ok"}, {"status": "ok", "demo": "true"}, {"demo": 1},
        ["demo"], None,
    ],
)  # fmt: skip
def test_the_story_is_refused_by_a_county_that_is_no_demo(health: object, capsys: pytest.CaptureFixture[str]) -> None:
    with a_server_that_says(health) as (address, asked):
        assert story(["--url", address]) == 1
    assert "is no demo" in capsys.readouterr().err
    assert asked == ["/healthz"]  # nothing else was touched


@contextlib.contextmanager
def a_server_that_says(health: object) -> Iterator[tuple[str, list[str]]]:
    """A server whose every page is this JSON; tells which paths were asked for."""
    asked: list[str] = []

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 (the library's name)
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(health).encode())

        def log_message(self, *_: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Says) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


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
