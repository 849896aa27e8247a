"""Notices of torch that say nothing to a user, silenced where they are known."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the notices of torch that TorchScript is deprecated, and what the optimizer of its ONNX graphs left out.

    TorchScript is a deliverable beside torch.export.
    """
    logger = logging.getLogger("onnxscript.optimizer")
    before = logger.level
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit.*")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(before)
