"""Source of the public methods that are composed onto modules: TorchScript compiles what it can read.

A public method calls the private one at one place: TorchScript writes a module out where it is called, and two calls at
every level of modules inside modules would make that exponential. Tiles are worked on one after the other: threads of
``torch.jit.fork`` abort a process that ends soon after, and are missing in the children of a process that used them.
"""

import functools
from typing import Optional

import torch
from torch import Tensor, nn

from ..functional.csr import rows_between
from ..functional.tiles import room_for
from .codegen import class_from_source
from .methods import method_of
from .module import refuse

ROWWISE = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> Tensor:
        """scikit-learn's ``{name}`` on rows ``x``, worked on in tiles."""
        x = self.{check}(x)
        size = self._tile(x)
        if not torch.jit.is_scripting():
            if size == 0:
                return self.{private}(x)
        parts: list[Tensor] = []
        in_place = False
        for start in range(0, max(x.shape[0], 1), size if size > 0 else max(x.shape[0], 1)):
            part = self.{private}(x if size == 0 else rows_between(x, start, size))
            if start == 0:
                parts.append(room_for(part, x.shape[0], size))
                in_place = parts[0].shape[0] != part.shape[0]
            if in_place:
                parts[0][start : start + size] = part
            elif start > 0:
                parts.append(part)
        return parts[0] if len(parts) == 1 else torch.cat(parts)
'''

ROWWISE_LISTS = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> list[Tensor]:
        """scikit-learn's ``{name}`` on rows ``x``, one tensor per output, worked on in tiles."""
        x = self.{check}(x)
        size = self._tile(x)
        if not torch.jit.is_scripting():
            if size == 0:
                return self.{private}(x)
        tiles: list[list[Tensor]] = []
        for start in range(0, max(x.shape[0], 1), size if size > 0 else max(x.shape[0], 1)):
            tiles.append(self.{private}(x if size == 0 else rows_between(x, start, size)))
        if len(tiles) == 1:
            return tiles[0]
        return [torch.cat([tile[i] for tile in tiles]) for i in range(len(tiles[0]))]
'''

JOINT = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> Tensor:
        """scikit-learn's ``{name}`` of rows ``x`` with each other."""
        x = self.{check}(x)
        return self.{private}(rows_between(x, 0, max(x.shape[0], 1)))
'''

RAISING = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> Tensor:
        """Raises: scikit-learn has ``{name}``, but no result of it that a module could give."""
        refuse(self.raising["{name}"])
        return x
'''

LABELS = '''
class {class_name}:
    @torch.jit.export
    def predict_labels(self, x: Tensor) -> list[str]:
        """The words of ``predict``, a string per row."""
        codes: list[int] = self.predict(x).reshape(-1).tolist()
        return [self.class_names[code] for code in codes]
'''

LABELS_PER_OUTPUT = '''
class {class_name}:
    @torch.jit.export
    def predict_labels(self, x: Tensor) -> list[list[str]]:
        """The words of ``predict``: a list per output, of a string per row."""
        codes: list[list[int]] = self.predict(x).t().to(torch.int64).tolist()
        found: list[list[str]] = []
        for output, column in enumerate(codes):
            found.append([self.output_class_names[output][code] for code in column])
        return found
'''

COLUMNS = '''
class {class_name}:
    @torch.jit.export
    def encode_columns(self, numbers: Tensor, words: list[list[Optional[str]]]) -> Tensor:
        """Columns of numbers and columns of words as the tensor that the methods take.

        Parameters
        ----------
        numbers : Tensor of shape (n_samples, n_number_columns)
            The columns that are no words, in their order; missing values are NaN.
        words : list of list of str or None
            The columns of words, in their order, a list of n_samples words each; None is a missing value.
        """
        return self.string_columns(numbers, words).to(self.anchor)
'''

FORWARD = '''
class {class_name}:
    def forward(self, x: Tensor):
        """``{name}``."""
        return self.{name}(x)
'''


@functools.cache
def mixin(template: str, name: str) -> type:
    """Class with one public method."""
    class_name = "".join(word.capitalize() for word in name.split("_")) + "Method"
    check = "_check_inverse" if method_of(name).is_inverse else "_check"
    source = template.format(class_name=class_name, name=name, private=private_name(name), check=check)
    helpers = {"rows_between": rows_between, "room_for": room_for, "refuse": refuse}
    return class_from_source(class_name, source, {"torch": torch, "Tensor": Tensor, "Optional": Optional, **helpers})


def template_of(name: str, lists: tuple[str, ...]) -> str:
    """Source of a public method: cut into tiles, unless its result is about all rows together."""
    if method_of(name).is_joint:
        return JOINT
    if name in lists:
        return ROWWISE_LISTS
    return ROWWISE


def private_name(method: str) -> str:
    """Name of the private method behind a public one: ``_predict``, but ``_apply_rows``, for torch has ``_apply``."""
    name = f"_{method}"
    return f"{name}_rows" if hasattr(nn.Module, name) else name
