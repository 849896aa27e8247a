"""Kernels and distances between rows, and the nearest of them."""
