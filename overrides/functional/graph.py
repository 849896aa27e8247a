"""Whether a graph is being recorded, which holds for any number of rows and for any values."""

import torch

# Before 2.7 torch told torch.export and torch.compile not apart; what a graph needs serves both.
_is_exporting = getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)


def in_graph() -> bool:
    """Whether torch.export or torch.compile is recording; False in TorchScript, which sees every number of rows."""
    if not torch.jit.is_scripting():
        return torch.compiler.is_compiling()
    return False


def in_export() -> bool:
    """Whether torch.export is recording, for a file in which every operator must have a name in ONNX."""
    if not torch.jit.is_scripting():
        return bool(_is_exporting())
    return False
