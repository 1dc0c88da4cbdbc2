"""The ``linli`` command: reads the arguments and calls one act."""

import argparse
import os


def main() -> None:
    """Run the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="linli")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the pages until Ctrl-C")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    arguments = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
    import django

    django.setup()
    from linli.runtime import server

    server.serve(host=arguments.host, port=arguments.port)
