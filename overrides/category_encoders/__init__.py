"""category_encoders: encoders that map each category of a column to numbers, by the table that they give when asked."""

from . import encoders, invertible

__all__ = ["encoders", "invertible"]
