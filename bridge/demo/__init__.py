"""The demo: example models, their artifacts, the parity page and pictures."""
