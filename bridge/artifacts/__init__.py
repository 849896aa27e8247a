"""Artifacts: a folder with a model in every format, its manifest, and what writes, reads and measures it."""
