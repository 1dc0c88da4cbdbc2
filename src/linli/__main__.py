"""``python -m linli`` is the ``linli`` command."""

from linli.faces.console.main import main

if __name__ == "__main__":
    main()
