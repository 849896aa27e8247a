"""``python -m bridge``: the command line."""

from .command_line.cli import main

main()
