"""``sklearn.feature_extraction.text``: vectorizers of texts, and the weights of terms.

``encode`` makes terms of texts, as scikit-learn does, and counts them; the modules do the arithmetic on the counts.
"""

from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...encoding.documents import Analysis, HashedTextReader, VocabularyReader
from ...errors import CorruptEstimatorError
from ...functional.csr import csr, row_index
from ...functional.term_weights import rounded, sublinear, unit_rows, unit_values
from ._documents import DocumentModule


def analysis_of(estimator: Any) -> Analysis:
    """How a text vectorizer makes terms of a document."""
    functions: dict[str, Any] = {}
    if callable(estimator.analyzer):
        functions["analyzer"] = estimator.analyzer
    else:
        if estimator.preprocessor is not None:
            functions["preprocessor"] = estimator.preprocessor
        elif callable(estimator.strip_accents):
            functions["strip_accents"] = estimator.strip_accents
        if estimator.analyzer == "word" and estimator.tokenizer is not None:
            functions["tokenizer"] = estimator.tokenizer
    stops = estimator.get_stop_words() if estimator.analyzer == "word" else None
    fewest, most = estimator.ngram_range
    return Analysis(
        analyzer="callable" if "analyzer" in functions else str(estimator.analyzer),
        ngram_range=(int(fewest), int(most)),
        lowercase=bool(estimator.lowercase),
        strip_accents="callable" if callable(estimator.strip_accents) else estimator.strip_accents or None,
        token_pattern=estimator.token_pattern,
        stop_words=None if stops is None else tuple(sorted(stops)),
        input=estimator.input,
        encoding=estimator.encoding,
        decode_error=estimator.decode_error,
        needs=tuple((option, _name_of(function)) for option, function in functions.items()),
        functions=tuple(functions.items()),
    )


def _name_of(function: Any) -> str:
    name = getattr(function, "__qualname__", None)
    return f"{getattr(function, '__module__', '')}.{name}" if name else type(function).__qualname__


def objection_to_dtype(estimator: Any) -> str | None:
    """Why counts of a vectorizer's ``dtype`` are no real numbers, or None."""
    if np.dtype(estimator.dtype).kind in "biuf":
        return None
    return f"{type(estimator).__name__} has dtype={estimator.dtype!r}: a tensor holds real numbers"


class TextModule(DocumentModule):
    """What the text vectorizers share: counts in the dtype of the estimator, and the weights that follow.

    Attributes
    ----------
    binary : bool
        Whether all counts but 0 become 1.
    modulus : Tensor
        Size of the range of a dtype of whole numbers that counts can leave, as 8 bits; they wrap around then.
    """

    idf_: Tensor
    modulus: Tensor
    lowest: Tensor

    def set_dtype(self, estimator: Any) -> None:
        """Register what the dtype of the estimator does to counts and to weights."""
        dtype = np.dtype(estimator.dtype)
        self.binary = bool(estimator.binary) or dtype.kind == "b"
        self.wraps = dtype.kind in "iu" and dtype.itemsize < 4 and not self.binary
        self.is_single = dtype == np.float32
        lowest = float(np.iinfo(dtype).min) if self.wraps else 0.0
        self.add_buffer("lowest", lowest)
        self.add_buffer("modulus", 2.0 ** (8 * dtype.itemsize))

    def set_weights(self, sublinear_tf: bool, idf: Any, norm: str | None) -> None:
        """Register the weights: of no idf, None."""
        self.sublinear_tf = sublinear_tf
        self.use_idf = idf is not None
        if idf is not None:
            if np.shape(idf) != (self.width,):
                raise CorruptEstimatorError(
                    f"{self.estimator_name} has {self.width} terms and idf_ of shape {np.shape(idf)}: it is damaged"
                )
            self.add_parameter("idf_", idf)
        else:
            self.add_buffer("idf_", np.ones(0))
        self.norm = "" if norm is None else norm

    def _values(self, values: Tensor) -> Tensor:
        """Counts as the estimator has them, before any weight but the logarithm."""
        if self.binary:
            values = (values != 0).to(values.dtype)
        if self.wraps:
            lowest, modulus = self.lowest.to(values.dtype), self.modulus.to(values.dtype)
            values = torch.remainder(values - lowest, modulus) + lowest
        if self.sublinear_tf:
            values = sublinear(values)
        return values

    def _transform(self, x: Tensor) -> Tensor:
        x = self._counts(x)
        if x.layout != torch.strided:
            values = self._values(x.values())
            if self.use_idf:
                values = rounded(values * self.idf_.index_select(0, x.col_indices()), self.is_single)
            if self.norm != "":
                values = unit_values(values, row_index(x), x.shape[0], self.norm, self.is_single)
            return csr(x.crow_indices(), x.col_indices(), values, x.shape[1])
        x = self._values(x)
        if self.use_idf:
            x = rounded(x * self.idf_, self.is_single)
        if self.norm != "":
            x = unit_rows(x, self.norm, self.is_single)
        return x


def vocabulary_of(estimator: Any) -> dict[Any, int]:
    """Columns of the terms of a vectorizer; of one that was not fitted, those of the vocabulary that it was given.

    Raises
    ------
    ValueError
        That vocabulary has a term twice, or no term.
    """
    if not hasattr(estimator, "vocabulary_"):
        estimator = clone(estimator)
        estimator._validate_vocabulary()
    return {term: int(place) for term, place in estimator.vocabulary_.items()}


class VocabularyModule(TextModule):
    """What the vectorizers with a vocabulary share: the way back, to the terms that occur.

    Notes
    -----
    ``inverse_transform`` returns rows of 1 for each term that is in a row and 0 for others; ``decode`` makes the lists
    of terms of them that scikit-learn returns.
    """

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Numbers that are not real; a vocabulary with holes or of things that are no words."""
        try:
            terms = vocabulary_of(estimator)
        except ValueError as error:
            return f"{type(estimator).__name__}: {error}"
        if sorted(terms.values()) != list(range(len(terms))):
            return f"{type(estimator).__name__} has a vocabulary whose columns are not 0 to {len(terms) - 1}"
        if not analysis_of(estimator).needs and not all(isinstance(term, str) for term in terms):
            return f"{type(estimator).__name__} has terms in its vocabulary that are no str: no text has them"
        if getattr(estimator, "sublinear_tf", False) and np.dtype(estimator.dtype) == np.float32:
            return (
                f"{type(estimator).__name__} has dtype=float32 and sublinear_tf: numpy's logarithm in single precision "
                "is not the same on all processors; fit it with dtype=numpy.float64"
            )
        return objection_to_dtype(estimator)

    def __init__(self, estimator: Any) -> None:
        places = vocabulary_of(estimator)
        terms = tuple(sorted(places, key=places.__getitem__))
        super().__init__(estimator, VocabularyReader(analysis_of(estimator), terms))
        self.set_dtype(estimator)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        if x.layout != torch.strided:
            return csr(x.crow_indices(), x.col_indices(), (x.values() != 0).to(x.dtype), x.shape[1])
        return (x != 0).to(x.dtype)


@register(CountVectorizer, gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER))
class CountVectorizerModule(VocabularyModule):
    """CountVectorizer: counts of the terms of a vocabulary, as floats of the module's dtype."""

    @staticmethod
    def needs_no_fit(estimator: Any) -> bool:
        """Where it was given its vocabulary."""
        return estimator.vocabulary is not None

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_weights(False, None, None)


@register(TfidfVectorizer, gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER))
class TfidfVectorizerModule(VocabularyModule):
    """TfidfVectorizer: counts of the terms of a vocabulary, weighted as TfidfTransformer does."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        weights = estimator._tfidf
        self.set_weights(weights.sublinear_tf, weights.idf_ if weights.use_idf else None, weights.norm)


@register(HashingVectorizer, gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER))
class HashingVectorizerModule(TextModule):
    """HashingVectorizer: terms in the columns of their hashes, signed, each row divided by its norm.

    Notes
    -----
    The rows that it takes are the sums of signs, or presence alone with ``binary``; ``encode`` hashes.
    """

    @staticmethod
    def needs_no_fit(estimator: Any) -> bool:
        """Always: before scikit-learn 1.7 it did not say so itself."""
        return True

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Numbers that are not real."""
        return objection_to_dtype(estimator)

    def __init__(self, estimator: Any) -> None:
        reader = HashedTextReader(
            analysis_of(estimator),
            int(estimator.n_features),
            bool(estimator.alternate_sign),
            bool(estimator.binary),
        )
        super().__init__(estimator, reader)
        self.set_dtype(estimator)
        self.set_weights(False, None, estimator.norm)


@register(TfidfTransformer, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class TfidfTransformerModule(Module):
    """TfidfTransformer: counts weighted by their logarithm, by the inverse document frequency, and to unit rows.

    Notes
    -----
    A zero is no count, also one that a sparse matrix stores: of that scikit-learn takes the logarithm, with
    ``sublinear_tf``. Rows may be sparse CSR tensors; results are so then.
    """

    idf_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.takes_csr = self.keeps_csr = True
        self.tile_rows = max(1, min(4096, 2**21 // max(self.n_features_in_, 1)))
        self.sublinear_tf = bool(estimator.sublinear_tf)
        self.use_idf = bool(estimator.use_idf)
        if self.use_idf:
            self.add_parameter("idf_", estimator.idf_)
        else:
            self.add_buffer("idf_", np.ones(0))
        self.norm = "" if estimator.norm is None else estimator.norm

    def _transform(self, x: Tensor) -> Tensor:
        if x.layout != torch.strided:
            values = x.values()
            if self.sublinear_tf:
                values = sublinear(values)
            if self.use_idf:
                values = values * self.idf_.index_select(0, x.col_indices())
            if self.norm != "":
                values = unit_values(values, row_index(x), x.shape[0], self.norm)
            return csr(x.crow_indices(), x.col_indices(), values, x.shape[1])
        if self.sublinear_tf:
            x = sublinear(x)
        if self.use_idf:
            x = x * self.idf_
        if self.norm != "":
            x = unit_rows(x, self.norm)
        return x
