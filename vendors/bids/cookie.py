"""The key of the drafts in the bidder's browser: HttpOnly, never written down by the server."""

from __future__ import annotations

from typing import Any, TypeVar

from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from vendors.bids.draft_box import new_key, read_key

NAME = "bid_key"
MAX_AGE = 180 * 24 * 3600

Answer = TypeVar("Answer", Redirect, Template)


def key_in(request: Request[Any, Any, Any]) -> bytes | None:
    """The key that this browser brought."""
    return read_key(request.cookies.get(NAME))


class BrowserKey:
    """The browser's key; a new one when it brought none, to be given along with the answer."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        brought = request.cookies.get(NAME)
        self._text = brought if brought and read_key(brought) else new_key()
        self._is_new = self._text != brought
        self._secure: bool = request.app.state["settings"].secure_cookies

    @property
    def key(self) -> bytes:
        """The key itself."""
        key = read_key(self._text)
        assert key is not None
        return key

    def given(self, answer: Answer) -> Answer:
        """The answer, with the cookie when the key is new."""
        if self._is_new:
            answer.set_cookie(
                Cookie(
                    key=NAME, value=self._text, max_age=MAX_AGE, path="/", httponly=True, samesite="lax",
                    secure=self._secure,
                )
            )  # fmt: skip
        return answer
