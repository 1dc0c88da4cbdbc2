"""Serving: pages, the job worker and, where we have our own, the database server, started and stopped together."""

import contextlib
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn
from a2wsgi import WSGIMiddleware
from django.core.management import call_command
from django.utils.translation import gettext as _

from linli.compute import compiled
from linli.runtime import database, folders, static

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

# Threads that make pages; numbers are worked out by the worker, so few are enough.
PAGE_THREADS = 8
WORKER_STOP_LIMIT_S = 15
WORKER_RESTART_PAUSE_S = 2


class PortTaken(Exception):
    """Someone else listens on the port we were told to use."""


async def _no_streams(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"no such stream"})


class Site:
    """ASGI application: ``/stream…`` goes to the stream handler, everything else to the pages."""

    def __init__(self, pages: Callable[..., Any], streams: Handler = _no_streams) -> None:
        self.pages = WSGIMiddleware(pages, workers=PAGE_THREADS)
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/stream" or scope["path"].startswith("/stream/"):
            await self.streams(scope, receive, send)
        else:
            await self.pages(scope, receive, send)  # type: ignore[arg-type]  # a2wsgi names the same protocol its own way


def prepare() -> None:
    """Database up, tables newest, role and endpoints fit, files and loops ready; refusals say what to do."""
    database.prepare()
    call_command("check", stdout=io.StringIO())
    static.collect()
    # Compiled at set-up and kept; were it not, nobody's request should pay for it.
    compiled.warm_up()


def serve(*, host: str = "127.0.0.1", port: int = 8000, say: Callable[[str], None] = print) -> None:
    """Serve until Ctrl-C or SIGTERM, with one worker process for jobs."""
    refuse_taken(host, port)
    prepare()
    with _pid_file(), _worker():
        say(_("邻里已启动:http://%(host)s:%(port)s/ (按 Ctrl-C 停止)") % {"host": host, "port": port})
        # Ctrl-C is how one stops it, not an accident.
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.run(
                "linli.asgi:application",
                host=host,
                port=port,
                log_level="warning",
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        say(_("邻里已停止。"))


def refuse_taken(host: str, port: int) -> None:
    """Refuse a port on which someone listens.

    Raises
    ------
    PortTaken
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortTaken(
                _("端口 %(port)s 已被占用。请用 PORT 指定另一个端口,例如 PORT=8010。") % {"port": port}
            ) from None


@contextlib.contextmanager
def _pid_file() -> Iterator[None]:
    """Our process id in ``var/serve.pid`` (or where ``LINLI_PID_FILE`` says), for stopping us by hand."""
    path = Path(os.environ.get("LINLI_PID_FILE", folders.var() / "serve.pid"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{os.getpid()}\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _worker() -> Iterator[None]:
    """The job worker as a child process, started again if it dies."""
    ending = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(ending,), name="worker keeper")
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        keeper.join()


def _keep_worker(ending: threading.Event) -> None:
    while not ending.is_set():
        child = _start_worker()
        while child.poll() is None and not ending.wait(0.2):
            pass
        if ending.is_set():
            _stop_worker(child)
            return
        ending.wait(WORKER_RESTART_PAUSE_S)


def _start_worker() -> "subprocess.Popen[bytes]":
    """In a session of its own, so that Ctrl-C reaches it through us only; its input closes when we are gone."""
    return subprocess.Popen([sys.executable, "-m", "linli.runtime.jobs"], stdin=subprocess.PIPE, start_new_session=True)


def _stop_worker(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=WORKER_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        # Its job is found again at the next start.
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()
