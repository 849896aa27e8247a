"""Topics of documents: sklearn/decomposition/_lda.py and the arithmetic of its _online_lda_fast.pyx."""

import torch
from torch import Tensor

PSI_CONSTANTS = (1e-6, 0.577215664901532860606512090082402431, 1 / 12, 1 / 120, 1 / 252)
"""Of :func:`psi`: where it is a pole and no more, Euler's constant, and the coefficients of its series."""


def psi(x: Tensor, constants: Tensor) -> Tensor:
    """Digamma of positive numbers as scikit-learn computes it, by Bernardo's algorithm AS 103: good to 1e-9 or so.

    Parameters
    ----------
    x : Tensor
    constants : Tensor of shape (5,)
        :data:`PSI_CONSTANTS`.

    Returns
    -------
    Tensor of the shape of ``x``
    """
    pole = x <= constants[0]
    above = x.masked_fill(pole, 1.0)
    result = torch.zeros_like(x)
    for _ in range(6):
        is_below = above < 6.0
        result = result - above.reciprocal().masked_fill(is_below.logical_not(), 0.0)
        above = above + is_below.to(x.dtype)
    r = above.reciprocal()
    result = result + (torch.log(above) - 0.5 * r)
    r = r * r
    result = result - r * (constants[2] - r * (constants[3] - r * constants[4]))
    return torch.where(pole, -constants[1] - x.masked_fill(pole.logical_not(), 1.0).reciprocal(), result)


def exp_dirichlet_expectation(x: Tensor, constants: Tensor) -> Tensor:
    """``exp(E[log(theta)])`` of ``theta`` with the Dirichlet distributions that the rows of ``x`` describe."""
    return torch.exp(psi(x, constants) - psi(x.sum(dim=1, keepdim=True), constants))


def _round(
    x: Tensor, exp_doc_topic: Tensor, exp_topic_word: Tensor, prior: Tensor, eps: Tensor, constants: Tensor
) -> tuple[Tensor, Tensor]:
    """Topics of documents after one round of the E-step, and ``exp(E[log(theta)])`` of them."""
    norm_phi = torch.mm(exp_doc_topic, exp_topic_word) + eps
    doc_topic = exp_doc_topic * torch.mm(x / norm_phi, exp_topic_word.t()) + prior
    return doc_topic, exp_dirichlet_expectation(doc_topic, constants)


def update_doc_distribution(
    x: Tensor,
    exp_topic_word: Tensor,
    prior: Tensor,
    max_iter: int,
    tol: Tensor,
    eps: Tensor,
    constants: Tensor,
) -> Tensor:
    """E-step of latent Dirichlet allocation: the unnormalized distribution of topics in each document.

    Each row stops by itself, where a round changes its topics by less than ``tol`` in the mean.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
        Counts of words.
    exp_topic_word : Tensor of shape (n_topics, n_features)
    prior : Tensor of shape (1,)
    max_iter : int
    tol : Tensor of shape ()
    eps : Tensor of shape (1,)
        What keeps divisors above 0.
    constants : Tensor of shape (5,)
        :data:`PSI_CONSTANTS`.

    Returns
    -------
    Tensor of shape (n_samples, n_topics)
    """
    doc_topic = torch.ones((x.shape[0], exp_topic_word.shape[0]), dtype=x.dtype, device=x.device)
    exp_doc_topic = exp_dirichlet_expectation(doc_topic, constants)
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _updated_in_a_graph(
                x, doc_topic, exp_doc_topic, exp_topic_word, prior, max_iter, tol, eps, constants
            )
    index = torch.arange(x.shape[0], device=x.device)
    finished: list[Tensor] = []
    indices: list[Tensor] = []
    for _ in range(max_iter):
        last = doc_topic
        doc_topic, exp_doc_topic = _round(x, exp_doc_topic, exp_topic_word, prior, eps, constants)
        moving = _is_moving(last, doc_topic, tol)
        kept = moving.nonzero().squeeze(1)
        if kept.shape[0] < index.shape[0]:
            gone = moving.logical_not().nonzero().squeeze(1)
            finished.append(doc_topic.index_select(0, gone))
            indices.append(index.index_select(0, gone))
            index, x = index.index_select(0, kept), x.index_select(0, kept)
            doc_topic, exp_doc_topic = doc_topic.index_select(0, kept), exp_doc_topic.index_select(0, kept)
        if index.shape[0] == 0:
            break
    finished.append(doc_topic)
    indices.append(index)
    return torch.cat(finished).index_select(0, torch.cat(indices).argsort())


def _is_moving(last: Tensor, doc_topic: Tensor, tol: Tensor) -> Tensor:
    return ((last - doc_topic).abs().sum(1) / doc_topic.shape[1] < tol).logical_not()


def _updated_in_a_graph(
    x: Tensor,
    doc_topic: Tensor,
    exp_doc_topic: Tensor,
    exp_topic_word: Tensor,
    prior: Tensor,
    max_iter: int,
    tol: Tensor,
    eps: Tensor,
    constants: Tensor,
) -> Tensor:
    """All rows stay in the batch, those that are finished as they are: the graph has one shape."""
    from torch._higher_order_ops import while_loop

    def unfinished(count: Tensor, moving: Tensor, doc_topic: Tensor, exp_doc_topic: Tensor) -> Tensor:
        return (count < max_iter) & (moving.sum() > 0)

    def body(
        count: Tensor, moving: Tensor, doc_topic: Tensor, exp_doc_topic: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        new, new_exp = _round(x, exp_doc_topic, exp_topic_word, prior, eps, constants)
        is_open = (moving > 0).unsqueeze(1)
        still = moving * _is_moving(doc_topic, new, tol).to(moving.dtype)
        return count + 1, still, torch.where(is_open, new, doc_topic), torch.where(is_open, new_exp, exp_doc_topic)

    count = torch.zeros((), dtype=torch.int64, device=x.device)
    moving = torch.ones_like(doc_topic[:, 0])
    _, _, doc_topic, _ = while_loop(unfinished, body, (count, moving, doc_topic, exp_doc_topic))
    return doc_topic
