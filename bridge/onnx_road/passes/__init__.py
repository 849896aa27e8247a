"""Repairs of a translated graph, one per file; :mod:`bridge.onnx_road.repair` orders them."""
