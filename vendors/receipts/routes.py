"""The public chain of a listing's receipts: a page, a file to check receipts against, and the key that signed."""

import asyncio
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, Parameter
from litestar.response import Template

from catalogue.listings.methods import takes_sealed_bids
from catalogue.listings.queries import listing_page
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC
from marketplace.gateways.signing import RECEIPT_KEY, Keyring, make_or_load_keys
from marketplace.kernel.errors import NotFound
from marketplace.kernel.settings import Settings
from marketplace.kernel.web import page
from vendors.receipts.answers import ReceiptChain
from vendors.receipts.queries import chain_of
from vendors.receipts.rules import signing_word

STAGES = ("first", "final")


@lru_cache(maxsize=8)
def _keys(settings: Settings) -> Keyring:
    return make_or_load_keys(settings, RECEIPT_KEY)


async def receipt_keys(request: Request[Any, Any, Any]) -> Keyring:
    """The keys that sign receipts, read from their files once; a kind may start a process for that, and to sign."""
    return await asyncio.to_thread(_keys, request.app.state["settings"])


async def _listing(reference: str) -> dict[str, Any]:
    listing = await listing_page(reference)
    if not takes_sealed_bids(listing):
        raise NotFound()
    return listing


@get("/listings/{reference:str}/receipts", opt=PUBLIC)
async def show_chain(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """What was handed in, link by link, once the deadline has passed; before it the same words for everybody."""
    listing = await _listing(reference)
    chains = [chain for stage in STAGES if (chain := await chain_of(listing["id"], stage))]
    for chain in chains:
        chain["signing_word"] = signing_word(chain)
    for link in (link for chain in chains for link in chain["entries"]):
        link["moment"] = datetime.fromisoformat(link["at"])
    fingerprint = (await receipt_keys(request)).current.public.fingerprint
    return page("vendors/receipts/chain.html", listing=listing, chains=chains, fingerprint=fingerprint)


@get(
    "/listings/{reference:str}/receipts/{stage:str}", summary="The chain of receipts of a stage",
    media_type="application/json", **described(PUBLIC, Told(ReceiptChain, "The chain, as a file"), (404,)),
)  # fmt: skip
async def download_chain(
    reference: FromPath[str],
    stage: Annotated[FromPath[str], Parameter(description="first.json or final.json")],
) -> Response[Any]:
    """The chain as a file. Raises NotFound before the deadline."""
    chain = await chain_of((await _listing(reference))["id"], stage.removesuffix(".json"))
    if chain is None:
        raise NotFound()
    return Response(chain, headers={"Content-Disposition": f'attachment; filename="{reference}-{stage}"'})


@get("/receipts/key.pem", opt=PUBLIC, media_type="application/x-pem-file")
async def download_key(request: Request[Any, Any, Any]) -> Response[str]:
    """The public key that receipts and chains are signed with."""
    return Response((await receipt_keys(request)).current.public.pem, media_type="application/x-pem-file")


ROUTES: list[Any] = [show_chain, download_chain, download_key]
