"""Repairs of a translated graph, one per file; :mod:`bridge.onnx_import.pipeline` orders them."""
