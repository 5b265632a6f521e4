"""The whole wiring: settings, gateways and clock in, the application out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig
from litestar.types import ASGIApp

from catalogue.outages.rules import BEAT
from catalogue.outages.services import beat
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, UNCOMPRESSED, Now, guard_door
from marketplace.accounts.people.proof_routes import ask_for_proof, lead_to_second_factor
from marketplace.accounts.people.routes import ask_to_sign_in
from marketplace.accounts.sessions import ActorMiddleware, IdleLimits, PgSessionConfig, idle_minutes_of
from marketplace.demo.accounts_command import sign_in_list
from marketplace.demo.cast import PASSWORD
from marketplace.first_pages import FirstPages
from marketplace.gateways.contract_signing import ContractSigner, open_signer
from marketplace.gateways.files import DocumentStore, open_store
from marketplace.gateways.papers import Press, ProcessPress
from marketplace.gateways.payments import DepositGateway, open_deposits
from marketplace.gateways.search_index import SearchIndex
from marketplace.gateways.treasury_files import PaymentGateway, RehearsalVoucherFile, TreasuryVoucherFile
from marketplace.kernel import db
from marketplace.kernel.clock import Clock, CountyClock
from marketplace.kernel.errors import ProofNeeded, SecondFactorNeeded, SignInNeeded
from marketplace.kernel.i18n import current_language
from marketplace.kernel.late import late
from marketplace.kernel.page_cache import PageCache
from marketplace.kernel.public_reads import PublicReads
from marketplace.kernel.settings import PROJECT_FOLDER, Settings
from marketplace.kernel.spoken_templates import speaking
from marketplace.kernel.web import Front, jinja_environment, other_language_url, show_error
from marketplace.late_routes import LateLitestar
from marketplace.opendata.description import api_description
from marketplace.rehearsal.fence import keep_in
from marketplace.site import routes as site
from marketplace.site.act_words import act_words
from marketplace.site.detail_words import detail_name, detail_value, subject_name

# a thousand modules, which the first pages do not wait for
route_table = late("marketplace.route_table")

MOST_UPLOAD = 52 * 1024 * 1024
CONNECTIONS, PLANNED = 10, 4  # of a web process: for all it asks, and for the joined questions of pages
LONGEST_WAIT = 5.0  # seconds for a connection to the database; then the page says that too many people press


async def beat_on() -> None:
    """Record again and again that pages are served; a database that is away leaves the gap that it is."""
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await beat()
        await asyncio.sleep(BEAT.total_seconds())


@dataclass(frozen=True)
class Gateways:
    """The outside world as this application sees it."""

    documents: DocumentStore
    papers: Press
    payments: PaymentGateway
    search: SearchIndex
    signer: ContractSigner
    # none where the county has no key of a payment service: guarantees and transfers are always taken
    deposits: DepositGateway | None = None


def open_gateways(settings: Settings) -> Gateways:
    """The gateways that the settings name."""
    documents = open_store(settings)
    vouchers = RehearsalVoucherFile if settings.is_rehearsal else TreasuryVoucherFile
    return Gateways(
        documents=documents,
        papers=ProcessPress(),
        payments=vouchers(documents, settings.treasury_file),
        search=SearchIndex(settings.search_folder),
        signer=open_signer(settings.contract_signer, documents),
        deposits=open_deposits(settings),
    )


def page_context(settings: Settings) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What every template can name besides its own values."""

    def context(given: dict[str, Any]) -> dict[str, Any]:
        request: Request[Any, Any, Any] = given["request"]
        return {
            "actor": (actor := request.scope.get("user")),
            "idle_minutes": idle_minutes_of(request.scope) if actor else 0,
            "now": request.scope.get("county_now"),
            "language": current_language.get(),
            "request_path": request.scope["path"],
            "query_string": request.scope.get("query_string", b"").decode("latin-1"),
            "demo": settings.is_demo,
            "rehearsal": settings.is_rehearsal,
            "other_language_url": other_language_url(
                request.scope["path"], request.scope.get("query_string", b"").decode("latin-1")
            ),
        }

    return context


AUDIT_WORDS = {
    "act_words": act_words, "detail_name": detail_name, "detail_value": detail_value, "subject_name": subject_name,
}  # fmt: skip


class PageTemplateEngine(JinjaTemplateEngine):
    """Jinja with the reader, the language and the county's time in every page."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(engine_instance=jinja_environment(AUDIT_WORDS))
        self._context = page_context(settings)
        self._spoken: dict[str, JinjaTemplateEngine] = {}

    def get_template(self, template_name: str) -> Any:
        """The template as it was compiled for the reader's language."""
        language = current_language.get()
        if (engine := self._spoken.get(language)) is None:
            spoken = speaking(self.engine, language)  # type: ignore[arg-type]
            engine = self._spoken[language] = JinjaTemplateEngine(engine_instance=spoken)
        return _WithContext(engine.get_template(template_name), self._context)


class _WithContext:
    def __init__(self, template: Any, context: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._template, self._context = template, context

    def render(self, **given: Any) -> str:
        return str(self._template.render(**{**self._context(given), **given}))


def create_app(settings: Settings, gateways: Gateways, clock: Clock | None = None, *, own_pool: bool = True) -> ASGIApp:
    """The application, ready to serve. Tests hand in their own clock and keep their own pool."""
    county_clock = clock or CountyClock()
    reads = PublicReads()
    handlers = route_table.routes(settings)
    routed = create_routes(handlers, settings, gateways, county_clock, reads, own_pool=own_pool)
    # tests look right after they write, inside one transaction: they are shown every page as it is made
    kept = PageCache() if own_pool else None
    return Front(routed, county_clock, kept, reads, is_https=settings.secure_cookies)


def create_first_app(settings: Settings, gateways: Gateways) -> tuple[ASGIApp, FirstPages]:
    """The same application before most of it is loaded, and what loads the rest."""
    county_clock, reads = CountyClock(), PublicReads()

    def make(handlers: list[Any], *, own_pool: bool) -> Litestar:
        return create_routes(handlers, settings, gateways, county_clock, reads, own_pool=own_pool)

    first = FirstPages(
        make(site.ROUTES, own_pool=True), lambda: make(route_table.routes(settings), own_pool=False)
    )
    return Front(first, county_clock, PageCache(), reads, is_https=settings.secure_cookies), first


def traced(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application with its traces told to a collector, and its questions to a test, where the settings say so."""
    if settings.tells_questions:
        from marketplace.upkeep.questions import Telling  # only where a test reads it

        app = Telling(app)
    if not settings.otlp_endpoint:
        return app
    from marketplace.upkeep.telemetry import Traced  # only where a collector is set: a start has no time to spare

    return Traced(app, settings.otlp_endpoint, settings.otlp_name)


def create_routes(
    handlers: list[Any], settings: Settings, gateways: Gateways, county_clock: Clock, reads: PublicReads,
    *, own_pool: bool,
) -> Litestar:  # fmt: skip
    """Every route with its door, its language-free address, its form token and its error pages."""

    @asynccontextmanager
    async def pool(_: Litestar) -> AsyncIterator[None]:
        await db.open_pool(min_size=2, max_size=CONNECTIONS, longest_wait=LONGEST_WAIT)
        await db.open_planned_pool(PLANNED, LONGEST_WAIT)
        beats = asyncio.create_task(beat_on())
        try:
            yield
        finally:
            beats.cancel()
            await db.close_pool()

    async def provide_now(request: Request[Any, Any, Any]) -> datetime:
        return request.scope["county_now"]  # type: ignore[typeddict-item, no-any-return]

    # asks for the time too: what could be provided side by side would be, by a group of tasks on every page
    def provide_actor(request: Request[Any, Any, Any], now: Now) -> Actor:
        return request.scope["user"]  # type: ignore[no-any-return]

    lifespan: list[Callable[[Litestar], AbstractAsyncContextManager[None]]] = [pool] if own_pool else []
    return LateLitestar(
        route_handlers=[
            *handlers,
            create_static_files_router("/static", [PROJECT_FOLDER / "marketplace" / "static"], opt=PUBLIC),
        ],
        guards=[guard_door],
        dependencies={"now": Provide(provide_now), "actor": Provide(provide_actor, sync_to_thread=False)},
        middleware=[
            PgSessionConfig(
                secure=settings.secure_cookies,
                idle=IdleLimits(settings.idle_minutes, settings.idle_minutes_others),
            ).middleware,
            DefineMiddleware(ActorMiddleware),
        ],
        csrf_config=CSRFConfig(
            secret=settings.secret("csrf"),
            cookie_name="csrf",
            cookie_httponly=True,
            cookie_secure=settings.secure_cookies,
        ),
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=5, exclude_opt_key=UNCOMPRESSED
        ),
        template_config=TemplateConfig(instance=PageTemplateEngine(settings)),
        exception_handlers={
            SignInNeeded: ask_to_sign_in,
            SecondFactorNeeded: lead_to_second_factor,
            ProofNeeded: ask_for_proof,
            Exception: show_error,
        },
        lifespan=lifespan,
        before_request=keep_in if settings.is_rehearsal else None,
        state=State(
            {
                "settings": settings,
                "gateways": gateways,
                "clock": county_clock,
                "public_reads": reads,
                "demo_accounts": sign_in_list() if settings.is_demo else None,
                "demo_password": PASSWORD if settings.is_demo else None,
            }
        ),
        request_max_body_size=MOST_UPLOAD,
        # its own would take the place of ours (marketplace/kernel/logs.py) and tell errors in their own words
        logging_config=None,
        # pages are no interface: only routes that say so are described
        include_in_schema=False,
        openapi_config=api_description(),
    )
