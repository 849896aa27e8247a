"""Shared by all tests."""

import functools
import gc

import torch
import torch._export.utils
from torch.onnx._internal.exporter._registration import ONNXRegistry

# Workers of pytest-xdist share the cores: more threads in each would only make them wait for each other.
torch.set_num_threads(1)

# At every export torch parses the source of all ONNX functions and lists all operators of every namespace. That is most
# of the time of a small export, and the tests make a thousand; nothing that is cached here changes in a process.
ONNXRegistry.from_torchlib = staticmethod(functools.cache(ONNXRegistry.from_torchlib))
torch._export.utils._materialize_cpp_cia_ops = functools.cache(torch._export.utils._materialize_cpp_cia_ops)

# The garbage collector would walk torch and scikit-learn again and again while graphs are traced; what these leave
# behind it must still find.
gc.freeze()
gc.set_threshold(50_000, 10, 10)
