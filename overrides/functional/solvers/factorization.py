"""Weights of fixed non-negative components, by the iterations of sklearn/decomposition/_nmf.py and _cdnmf_fast.pyx.

All rows iterate together and stop together, by a sum over all of them: that is scikit-learn's rule.
"""

import torch
from torch import Tensor


def update_coordinate_descent(w: Tensor, hht: Tensor, xht: Tensor) -> tuple[Tensor, Tensor]:
    """One sweep of coordinate descent over the components.

    Parameters
    ----------
    w : Tensor of shape (n_components, n_samples)
        Weights, a row per component.
    hht : Tensor of shape (n_components, n_components)
        Products of the components, the L2 penalty on the diagonal.
    xht : Tensor of shape (n_components, n_samples)
        Products of components and samples, less the L1 penalty.

    Returns
    -------
    w : Tensor of shape (n_components, n_samples)
    violation : Tensor of shape ()
        Sum of the absolute projected gradients that the sweep met.
    """
    # The gradient of what is still to come, kept up to date with the change of each component.
    gradient = torch.mm(hht, w) - xht
    violation = w.new_zeros(())
    rows: list[Tensor] = []
    for t in range(w.shape[0]):
        row, slope = w[t], gradient[0]
        violation = violation + torch.where(row == 0, slope.clamp(max=0.0), slope).abs().sum()
        hessian = hht[t, t]
        is_flat = hessian == 0
        step = slope / hessian.masked_fill(is_flat, 1.0)
        moved = torch.where(is_flat, row, (row - step).clamp(min=0.0))
        rows.append(moved)
        gradient = torch.addr(gradient[1:], hht[t + 1 :, t], moved - row)
    return torch.stack(rows), violation


def _sweep(w: Tensor, hht: Tensor, xht: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
    """A sweep over the components in an order; an empty one is their own."""
    if order.shape[0] == 0:
        return update_coordinate_descent(w, hht, xht)
    hht = hht.index_select(0, order).index_select(1, order)
    w, violation = update_coordinate_descent(w.index_select(0, order), hht, xht.index_select(0, order))
    return w.index_select(0, torch.argsort(order)), violation


def solve_coordinate_descent(hht: Tensor, xht: Tensor, tol: Tensor, max_iter: int, orders: Tensor) -> Tensor:
    """Sweeps from weights of 0 until one meets at most ``tol`` of the violation that the first one met.

    Parameters
    ----------
    hht, xht : Tensor
        As :func:`update_coordinate_descent` takes them.
    tol : Tensor of shape ()
    max_iter : int
    orders : int64 Tensor of shape (max_iter, n_components), or (max_iter, 0)
        Order of the components in each sweep.

    Returns
    -------
    Tensor of shape (n_components, n_samples)
    """
    w, first = _sweep(torch.zeros_like(xht), hht, xht, orders[0])
    moving = (first != 0) & (tol < 1)
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _descended_in_a_graph(w, first, moving, hht, xht, tol, max_iter, orders)
    for i in range(1, max_iter):
        if not bool(moving):
            break
        w, violation = _sweep(w, hht, xht, orders[i])
        moving = violation / first > tol
    return w


def _descended_in_a_graph(
    w: Tensor,
    first: Tensor,
    moving: Tensor,
    hht: Tensor,
    xht: Tensor,
    tol: Tensor,
    max_iter: int,
    orders: Tensor,
) -> Tensor:
    from torch._higher_order_ops import while_loop

    def unfinished(count: Tensor, moving: Tensor, w: Tensor) -> Tensor:
        return (count < max_iter) & (moving > 0)

    def body(count: Tensor, moving: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        order = orders.index_select(0, count.reshape(1)).squeeze(0) if orders.shape[1] else orders[0]
        w, violation = _sweep(w, hht, xht, order)
        return count + 1, (violation / first > tol).to(count.dtype), w

    count = torch.ones((), dtype=torch.int64, device=w.device)
    _, _, w = while_loop(unfinished, body, (count, moving.to(count.dtype), w))
    return w


def multiplicative_update_w(
    x: Tensor,
    w: Tensor,
    h: Tensor,
    products: tuple[Tensor, Tensor],
    loss: tuple[float, Tensor, Tensor],
    penalties: tuple[Tensor, Tensor],
    eps: Tensor,
) -> Tensor:
    """One multiplicative update of the weights.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    w : Tensor of shape (n_samples, n_components)
    h : Tensor of shape (n_components, n_features)
    products : tuple of two Tensors
        Of the Frobenius loss, ``x @ h.T`` and ``h @ h.T``. Of the Kullback-Leibler divergence, the second is the sum of
        each component and the L1 penalty, shape (n_components,).
    loss : tuple of float and two Tensors of shape (1,)
        ``beta`` of the divergence: 2 is the Frobenius loss, 1 Kullback-Leibler, 0 Itakura-Saito. Then ``beta`` again,
        and the exponent of the update.
    penalties : tuple of two Tensors of shape (1,)
        L1 and L2.
    eps : Tensor of shape ()
        What divisors are kept above.

    Returns
    -------
    Tensor of shape (n_samples, n_components)
    """
    beta, power, gamma = loss
    if beta == 2.0:
        numerator = products[0]
        denominator = torch.mm(w, products[1]) + penalties[0]
    else:
        wh = torch.mm(w, h)
        above = torch.maximum(wh, eps)
        if beta == 1.0:
            ratio = x / above
        elif beta == 0.0:
            ratio = above.reciprocal().square() * x
        else:
            ratio = torch.pow(above if beta < 2.0 else wh, power - 2.0) * x
        numerator = torch.mm(ratio, h.t())
        if beta == 1.0:
            denominator = products[1].unsqueeze(0)
        else:
            denominator = torch.mm(torch.pow(above if beta < 1.0 else wh, power - 1.0), h.t()) + penalties[0]
    denominator = denominator + penalties[1] * w
    update = numerator / torch.where(denominator == 0, eps, denominator)
    if beta < 1.0 or beta > 2.0:
        update = torch.pow(update, gamma)
    return w * update


def beta_divergence(x: Tensor, w: Tensor, h: Tensor, loss: tuple[float, Tensor, Tensor], eps: Tensor) -> Tensor:
    """Square root of twice the divergence of ``x`` and ``w @ h``, shape (); parameters as for the update."""
    beta, power, _ = loss
    wh = torch.mm(w, h)
    if beta == 2.0:
        return (x - wh).square().sum().sqrt()
    gaps = x <= eps
    above = torch.maximum(wh, eps)
    known = x.masked_fill(gaps, 0.0)
    if beta == 1.0:
        logs = torch.log((x / above).masked_fill(gaps, 1.0))
        result = (known * logs).sum() + (torch.dot(w.sum(0), h.sum(1)) - known.sum())
    elif beta == 0.0:
        ratio = known / above
        result = ratio.sum() - torch.ones_like(x).sum() - torch.log(ratio.masked_fill(gaps, 1.0)).sum()
    else:
        own = torch.pow(x.masked_fill(gaps, 1.0), power).masked_fill(gaps, 0.0).sum()
        result = own - power * (known * torch.pow(above, power - 1.0)).sum()
        result = (result + torch.pow(wh, power).sum() * (power - 1.0)) / (power * (power - 1.0))
    return (result.clamp(min=0.0) * 2.0).sqrt().reshape([])


def _start(x: Tensor, h: Tensor) -> Tensor:
    """Weights to begin with: all alike, by the mean of all samples; NaN where there are none."""
    mean = (x.mean() / h.shape[0]).sqrt()
    return mean * torch.ones((x.shape[0], h.shape[0]), dtype=x.dtype, device=x.device)


def _products(x: Tensor, h: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """What the updates of a loss have in common: their ``products``."""
    if beta == 2.0:
        return torch.mm(x, h.t()), torch.mm(h, h.t())
    return x, h.sum(1)


def _update(
    x: Tensor,
    w: Tensor,
    h: Tensor,
    products: tuple[Tensor, Tensor],
    loss: tuple[float, Tensor, Tensor],
    penalties: tuple[Tensor, Tensor],
    bounds: tuple[Tensor, Tensor],
) -> tuple[Tensor, Tensor]:
    """An update as NMF makes it: the weights, and the second of the products for the next one.

    scikit-learn adds the L1 penalty of the Kullback-Leibler divergence to the sums of the components in place, once
    more in every update.
    """
    # A loop of a graph hands on no input as it is.
    second = products[1] + penalties[0] if loss[0] == 1.0 else products[1].clone()
    w = multiplicative_update_w(x, w, h, (products[0], second), loss, penalties, bounds[0])
    if loss[0] < 1.0:
        w = w.masked_fill(w < bounds[1], 0.0)
    return w, second


def solve_multiplicative_update(
    x: Tensor,
    h: Tensor,
    loss: tuple[float, Tensor, Tensor],
    penalties: tuple[Tensor, Tensor],
    bounds: tuple[Tensor, Tensor],
    tol: Tensor,
    max_iter: int,
) -> Tensor:
    """Updates until ten of them lower the divergence by less than ``tol`` of what it was at the start, as in NMF.

    Parameters
    ----------
    x, h, loss, penalties
        As :func:`multiplicative_update_w` takes them.
    bounds : tuple of two Tensors of shape ()
        What divisors are kept above, and below which weights become 0 where ``beta`` is below 1.
    tol : Tensor of shape ()
        Nothing stops the updates where it is 0.
    max_iter : int

    Returns
    -------
    Tensor of shape (n_samples, n_components)
    """
    w = _start(x, h)
    first = beta_divergence(x, w, h, loss, bounds[0])
    products = _products(x, h, loss[0])
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _updated_in_a_graph(x, w, h, products, loss, penalties, bounds, tol, max_iter, first)
    if x.shape[0] == 0:
        return w
    error, second = first, products[1]
    for i in range(max_iter):
        w, second = _update(x, w, h, (products[0], second), loss, penalties, bounds)
        if i % 10 == 9:
            previous = error
            error = beta_divergence(x, w, h, loss, bounds[0])
            if bool(_has_settled(previous, error, first, tol)):
                break
    return w


def _has_settled(previous: Tensor, error: Tensor, first: Tensor, tol: Tensor) -> Tensor:
    return ((previous - error) / first < tol) & (tol > 0)


def _updated_in_a_graph(
    x: Tensor,
    w: Tensor,
    h: Tensor,
    products: tuple[Tensor, Tensor],
    loss: tuple[float, Tensor, Tensor],
    penalties: tuple[Tensor, Tensor],
    bounds: tuple[Tensor, Tensor],
    tol: Tensor,
    max_iter: int,
    first: Tensor,
) -> Tensor:
    """Ten updates in a round; those that are left behind them where the last round has not settled."""
    from torch._higher_order_ops import while_loop

    def updated(w: Tensor, second: Tensor, count: int) -> tuple[Tensor, Tensor]:
        for _ in range(count):
            w, second = _update(x, w, h, (products[0], second), loss, penalties, bounds)
        return w, second

    def unfinished(count: Tensor, moving: Tensor, error: Tensor, second: Tensor, w: Tensor) -> Tensor:
        return (count < max_iter // 10) & (moving > 0)

    def body(
        count: Tensor, moving: Tensor, error: Tensor, second: Tensor, w: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        w, second = updated(w, second, 10)
        new = beta_divergence(x, w, h, loss, bounds[0])
        settled = _has_settled(error, new, first, tol)
        return count + 1, 1 - settled.to(count.dtype), new, second, w

    count = torch.zeros((), dtype=torch.int64, device=x.device)
    moving = (first == first).to(count.dtype)  # without rows it is NaN: nothing moves
    _, moving, _, second, w = while_loop(unfinished, body, (count, moving, first.clone(), products[1].clone(), w))
    if max_iter % 10 == 0:
        return w
    return torch.where(moving > 0, updated(w, second, max_iter % 10)[0], w)


def solve_w(
    x: Tensor,
    h: Tensor,
    loss: tuple[float, Tensor, Tensor],
    penalties: tuple[Tensor, Tensor],
    eps: Tensor,
    tol: Tensor,
    max_iter: int,
) -> Tensor:
    """Updates until one changes the weights by at most ``tol`` of their norm, as in MiniBatchNMF.

    Parameters
    ----------
    x, h, loss, penalties, eps
        As :func:`multiplicative_update_w` takes them.
    tol : Tensor of shape ()
        Nothing stops the updates where it is 0.
    max_iter : int

    Returns
    -------
    Tensor of shape (n_samples, n_components)
    """
    w = _start(x, h)
    products = _products(x, h, loss[0])
    if loss[0] == 1.0:
        products = products[0], products[1] + penalties[0]
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _solved_in_a_graph(x, w, h, products, loss, penalties, eps, tol, max_iter)
    if x.shape[0] == 0:
        return w
    for _ in range(max_iter):
        before = w
        w = multiplicative_update_w(x, w, h, products, loss, penalties, eps)
        if bool(_has_come_to_rest(w, before, tol)):
            break
    return w


def _has_come_to_rest(w: Tensor, before: Tensor, tol: Tensor) -> Tensor:
    change = (w - before).square().sum().sqrt() / w.square().sum().sqrt()
    return (change <= tol) & (tol > 0)


def _solved_in_a_graph(
    x: Tensor,
    w: Tensor,
    h: Tensor,
    products: tuple[Tensor, Tensor],
    loss: tuple[float, Tensor, Tensor],
    penalties: tuple[Tensor, Tensor],
    eps: Tensor,
    tol: Tensor,
    max_iter: int,
) -> Tensor:
    from torch._higher_order_ops import while_loop

    def unfinished(count: Tensor, moving: Tensor, w: Tensor) -> Tensor:
        return (count < max_iter) & (moving > 0)

    def body(count: Tensor, moving: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        new = multiplicative_update_w(x, w, h, products, loss, penalties, eps)
        rests = _has_come_to_rest(new, w, tol)
        return count + 1, 1 - rests.to(count.dtype), new

    count = torch.zeros((), dtype=torch.int64, device=x.device)
    mean = x.mean()
    moving = (mean == mean).to(count.dtype)  # without rows it is NaN: nothing moves
    _, _, w = while_loop(unfinished, body, (count, moving, w))
    return w
