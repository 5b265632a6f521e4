"""Opening in the browser: layers out, peeled layers back. No key ever comes to the server on this way."""

import base64
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from catalogue.listings.queries import listing_page
from evaluations.opening.answers import PeeledLayers, ReleaseOutcome, WaitingLayers
from evaluations.opening.services import layers_for, release_peeled
from marketplace.accounts.described import Taken, Told, described
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

OPENER = needs(Permission.OPEN_BIDS)
PATH = "/listings/{reference:str}/opening/layers"
LARGEST_BODY = 32 * 1024 * 1024


@get(
    PATH, summary="The layers that wait for this opener",
    **described(OPENER, Told(WaitingLayers, "Bid by bid, without a name"), (404, 409)),
)  # fmt: skip
async def show_layers(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Response[Any]:
    """The layers that wait for this opener, bid by bid without a name."""
    listing = (await listing_page(reference))["id"]
    stage = request.query_params.get("stage", "first")
    found = await layers_for(listing, stage, request.app.state["gateways"].documents, actor, now)
    bids = [
        {"bid": str(bid), "layers": {key: base64.b64encode(wrap).decode() for key, wrap in layers.items()}}
        for bid, layers in found.items()
    ]
    return Response({"bids": bids}, headers={"Cache-Control": "private, no-store"})


@post(
    PATH, status_code=200, request_max_body_size=LARGEST_BODY, summary="Release what the browser peeled",
    **described(
        irreversible(OPENER), Told(ReleaseOutcome, "What came of it"), (404, 409, 422), Taken(PeeledLayers)
    ),
)  # fmt: skip
async def do_release_peeled(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Response[Any]:
    """An opener releases what the browser peeled."""
    try:
        sent = msgspec.json.decode(await request.body(), type=PeeledLayers)
    except msgspec.DecodeError as broken:
        raise DomainError(N_("这个请求看不懂。请刷新页面，重新放行。")) from broken
    listing, documents = (await listing_page(reference))["id"], request.app.state["gateways"].documents
    outcome = await release_peeled(listing, sent.stage, sent.peeled, documents, (actor, now))
    return Response({"outcome": outcome.value})


ROUTES: list[Any] = [show_layers, do_release_peeled]
