"""Iterations that end when a row has converged, and systems of equations."""
