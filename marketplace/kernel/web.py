"""What every page needs: language from the address, templates, posted forms, and errors in words."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from marketplace.kernel import formats
from marketplace.kernel.clock import Clock, SharedLook
from marketplace.kernel.db import reading_once
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, current_language, ngettext, say, translate
from marketplace.kernel.law.loading import refresh_law
from marketplace.kernel.light_libraries import lighten_routes
from marketplace.kernel.logs import current_request
from marketplace.kernel.page_cache import PageCache, Recorder, answer, asked_for
from marketplace.kernel.public_reads import PublicReads
from marketplace.kernel.rule_words import is_unconfirmed
from marketplace.kernel.safe_engine import noting_what_is_kept
from marketplace.kernel.settings import PROJECT_FOLDER, VERSION
from marketplace.kernel.spoken_templates import SpokenEnvironment
from marketplace.kernel.template_calls import shorten_calls
from marketplace.kernel.template_code import kept_in
from marketplace.kernel.template_parts import PARTS, PartTemplate
from marketplace.kernel.unable import RETRY_AFTER, unable

lighten_routes()
log = logging.getLogger("marketplace")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), geolocation=(self)",  # a worker may press for a place
}
# once people have come by TLS their browsers never go back to plain HTTP
OF_HTTPS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Front:
    """What stands before routing: the language from the address, the county's time, and headers on every answer."""

    def __init__(
        self, app: ASGIApp, clock: Clock, cache: PageCache | None = None, reads: PublicReads | None = None,
        *, is_https: bool = False,
    ) -> None:  # fmt: skip
        self.app, self.looks, self.cache, self.reads = app, SharedLook(clock), cache, reads or PublicReads()
        told = {**SECURITY_HEADERS, **(OF_HTTPS if is_https else {})}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        english = path == "/en" or path.startswith("/en/")
        if english:
            scope["path"] = path[3:] or "/"
            scope["raw_path"] = scope["path"].encode()
        language = "en" if english else "zh"
        asked = asked_for(scope, language) if self.cache else None
        version, began = 0, monotonic()
        if not path.startswith("/static/"):
            try:
                look = await self.looks.look()
                await refresh_law(look.law)
            except Exception as error:
                await _say_unable(scope, send, error, language, self.headers)
                return
            kept = self.cache.find(asked.key, look.version) if self.cache and asked else None
            if kept and asked:
                self.reads.kept += 1
                await answer(kept, asked.known, send)
                return
            scope["county_now"], version = look.now, look.version  # type: ignore[typeddict-unknown-key]
        number = secrets.token_hex(6)
        scope["request_number"] = number  # type: ignore[typeddict-unknown-key]
        naming = current_request.set(number)
        out = Recorder(self.cache, asked.key, version, began, send) if self.cache and asked else send
        token, is_read = current_language.set(language), scope["method"] in ("GET", "HEAD")  # type: ignore[typeddict-item]
        try:
            # what is posted is decided by what holds at that moment, so it asks each time
            with noting_what_is_kept(), reading_once() if is_read else nullcontext():
                began = monotonic()
                await self.app(scope, receive, partial(_send_with_headers, scope, out, self.headers))
                if asked:
                    self.reads.add(scope["path"], monotonic() - began)
        finally:
            current_language.reset(token)
            current_request.reset(naming)


async def _say_unable(
    scope: Scope, send: Send, error: Exception, language: str, security: list[tuple[bytes, bytes]]
) -> None:
    """The page of a request that does not get as far as its route. Raises what is no fault of the machine."""
    said = unable(error)
    if said is None:
        raise error
    status, sentence = said
    log.error("%s before any route", type(error).__name__, exc_info=error)
    token = current_language.set(language)
    try:
        is_json = asks_for_json(scope["path"], _header(scope, b"accept").decode("latin-1"))
        body = json.dumps(problem_of(status, sentence, None), ensure_ascii=False) if is_json else _bare_page(
            scope, status, sentence, language
        )  # fmt: skip
    finally:
        current_language.reset(token)
    kind = "application/problem+json" if is_json else "text/html; charset=utf-8"
    headers = [(b"content-type", kind.encode()), (b"retry-after", str(RETRY_AFTER).encode()), *security,
               (b"cache-control", b"no-store")]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})  # type: ignore[typeddict-item]
    await send({"type": "http.response.body", "body": body.encode(), "more_body": False})


@cache
def _bare_environment() -> Environment:
    return jinja_environment()


def _bare_page(scope: Scope, status: int, sentence: Sentence, language: str) -> str:
    path = scope["path"]
    return _bare_environment().get_template("errors/error.html").render(
        status=status, sentence=sentence, clause=None, request_number="", actor=None, now=None, language=language,
        request_path=path, query_string="", demo=False, rehearsal=False, other_language_url=other_language_url(path),
    )  # fmt: skip


async def _send_with_headers(
    scope: Scope, send: Send, security: list[tuple[bytes, bytes]], message: Message
) -> None:  # fmt: skip
    if message["type"] == "http.response.start":
        headers = [*message["headers"], *security]
        if message["status"] >= 400 or scope["method"] not in ("GET", "HEAD"):  # what is never kept for others
            headers.append((b"x-request-id", scope["request_number"].encode()))  # type: ignore[typeddict-item]
        if scope["path"].startswith("/static/built/"):
            headers.append((b"cache-control", b"public, max-age=31536000, immutable"))
        elif not any(name == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-store" if b"sid=" in _cookie(scope) else b"no-cache"))
        message["headers"] = headers
    await send(message)


def _cookie(scope: Scope) -> bytes:
    return _header(scope, b"cookie")


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def url(path: str) -> str:
    """The address of a page in the reader's language."""
    return f"/en{path}" if current_language.get() == "en" and path.startswith("/") else path


def other_language_url(path: str, query: str = "") -> str:
    """The same page in the other language."""
    other = path if current_language.get() == "en" else f"/en{path}"
    return f"{other}?{query}" if query else other


@cache
def _built_files() -> Mapping[str, str]:
    manifest = PROJECT_FOLDER / "marketplace" / "static" / "built" / "manifest.json"
    return json.loads(manifest.read_text()) if manifest.exists() else {}


def asset(name: str) -> str:
    """The address of a style sheet or script, with its content's hash in the name."""
    built = _built_files().get(name)
    return f"/static/built/{built}" if built else f"/static/{name}"


def jinja_environment(filters: Mapping[str, Any] | None = None) -> SpokenEnvironment:
    """The templates' environment: two languages, escaping on, an unknown name is a mistake."""
    environment = SpokenEnvironment(
        loader=FileSystemLoader(PROJECT_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,  # every template stays: there are more of them than the usual 400
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.bytecode_cache = kept_in(environment)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: translate(message), ngettext, newstyle=True
    )
    shorten_calls(environment)
    environment.template_class = PartTemplate
    # `_()` reads % as a placeholder; words that come as values are translated by this filter instead
    environment.filters.update({**formats.FILTERS, "translated": translate, **(filters or {})})
    environment.globals.update({**PARTS, "is_unconfirmed": is_unconfirmed})
    environment.globals.update(url=url, asset=asset, say=say, version=VERSION, other_language_url=other_language_url)
    return environment


def page(name: str, /, status_code: int = 200, **context: Any) -> Template:
    """A page from its template."""
    return Template(template_name=name, context=context, status_code=status_code)


def go(path: str) -> Redirect:
    """To the next page after an act (303, so that going back never posts twice)."""
    return Redirect(path=url(path), status_code=303)


@dataclass
class PostedForm:
    """What a browser posted: texts (a list where a name came several times) and files."""

    texts: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[UploadFile]] = field(default_factory=dict)


async def posted(request: Request[Any, Any, Any]) -> PostedForm:
    """Read the form of a request once; `_csrf_token` is left out."""
    form = PostedForm()
    for name, value in (await request.form()).multi_items():
        if name == "_csrf_token":
            continue
        if isinstance(value, UploadFile):
            if value.filename:
                form.files.setdefault(name, []).append(value)
        elif name in form.texts:
            earlier = form.texts[name]
            form.texts[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            form.texts[name] = value
    return form


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether the caller reads JSON rather than pages."""
    return asks_for_json(request.scope["path"], request.headers.get("accept", ""))


def asks_for_json(path: str, accept: str) -> bool:
    """Whether an address or what the caller takes means JSON."""
    return path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


def problem_of(status: int, sentence: Sentence, clause: str | None) -> dict[str, Any]:
    """A refusal as programs read it."""
    return {"type": "about:blank", "status": status, "title": sentence.text(), "clause": clause}


GENERIC: dict[int, str] = {
    400: N_("这个请求看不懂。请回到上一页再试一次。"),
    401: N_("请先登录。"),
    403: N_("不能做这件事，或者这个页面打开得太久了。请刷新页面再试一次。"),
    404: N_("没有找到这个页面。请检查地址，或从首页重新进入。"),
    405: N_("这个地址不支持这样访问。请从页面上的按钮进入。"),
    409: N_("刚才有人先做了同样的事。请刷新页面，再看下一步。"),
    413: N_("文件太大。每个文件最多 100 MB，请压缩或拆分后再上传。"),
    429: N_("请求太多了。请等一分钟再试。"),
    500: N_("系统出了错，您做的事没有保存。请再试一次；如果还不行，请把页面上的编号告诉系统管理员。"),
}


def sentence_of(error: Exception) -> tuple[int, Sentence, str | None]:
    """The status, the words and the clause of any error; never its inner details."""
    if isinstance(error, DomainError):
        return error.status_code, error.sentence, error.clause
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
        return 409, say(GENERIC[409]), None
    if isinstance(error, asyncpg.CharacterNotInRepertoireError):
        # a NUL in an address: nobody types one, and no column holds one
        return 400, say(GENERIC[400]), None
    if isinstance(error, HTTPException):
        status = error.status_code
        return status, say(GENERIC.get(status, GENERIC[400] if status < 500 else GENERIC[500])), None
    if said := unable(error):
        return *said, None
    return 500, say(GENERIC[500]), None


def show_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Any error as a page, or as application/problem+json when the caller reads JSON."""
    status, sentence, clause = sentence_of(error)
    if status >= 500:
        # the route's pattern and the error's type only: a path or a value could hold what must stay sealed
        log.error("%s in %s", type(error).__name__, scope_pattern(request.scope), exc_info=error)
    again = {"Retry-After": str(RETRY_AFTER)} if status in (503, 507) else None
    if wants_json(request):
        problem = problem_of(status, sentence, clause)
        if errors := getattr(error, "errors", None):
            problem["errors"] = {name: each.text() for name, each in errors.items()}
        return Response(
            json.dumps(problem, ensure_ascii=False), status_code=status, media_type="application/problem+json",
            headers=again,
        )  # fmt: skip
    known = status if (PROJECT_FOLDER / "templates" / "errors" / f"{status}.html").exists() else "error"
    number = request.scope.get("request_number", "")
    context = {"status": status, "sentence": sentence, "clause": clause, "request_number": number}
    return Response(
        render(request, f"errors/{known}.html", **context),
        status_code=status,
        media_type="text/html",
        headers=again,
    )


def scope_pattern(scope: Scope) -> str:
    """The route's pattern, without the values in it."""
    return str(scope.get("path_template") or "unrouted")


def render(request: Request[Any, Any, Any], name: str, **context: Any) -> str:
    """A template as text, with the same context that a page gets."""
    engine = request.app.template_engine
    assert engine is not None
    template = engine.get_template(name)
    return template.render(**Template(template_name=name, context=context).create_template_context(request))


def safe_next(path: str) -> str:
    """Where to go after sign-in: only a path of this site.

    Browsers leave tabs and line breaks out of an address, so that `/<tab>/elsewhere` would lead to another site.
    """
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else "/work"


TEMPLATES_FOLDER: Path = PROJECT_FOLDER / "templates"
