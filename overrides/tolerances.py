"""How far results may differ: the numbers by which a module, or a traced function, passes. They stand here alone."""

TOLERANCES = {"float64": 1e-8, "float32": 1e-3}
"""Largest error of a module that passes, as a part of ``max(1, |reference|)``, by its dtype."""

TRACED = 1e-10
"""The same of a traced function, beside the function itself."""

REORDERED = 1e-9
"""By how much another order of summation, that of another batch, may change a result."""
