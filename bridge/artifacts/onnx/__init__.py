"""A module as one ONNX file."""
