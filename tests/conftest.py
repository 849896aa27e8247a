"""Shared by all tests."""

import functools

import torch
from torch.onnx._internal.exporter._registration import ONNXRegistry

# Workers of pytest-xdist share the cores: more threads in each would only make them wait for each other.
torch.set_num_threads(1)

# torch parses the source of every ONNX function at every export, half a second each; the tests export a thousand times.
ONNXRegistry.from_torchlib = staticmethod(functools.cache(ONNXRegistry.from_torchlib))
