"""``python -m bridge``: the command line."""

from .cli.app import main

main()
