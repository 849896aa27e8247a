"""``python -m bridge``: the command line."""

from .cli import main

main()
