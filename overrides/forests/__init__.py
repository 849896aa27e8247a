"""Forests of decision trees of every origin: the kernel, and what reads each origin's trees."""
