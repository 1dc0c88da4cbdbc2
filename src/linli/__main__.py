"""``python -m linli`` is the ``linli`` command."""

import sys

from linli.faces.console.main import main

if __name__ == "__main__":
    sys.exit(main())
