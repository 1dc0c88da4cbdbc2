"""``linli serve`` and ``linli demo``."""

import argparse

from linli.faces.console import house, telling


def serve(asked: argparse.Namespace) -> int:
    """Serve the pages until Ctrl-C."""
    house.set_up()
    from linli.runtime import server

    server.serve(host=asked.host, port=int(asked.port), say=telling.say)
    return 0
