"""Every published version by its number: as a page, as the text that was hashed, and beside the one before."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Template

from catalogue.listings.inviting.queries import check_may_read_documents
from catalogue.listings.methods import row_of
from catalogue.listings.queries import listing_page
from catalogue.listings.version_queries import version_lines, version_of, version_text, versions_of
from catalogue.listings.versions import KIND_LABELS, SECTION_LABELS, Line, changes
from marketplace.accounts.guards import PUBLIC
from marketplace.kernel.errors import NotFound
from marketplace.kernel.web import page

PATH = "/listings/{reference:str}/versions/{number:str}"


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise NotFound()
    return int(typed)


def by_section(lines: list[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under their headings, in the order they were published."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.section, []).append(line)
    return [(SECTION_LABELS.get(section, section), each) for section, each in found.items()]


@get(PATH, opt=PUBLIC)
async def show_version(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[str]
) -> Template | Response[str]:
    """One version as it was published; with .txt the very text whose SHA-256 stands on the page."""
    listing = await listing_page(reference)
    await check_may_read_documents(listing, request.scope.get("user"))
    version = await version_of(listing["id"], _number(number.removesuffix(".txt")))
    if number.endswith(".txt"):
        return Response(await version_text(reference, version), media_type="text/plain; charset=utf-8")
    found = await versions_of(listing["id"])
    return page(
        "catalogue/versions/show.html", listing=listing, shown=version, latest=found[0]["number"], versions=found,
        sections=by_section(await version_lines(version["id"])), kind_labels=KIND_LABELS,
    )  # fmt: skip


@get(PATH + "/changes", opt=PUBLIC)
async def show_changes(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[str]
) -> Template:
    """What a version changed: each field, what it said and what it says."""
    listing = await listing_page(reference)
    await check_may_read_documents(listing, request.scope.get("user"))
    version = await version_of(listing["id"], _number(number))
    before = await version_of(listing["id"], version["number"] - 1)
    return page(
        "catalogue/versions/changes.html", listing=listing, shown=version, before=before,
        clarification_rule=row_of(listing).clarification, sections=SECTION_LABELS,
        changes=changes(await version_lines(before["id"]), await version_lines(version["id"])),
        kind_labels=KIND_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [show_version, show_changes]
