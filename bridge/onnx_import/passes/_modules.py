"""The kind of pass that puts plain torch functions in the place of modules of onnx2torch and torch.nn."""

from collections.abc import Callable
from typing import Any

from torch import fx, nn

from ._base import Observed, Pass, observe

Rule = Callable[[fx.GraphModule, fx.Node, Any], Any]
"""Takes the model, the node and its module; writes nodes before the node and returns what replaces it."""


class ReplaceModules(Pass):
    """Replace call_module nodes by the rule of their module's class.

    Attributes
    ----------
    rules : dict of str to Rule
        By class name: onnx2torch is heavy and is not imported for this.
    seen : dict of Node to (value, value)
        Values of the nodes in the two trial runs, for rules that ask for shapes, dtypes or counts.
    """

    rules: dict[str, Rule]
    seen: Observed

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Run the graph twice, then apply the rules to every module call."""
        self.seen = observe(model)
        modified = False
        for node in list(model.graph.nodes):
            module = foreign_module(model, node)
            rule = None if module is None else self.rules.get(type(module).__name__)
            if rule is None:
                continue
            with model.graph.inserting_before(node):
                new = rule(model, node, module)
            self.seen.setdefault(new, self.seen[node])
            node.replace_all_uses_with(new)
            model.graph.erase_node(node)
            modified = True
        return modified

    def violation(self, model: fx.GraphModule) -> str | None:
        """A module of a class that has a rule is left."""
        for node in model.graph.nodes:
            module = foreign_module(model, node)
            if module is not None and type(module).__name__ in self.rules:
                return f"{node.name} calls {type(module).__name__}"
        return None


def foreign_module(model: fx.GraphModule, node: fx.Node) -> nn.Module | None:
    """The module of onnx2torch or torch.nn that a node calls; None for others and for modules of ours."""
    if node.op != "call_module":
        return None
    module = model.get_submodule(str(node.target))
    is_foreign = type(module).__module__.split(".")[0] == "onnx2torch" or type(module).__module__.startswith("torch.nn")
    return module if is_foreign else None
