"""The application: routes, errors, guard, and the life of the service behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from . import page, v0_3, v0_4
from .config import ServerConfig
from .guard import Guard
from .http import HANDLERS, Operation, json_reply
from .openapi import describe
from .service import Service
from .store import Store

__all__ = ["make_app"]

OPERATIONS: dict[str, tuple[Operation, ...]] = {
    "/v0.4": v0_4.OPERATIONS,
    "/v0.3": v0_3.OPERATIONS,
}
_UNPREFIXED = v0_4.OPERATIONS  # qiskit-ionq drops the version if the address has none


def make_app(config: ServerConfig, store: Store) -> Guard:
    """Return the ASGI application of a server.

    Parameters
    ----------
    config : ServerConfig
        How it is set up.
    store : Store
        Where jobs are kept; it is closed when the application ends.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        service = Service(config, store)
        app.state.service = service
        try:
            await service.start()
            yield
        finally:
            await service.close()

    description = describe(OPERATIONS)

    async def show_description(_: Request) -> Response:
        return json_reply(description)

    routes: list[BaseRoute] = [
        Mount(prefix, app=Router(_routes(operations), redirect_slashes=False))
        for prefix, operations in OPERATIONS.items()
    ]
    routes += [
        Route("/", page.show, methods=["GET"]),
        Route("/openapi.json", show_description, methods=["GET"]),
        *_routes(_UNPREFIXED),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS, lifespan=lifespan)
    app.router.redirect_slashes = False
    return Guard(app, config)


def _routes(operations: tuple[Operation, ...]) -> list[BaseRoute]:
    """Return one route per path, so that a wrong method is answered 405 with the right ones."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [
        Route(path, _dispatch(methods), methods=list(methods)) for path, methods in by_path.items()
    ]


def _dispatch(methods: dict[str, Operation]):  # type: ignore[no-untyped-def]
    if len(methods) == 1:
        [operation] = methods.values()
        return operation.endpoint

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method].endpoint(request)

    return endpoint
