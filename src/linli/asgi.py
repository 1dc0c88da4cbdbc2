"""The whole site for an ASGI server: pages through WSGI, ``/stream`` reserved for streams."""

from linli.runtime.server import Site
from linli.wsgi import application as pages

application = Site(pages)
