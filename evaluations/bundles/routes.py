"""An award's bundle as a file: for everybody, for a bidder, for supervision."""

from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from evaluations.bundles.answers import AwardBundle
from evaluations.bundles.queries import bundle
from evaluations.bundles.shape import BIDDER, PUBLIC, SUPERVISION, Json
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC as EVERYBODY
from marketplace.accounts.guards import CurrentActor, needs
from marketplace.accounts.permissions import Permission

TOLD = Told(AwardBundle, "The bundle, as a file")
OWN, EVERYTHING = needs(Permission.READ_OWN_DEBRIEF), needs(Permission.READ_EVERYTHING)


def _file(said: Json) -> Response[bytes]:
    name = f"{said['listing']['reference']}-{said['tier']}.json"
    body = msgspec.json.format(msgspec.json.encode(said, order="deterministic"), indent=1)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/json", headers=headers)


@get(
    "/listings/{reference:str}/award/bundle.json", summary="An award, for everybody",
    **described(EVERYBODY, TOLD, (404,)),
)  # fmt: skip
async def public_bundle(reference: FromPath[str]) -> Response[bytes]:
    """The rules, the root over all rows, and the winner's price and total with their working (R-PUBL-01)."""
    return _file(await bundle(reference, PUBLIC))


@get(
    "/listings/{reference:str}/award/own-bundle.json", summary="An award, for one of its bidders",
    **described(OWN, TOLD, (404,)),
)  # fmt: skip
async def own_bundle(reference: FromPath[str], actor: CurrentActor) -> Response[bytes]:
    """One's own rows with every mark and the proof that they belong to the root."""
    return _file(await bundle(reference, BIDDER, actor.organisation_id))


@get(
    "/listings/{reference:str}/award/full-bundle.json", summary="An award, for supervision",
    **described(EVERYTHING, TOLD, (404,)),
)  # fmt: skip
async def full_bundle(reference: FromPath[str]) -> Response[bytes]:
    """Everything, for those who supervise."""
    return _file(await bundle(reference, SUPERVISION))


ROUTES: list[Any] = [public_bundle, own_bundle, full_bundle]
