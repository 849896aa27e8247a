"""Arithmetic: tensors in, tensors out."""
