"""Downloads: always as an attachment, never shown by the browser inside the site."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Stream

from marketplace.accounts.documents.queries import DocumentFacts, check_scanned, get_document
from marketplace.accounts.guards import PUBLIC
from marketplace.gateways.files import DocumentStore, begun


async def as_attachment(document: DocumentFacts, store: DocumentStore) -> Stream:
    """The bytes of a document that the reader may have, for any page that lets somebody in by its own rule.

    Raises Forbidden while it waits for the virus check, or when it failed it.
    """
    check_scanned(document)
    return Stream(
        await begun(store.stream(document.storage_key)),
        media_type=document.media_type,
        headers={
            "Content-Disposition": disposition(document.name),
            "Content-Length": str(document.size),
            "Cache-Control": "private, no-store",
            "ETag": f'"{document.sha256}"',
        },
    )


def disposition(name: str) -> str:
    """An attachment header that carries a Chinese name."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@get("/documents/{document_id:uuid}", opt=PUBLIC)
async def download(request: Request[Any, Any, Any], document_id: FromPath[UUID]) -> Stream:
    """A public document, or one of the reader's own organisation."""
    document = await get_document(document_id, visible_to=request.scope["user"])  # type: ignore[arg-type]
    return await as_attachment(document, request.app.state["gateways"].documents)


ROUTES: list[Any] = [download]
