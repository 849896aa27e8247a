"""``sklearn.pipeline``: Pipeline and FeatureUnion."""

from typing import Any, Final

import numpy as np
import torch
from sklearn.pipeline import FeatureUnion as SkFeatureUnion
from sklearn.pipeline import Pipeline as SkPipeline
from torch import Tensor, nn

from ..core.composite import (
    Children,
    Composite,
    fused_linear_of,
    identity,
    legal_names,
    returns_its_rows,
)
from ..core.compressed import ends_compressed, read_zeros_as_missing
from ..core.facts import facts_of
from ..core.module import Module
from ..core.output_tables import read_before
from ..core.registry import OnnxGap, register
from ..encoding.columns import Column, read_through
from ..functional.csr import scaled, side_by_side
from .feature_extraction._fills import fill_before_texts


def _is_passed_through(step: Any) -> bool:
    """Whether a step does nothing at prediction: samplers of imbalanced-learn choose rows while fitting only."""
    return step is None or returns_its_rows(step) or hasattr(step, "fit_resample")


def _steps(estimator: Any) -> dict[str, Any]:
    """The steps that do something at prediction, by their legal names; a fill of gaps among texts is the reader's."""
    names = legal_names(name for name, _ in estimator.steps)
    _, fill = fill_before_texts(estimator)
    return {
        name: step
        for name, (_, step) in zip(names, estimator.steps, strict=True)
        if not _is_passed_through(step) and (fill is None or step is not fill)
    }


def _maker(steps: list[Module]) -> int:
    """Position of the step that looks up for a linear step behind them all; -1 where its columns are needed."""
    place = len(steps) - 1
    while place >= 0 and steps[place].is_affine and not steps[place].is_lookup:
        place -= 1
    return place if place >= 0 and steps[place].is_lookup else -1


@register(SkPipeline, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class Pipeline(Composite):
    """Steps one after the other; every method is the last step's, on rows that the others have transformed.

    Notes
    -----
    A child stands at ``steps.<name>``; :func:`~bridge.overrides.core.composite.legal_names` changes names that torch
    does not take. Steps that are None, ``"passthrough"``, a FunctionTransformer without functions or a
    sampler of imbalanced-learn are left out.

    Where a linear step stands behind one-hot columns, many of them, it looks up its weights: the columns are not made.
    """

    maker: Final[int]
    projects: Final[bool]
    pulls: Final[bool]

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        steps = {path.removeprefix("steps."): child for path, child in children.items()}
        fill, _ = fill_before_texts(estimator)
        if fill is not None:
            first = next(iter(steps.values()))
            first.reader = first.reader.filled(fill)  # type: ignore[union-attr, operator]
        self.steps = Children(steps or {"identity": identity(estimator)})
        self.n_features_in_ = self.steps[0].n_features_in_
        self.n_features_out = self.steps[-1].n_features_out
        # What the transformers make of a tile must fit in memory; the last step cuts its rows itself.
        *before, last = self.steps
        self.maker = _maker(before) if last.reads_linear or last.is_affine else -1
        self.projects = last.reads_linear and self.maker >= 0
        self.pulls = last.is_affine and self.maker >= 0
        self.is_lookup = last.is_lookup or self.pulls
        tiles = [self.tile_rows, *(step.tile_rows for step in before)]
        if self.projects:
            n_outputs = last.projection_weight().shape[0]
            tiles[self.maker + 1 :] = [max(1, before[self.maker].fused_linear_rows // n_outputs)]
        self.tile_rows = min(tiles)
        if self.pulls:
            tiles[self.maker + 1 :] = [before[self.maker].fused_linear_rows]
        self.fused_linear_rows = min(tiles) if self.pulls else min([*tiles, last.fused_linear_rows])
        # Compressed rows go through the first steps as they are, up to one that makes few dense columns of them.
        shrinking = next((step for step in before if not step.keeps_csr), None)
        if before and ends_compressed(estimator.steps[:-1]):
            read_zeros_as_missing(last)
        self.takes_csr = shrinking.takes_csr if shrinking is not None else bool(before) or last.takes_csr
        self.keeps_csr = shrinking is None and last.keeps_csr
        self.adopt_classes(estimator)

    @classmethod
    def takes_documents(cls, estimator: Any) -> bool:
        """Where the first step does."""
        first = next(iter(_steps(estimator).values()), None)
        return first is not None and facts_of(first).takes_documents

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The steps that are not passed through."""
        return {f"steps.{name}": step for name, step in _steps(estimator).items()}

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """Those of the last step; ``inverse_transform`` where that of any step raises."""
        steps = [step for _, step in estimator.steps if not _is_passed_through(step)]
        found = {} if not steps else facts_of(estimator.steps[-1][1]).failing_methods
        for step in steps:
            if hasattr(estimator, "inverse_transform") and "inverse_transform" in facts_of(step).failing_methods:
                found = {"inverse_transform": facts_of(step).failing_methods["inverse_transform"], **found}
        return found

    @classmethod
    def nondeterministic_methods(cls, estimator: Any) -> tuple[str, ...]:
        """Those of the last step."""
        return facts_of(estimator.steps[-1][1]).nondeterministic_methods

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Those of the last step."""
        return facts_of(estimator.steps[-1][1]).multi_output_methods

    def entry(self) -> Module:
        """The first step."""
        first: Module = self.steps[0]
        return first

    def as_returned(self, method: str, result: Any) -> Any:
        """In the form in which the last step returns it; ``inverse_transform`` ends with the first one."""
        if method != "inverse_transform":
            result = self.steps[-1].as_returned(method, result)
        return super().as_returned(method, result)

    def reads(self) -> list[Column]:
        """What the first step reads, and what the others read in the columns that those before them pass on."""
        columns: list[Column] = self.steps[-1].reads()
        for step in self.steps[-2::-1]:
            columns = read_through(step.reads(), step.passes(), read_before(columns, step.result_rules))
        return columns

    def passes(self) -> list[int]:
        """The columns that all steps pass on."""
        sources: list[int] = self.steps[0].passes()
        for step in self.steps[1:]:
            sources = [sources[i] if 0 <= i < len(sources) else -1 for i in step.passes()]
        return sources

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand the columns down from step to step, as far as they are passed on."""
        self.widen(columns)
        for step in self.steps:
            if not columns:
                break
            columns = step.settle(columns)
        return columns

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Rows that the first step takes; for ``inverse_transform`` those that the last one does."""
        last: Module = self.steps[-1]
        return (last if method == "inverse_transform" else self.entry()).example_rows(method, n_samples)

    def _check(self, x: Tensor) -> Tensor:
        checked: Tensor = self.steps[0]._check(x)
        return checked

    def _check_inverse(self, x: Tensor) -> Tensor:
        checked: Tensor = self.steps[-1]._check_inverse(x)
        return checked

    def _before_last(self, x: Tensor) -> Tensor:
        for step in self.steps[:-1]:
            x = step.transform(x)
        return x

    def _projection(self, x: Tensor, weight: Tensor) -> Tensor:
        """``_before_last(x) @ weight.T``, by the step that looks up, with the affine steps behind it in the weights."""
        shift = weight.new_zeros(weight.shape[0])
        for i, step in enumerate(self.steps[-2::-1]):
            if hasattr(step, "fold_weight"):  # TorchScript asks it while it compiles
                if len(self.steps) - 2 - i > self.maker:
                    shift = shift + step.fold_bias(weight)
                    weight = step.fold_weight(weight)
        for i, step in enumerate(self.steps[:-1]):
            if i < self.maker:
                x = step.transform(x)
        return self.steps[self.maker].fused_linear(x, weight) + shift

    def _seen_by_last(self, x: Tensor) -> Tensor:
        """What the last step, a linear one, sees of the rows."""
        return self._projection(x, self.steps[-1].projection_weight())

    def fused_linear(self, x: Tensor, weight: Tensor):  # type: ignore[no-untyped-def]
        """The last step's, on rows that the others have transformed."""
        if self.pulls:
            projection = self._projection(x, self.steps[-1].fold_weight(weight))
            return projection + self.steps[-1].fold_bias(weight)
        else:
            return self.steps[-1].fused_linear(self._before_last(x), weight)

    # TorchScript infers what these return, a tensor or a list of them, from the last step.

    def _predict(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.projects:
            return self.steps[-1]._predict_from(self._seen_by_last(x))
        else:
            return self.steps[-1].predict(self._before_last(x))

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.projects:
            return self.steps[-1]._predict_proba_from(self._seen_by_last(x))
        else:
            return self.steps[-1].predict_proba(self._before_last(x))

    def _predict_log_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.projects:
            return self.steps[-1]._predict_log_proba_from(self._seen_by_last(x))
        else:
            return self.steps[-1].predict_log_proba(self._before_last(x))

    def _predict_raw(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.steps[-1].predict_raw(self._before_last(x))

    def _apply_rows(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.steps[-1].apply(self._before_last(x))

    def _predict_std(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.steps[-1].predict_std(self._before_last(x))

    def _predict_cov(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.steps[-1].predict_cov(self._before_last(x))

    def _decision_function(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.projects:
            return self.steps[-1]._decision_function_from(self._seen_by_last(x))
        else:
            return self.steps[-1].decision_function(self._before_last(x))

    def _score_samples(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.projects:
            return self.steps[-1]._score_samples_from(self._seen_by_last(x))
        else:
            return self.steps[-1].score_samples(self._before_last(x))

    def _transform(self, x: Tensor) -> Tensor:
        if self.projects:
            return self.steps[-1]._transform_from(self._seen_by_last(x))
        else:
            return self.steps[-1].transform(self._before_last(x))

    def _inverse_transform(self, x: Tensor) -> Tensor:
        for step in self.steps[::-1]:
            x = step.inverse_transform(x)
        return x


@register(SkFeatureUnion, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class FeatureUnion(Composite):
    """The results of several transformers side by side, each times its weight.

    Notes
    -----
    A child stands at ``transformer_list.<name>``, its name changed as a pipeline's is. ``"drop"`` leaves no trace,
    ``"passthrough"`` a module that returns its rows.
    """

    transformer_weights: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        weights = estimator.transformer_weights or {}
        kept: dict[str, nn.Module] = {}
        factors: list[float] = []
        for name, key, transformer in _kept(estimator):
            kept[name] = children.get(f"transformer_list.{name}") or identity(transformer)
            weight = weights.get(key)
            factors.append(1.0 if weight is None else float(weight))
        self.is_weighted = any(factor != 1.0 for factor in factors)
        self.add_buffer("transformer_weights", np.array(factors, dtype=np.float64))
        self.is_empty = not kept
        self.transformer_list = Children(kept or {"identity": identity(estimator)})
        self.n_features_in_ = self.transformer_list[0].n_features_in_
        self.is_lookup, self.fused_linear_rows = fused_linear_of(list(self.transformer_list))
        self.starts = np.cumsum([0, *self._widths()]).tolist()
        self.takes_csr = all(part.takes_csr for part in self.transformer_list)
        self.keeps_csr = self.takes_csr and any(part.keeps_csr for part in self.transformer_list)

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The transformers that are neither dropped nor passed through."""
        return {
            f"transformer_list.{name}": transformer
            for name, _, transformer in _kept(estimator)
            if not returns_its_rows(transformer)
        }

    def entry(self) -> Module:
        """The first transformer: all take the same rows."""
        first: Module = self.transformer_list[0]
        return first

    def readers(self) -> list[Module]:
        """All transformers."""
        return list(self.transformer_list)

    def passes(self) -> list[int]:
        """What the transformers pass on, where each says it of all its columns."""
        parts = [transformer.passes() for transformer in self.transformer_list]
        return [source for part in parts for source in part] if all(parts) else []

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand the columns down to every transformer."""
        self.widen(columns)
        parts = [transformer.settle(columns) for transformer in self.transformer_list]
        return [column for part in parts for column in part] if all(parts) else []

    def _widths(self) -> list[int]:
        """Columns of each transformer, which only the rows that it returns say; none where nobody asks."""
        if not self.is_lookup:
            return []
        with torch.no_grad():
            rows = [part.transform(part.example_rows("transform", 1)[:0]) for part in self.transformer_list]
        return [part.shape[1] for part in rows]

    def _check(self, x: Tensor) -> Tensor:
        checked: Tensor = self.transformer_list[0]._check(x)
        return checked

    def fused_linear(self, x: Tensor, weight: Tensor) -> Tensor:
        """The sum over the transformers, each with the weights of its own columns."""
        x = self._check(x)
        total = weight.new_zeros((x.shape[0], weight.shape[0]))
        for i, transformer in enumerate(self.transformer_list):
            part = transformer.fused_linear(x, weight[:, self.starts[i] : self.starts[i + 1]])
            if self.is_weighted:
                part = part * self.transformer_weights[i]
            total = total + part
        return total

    def _transform(self, x: Tensor) -> Tensor:
        if self.is_empty:
            return x.new_zeros((x.shape[0], 0))
        parts: list[Tensor] = []
        for i, transformer in enumerate(self.transformer_list):
            part = transformer.transform(x)
            if self.is_weighted:
                part = scaled(part, self.transformer_weights[i])
            parts.append(part)
        return torch.cat(parts, dim=1) if x.layout == torch.strided else side_by_side(parts)


def _kept(estimator: Any) -> list[tuple[str, str, Any]]:
    """Legal name, own name and transformer of each that is not dropped."""
    names = legal_names(name for name, _ in estimator.transformer_list)
    return [
        (name, key, transformer)
        for name, (key, transformer) in zip(names, estimator.transformer_list, strict=True)
        if not (isinstance(transformer, str) and transformer == "drop")
    ]
