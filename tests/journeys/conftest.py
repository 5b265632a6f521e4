"""A demo county of its own for the journeys: started once, removed afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.demo.story.own_server import own_server
from marketplace.demo.story.player import County


@pytest.fixture(scope="session")
def county() -> Iterator[County]:
    """A running demo county over HTTP, filled as `make run` fills it."""
    with own_server(begins=None) as server:
        county = County(server.address, server.identities_folder)
        yield county
        county.close()
