"""The web server: granian in this very process, so that one signal reaches everything and no orphan can stay behind."""

import asyncio
import gc
import logging
import signal
import socket
import threading

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

BACKLOG = 1024
# Requests that may be under way at once; beyond, connections wait in the backlog.
BACKPRESSURE = 512
HEADER_SECONDS = 15
# How long requests under way may take to finish after a stop was asked for.
STOP_SECONDS = 10

# Objects made before the collector looks at the young ones; passes before the older, and the oldest.
COLLECTOR_THRESHOLDS = (20_000, 50, 100)

log = logging.getLogger(__name__)


class AddressInUse(Exception):
    """Another program listens on the wanted host and port."""


def run(host: str, port: int) -> None:
    """Serve backorder.config.asgi on host and port until SIGTERM or SIGINT, then finish what is under way.

    Raises AddressInUse.
    """
    claim(host, port)
    from backorder.catalog.warm import keep_warm
    from backorder.config.asgi import application

    _spare_the_collector()
    threading.Thread(target=keep_warm, name="keep the catalog warm", daemon=True).start()
    uvloop.run(_serve(application, host, port))


def _spare_the_collector() -> None:
    """Let the garbage collector pass over what stays anyway and look less often: it took a sixth of an order."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def claim(host: str, port: int) -> None:
    """Make sure that nobody listens on the address. Raises AddressInUse.

    Granian shares ports between its processes, so it would silently take turns with a stranger.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressInUse(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


async def _serve(application: object, host: str, port: int) -> None:
    server = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
