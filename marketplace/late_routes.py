"""A Litestar that starts quickly: its routes are laid out once, and read when somebody first asks for them.

Litestar reads the signature of every handler, builds its models and checks the whole tree of routes anew for each of
700 addresses, which was a third of a start. Here an address is entered with its methods, guards and options, and the
rest is done by its first request, a millisecond's work. What would have been refused at the start is found by
`tests/architecture/test_late_routes.py`, which makes every route ready; one method twice at one address is still
refused at the start.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from litestar import Litestar
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.plugins.core import MsgspecDIPlugin
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, HTTPScope, Receive, Send
from litestar.utils.path import join_paths


class LateRoute(HTTPRoute):
    """An address with its handlers, each made ready by the first request that asks for it."""

    __slots__ = ("_of",)

    def __init__(self, app: Litestar, path: str, route_handlers: list[HTTPRouteHandler]) -> None:
        super().__init__(path=path, route_handlers=route_handlers)
        self._of = app
        late: dict[Any, Any] = self.route_handler_map
        for handler in self.route_handlers:
            handler.resolve_opts()  # doors and middleware read them before a handler is asked
            for method in handler.http_methods:
                if method in late:
                    raise ImproperlyConfiguredException(f"{method} {self.path} has two handlers: {handler}")
                late[method] = (handler, None)

    async def handle(self, scope: HTTPScope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Answer a request, as Litestar does it."""
        handler, model = self.route_handler_map[scope["method"]]
        if model is None:
            self.make_ready(handler)
        await super().handle(scope, receive, send)

    def make_ready(self, handler: HTTPRouteHandler) -> None:
        """What Litestar does with each handler at the start. Raises ImproperlyConfiguredException."""
        handler.on_registration(self._of)
        ready = handler, handler.create_kwargs_model(path_parameters=self.path_parameters)
        for method in handler.http_methods:
            self.route_handler_map[method] = ready

    @property
    def is_described(self) -> bool:
        """Whether any of its handlers stands in the description of the interface."""
        return any(handler.resolve_include_in_schema() for handler in self.route_handlers)


class LateLitestar(Litestar):
    """Without the plug-ins for model libraries that no page uses, and with late routes."""

    def __init__(self, **given: Any) -> None:
        self._waiting: dict[str, list[HTTPRouteHandler]] = {}
        super().__init__(**given)
        self._lay_out()

    @staticmethod
    def _get_default_plugins(plugins: list[Any]) -> list[Any]:
        return [*plugins, MsgspecDIPlugin()]

    def register(self, value: ControllerRouterHandler) -> None:  # type: ignore[override]
        """Keep a handler until all are known; routers (of files, of the description) are few and entered at once."""
        if not isinstance(value, HTTPRouteHandler):
            return super().register(value)
        value.owner = self
        handler = copy(value)  # the one in the module belongs to every application of this process
        for path in value.paths:
            self._waiting.setdefault(join_paths([self.path, path]), []).append(handler)
        return None

    def _lay_out(self) -> None:
        """Enter every address, once. Raises ImproperlyConfiguredException."""
        for path, handlers in self._waiting.items():
            route = LateRoute(self, path, handlers)
            self.routes.append(route)
            if route.is_described:
                for handler in route.route_handlers:
                    route.make_ready(handler)  # the description tells what this finds out
                for plugin in self.plugins.receive_route:
                    plugin.receive_route(route)
        self._waiting.clear()
        self.asgi_router.construct_routing_trie()
