"""Modules of estimators that hand every method on to another one inside them."""

from typing import Any

from torch import Tensor, nn

from .codegen import class_from_source
from .composite import Composite
from .facts import facts_of
from .methods import METHODS
from .module import Module
from .templates import private_name

_CHECKS = '''
class {class_name}:
    """Every method is that of the child ``{child}``."""

    child = "{child}"

    def _check(self, x: Tensor) -> Tensor:
        checked: Tensor = self.{child}._check(x)
        return checked

    def _check_inverse(self, x: Tensor) -> Tensor:
        checked: Tensor = self.{child}._check_inverse(x)
        return checked
'''

# TorchScript infers what it returns, a tensor or a list of them, from the child.
_METHOD = """
    def {private}(self, x: Tensor):
        return self.{child}.{method}(x)
"""


def delegating(child: str) -> Any:
    """Base class whose private methods, one for each of :data:`METHODS`, call the public ones of a child.

    Parameters
    ----------
    child : str
        scikit-learn's attribute for it, and the module's.
    """
    parts = [_METHOD.format(private=private_name(method), child=child, method=method) for method in METHODS]
    name = "Delegating" + "".join(word.capitalize() for word in child.split("_"))
    source = _CHECKS.format(class_name=name, child=child) + "".join(parts)
    return class_from_source(name, source, {"Tensor": Tensor})


class Delegate(Composite):
    """What modules share that inherit from :func:`delegating` in front of this one."""

    child: str

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        inside: Any = children[self.child]
        setattr(self, self.child, inside)
        self.n_features_in_ = inside.n_features_in_
        self.n_features_out = inside.n_features_out
        self.adopt_classes(estimator)

    @classmethod
    def inner(cls, estimator: Any) -> Any:
        """The estimator inside; None where there is none."""
        return getattr(estimator, cls.child, None)

    @classmethod
    def children_of(cls, estimator: Any) -> dict[str, Any]:
        """The estimator inside."""
        return {cls.child: cls.inner(estimator)}

    @classmethod
    def multi_output_methods(cls, estimator: Any) -> tuple[str, ...]:
        """Those of the estimator inside."""
        return facts_of(cls.inner(estimator)).multi_output_methods

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """Those of the estimator inside."""
        return facts_of(cls.inner(estimator)).failing_methods

    @classmethod
    def nondeterministic_methods(cls, estimator: Any) -> tuple[str, ...]:
        """Those of the estimator inside."""
        return facts_of(cls.inner(estimator)).nondeterministic_methods

    def entry(self) -> Module:
        """The estimator inside."""
        inside: Module = getattr(self, self.child)
        return inside

    def as_returned(self, method: str, result: Any) -> Any:
        """In the form in which the estimator inside returns it."""
        return super().as_returned(method, self.entry().as_returned(method, result))

    def passes(self) -> list[int]:
        """Those of the estimator inside."""
        return self.entry().passes()
