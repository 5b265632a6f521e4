"""A demo county of its own for the journeys: started once, removed afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.demo.story.own_server import own_server
from marketplace.demo.story.player import County
from tests.journeys.rubbish_sender import RubbishSender
from tests.questions_told import questions_told


@pytest.fixture(scope="session")
def sender() -> RubbishSender:
    """What came of the rubbish."""
    return RubbishSender()


@pytest.fixture(scope="session")
def county(sender: RubbishSender) -> Iterator[County]:
    """A running demo county over HTTP, filled as `make run` fills it; every form that is seen gets rubbish first."""
    with questions_told(), own_server(begins=None) as server:
        county = County(server.address, server.identities_folder, sender)
        yield county
        county.close()
