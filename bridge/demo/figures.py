"""The pictures of the demo, drawn by matplotlib from arrays: nothing is computed here but colours and places."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..io.extras import need

_INK = "#1f2430"
_FAINT = "#6b7280"
_TWO = ("#3b6fb6", "#d9772b")
_TEN = (
    "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2",
    "#eeca3b", "#b279a2", "#ff9da6", "#9d755d", "#8a8f98",
)  # fmt: skip
_STRENGTH = ("#b6bcc8", "#8d6ba8", "#6a1b7a", "#2d0638")
_STYLE = {
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.dpi": 120,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": _INK,
    "xtick.color": _FAINT,
    "ytick.color": _FAINT,
}


@dataclass(frozen=True)
class Field:
    """A two-class probability over a plane, with its gradient.

    Attributes
    ----------
    x, y : ndarray of shape (n_x,) and (n_y,)
        Coordinates of the fine grid.
    probability : ndarray of shape (n_y, n_x)
        Of the second class.
    at : ndarray of shape (n_arrows, 2)
        Where the gradient is known.
    gradient : ndarray of shape (n_arrows, 2)
    points, labels : ndarray of shape (n_samples, 2) and (n_samples,)
        Training rows, and 0 or 1 for each.
    support : ndarray of shape (n_support_vectors, 2)
    names : tuple of str
        Of the two classes.
    axes : tuple of str
        Of the two features.
    title : str
    """

    x: np.ndarray
    y: np.ndarray
    probability: np.ndarray
    at: np.ndarray
    gradient: np.ndarray
    points: np.ndarray
    labels: np.ndarray
    support: np.ndarray
    names: tuple[str, str]
    axes: tuple[str, str]
    title: str


@dataclass(frozen=True)
class Regions:
    """Decision regions of one model over the plane that it projects rows to.

    Attributes
    ----------
    x, y : ndarray of shape (n_x,) and (n_y,)
    classes : ndarray of shape (n_y, n_x)
        Index of the class predicted.
    confidence : ndarray of shape (n_y, n_x)
        Its probability.
    points : ndarray of shape (n_samples, 2)
        Rows held out, projected.
    title : str
    """

    x: np.ndarray
    y: np.ndarray
    classes: np.ndarray
    confidence: np.ndarray
    points: np.ndarray
    title: str


@dataclass(frozen=True)
class Improvement:
    """A model before and after training by gradient.

    Attributes
    ----------
    before, after : Regions
    labels : ndarray of shape (n_samples,)
        Index of the class of every row held out.
    names : sequence of str
        Of the classes.
    axes : tuple of str
    steps : ndarray of shape (n_records,)
        Steps of the optimizer at which the rest was recorded.
    loss, accuracy : ndarray of shape (n_records,)
        On the rows held out.
    title : str
    """

    before: Regions
    after: Regions
    labels: np.ndarray
    names: Sequence[str]
    axes: tuple[str, str]
    steps: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    title: str


@contextmanager
def _figure(width: float, height: float, **options: Any) -> Iterator[tuple[Any, Any]]:
    """A figure drawn without a display, and its axes; of pyplot's global state nothing is used."""
    matplotlib = need("matplotlib", "to draw the pictures of the demo")
    agg, figures = need("matplotlib.backends.backend_agg", "to draw"), need("matplotlib.figure", "to draw")
    with matplotlib.rc_context(_STYLE):
        figure = figures.Figure(figsize=(width, height), layout="constrained")
        agg.FigureCanvasAgg(figure)
        yield figure, figure.subplots(**options)


def draw_field(field: Field, path: Path) -> None:
    """Draw class regions, level lines of the probability, the rows, and the gradient as arrows.

    Parameters
    ----------
    field : Field
    path : Path
        PNG file to write.
    """
    colors = need("matplotlib.colors", "to draw")
    with _figure(9.6, 6.6) as (figure, axes):
        soft = colors.LinearSegmentedColormap.from_list("soft", [_mix(_TWO[0], 0.45), "#ffffff", _mix(_TWO[1], 0.45)])
        grid = (field.x, field.y, field.probability)
        axes.contourf(*grid, levels=np.linspace(0, 1, 41), cmap=soft, vmin=0, vmax=1)
        lines = axes.contour(*grid, levels=[0.1, 0.25, 0.75, 0.9], colors=_FAINT, linewidths=0.8)
        middle = axes.contour(*grid, levels=[0.5], colors=_INK, linewidths=1.8)
        _arrows(figure, axes, field)
        _rows(axes, field)
        for drawn in (lines, middle):
            for text in axes.clabel(drawn, fmt=lambda level: f"{level:g}", fontsize=8.5, inline=False):
                text.set(zorder=6, color=_INK, rotation=0, visible=_is_inside(text.get_position(), field))
                text.set_bbox({"boxstyle": "round,pad=0.18", "fc": "white", "ec": "none", "alpha": 0.85})
        axes.set_xlim(field.x[0], field.x[-1])
        axes.set_ylim(field.y[0], field.y[-1])
        axes.set_xlabel(field.axes[0])
        axes.set_ylabel(field.axes[1])
        axes.set_title(field.title, pad=26)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 0.995), ncols=3, frameon=False, fontsize=9.5, handletextpad=0.2
        )
        _save(figure, path)


def _is_inside(position: tuple[float, float], field: Field) -> bool:
    """Whether a label at a position is not cut by the edge."""
    parts = [(value - axis[0]) / (axis[-1] - axis[0]) for value, axis in zip(position, (field.x, field.y), strict=True)]
    return all(0.03 < part < 0.97 for part in parts)


def _save(figure: Any, path: Path) -> None:
    """Write a figure as PNG of 256 colours, a third of the size of one of all."""
    image = need("PIL.Image", "to write pictures")
    figure.canvas.draw()
    pixels = image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    pixels.quantize(256, dither=image.Dither.NONE).save(path, optimize=True)


def _arrows(figure: Any, axes: Any, field: Field) -> None:
    """Arrows along the gradient, coloured by its strength; none where it all but vanishes."""
    colors = need("matplotlib.colors", "to draw")
    strength = np.linalg.norm(field.gradient, axis=1)
    top = float(strength.max())
    shown = strength > 0.01 * top
    direction = field.gradient[shown] / strength[shown, None]
    # Shorter where it is weak, yet long enough to show where it points.
    length = 0.55 + 0.45 * np.sqrt(strength[shown, None] / top)
    step = direction * length * float(np.min(np.diff(np.unique(field.at[:, 0]))))
    drawn = axes.quiver(
        *field.at[shown].T,
        *step.T,
        strength[shown],
        cmap=colors.LinearSegmentedColormap.from_list("strength", _STRENGTH),
        norm=colors.PowerNorm(0.6, 0, top),
        angles="xy",
        scale_units="xy",
        scale=1,
        pivot="middle",
        width=0.0021,
        headwidth=4.2,
        headlength=4.6,
        headaxislength=4.2,
        zorder=3,
    )
    bar = figure.colorbar(drawn, ax=axes, pad=0.015, aspect=34)
    bar.set_label(f"strength of the gradient of p({field.names[1]})")
    bar.outline.set_visible(False)


def _rows(axes: Any, field: Field) -> None:
    for label, (name, color) in enumerate(zip(field.names, _TWO, strict=True)):
        rows = field.points[field.labels == label]
        axes.scatter(rows[:, 0], rows[:, 1], s=26, c=color, edgecolors="white", linewidths=0.7, label=name, zorder=4)
    axes.scatter(
        field.support[:, 0],
        field.support[:, 1],
        s=70,
        facecolors="none",
        edgecolors=_INK,
        linewidths=0.9,
        label="support vectors",
        zorder=5,
    )


def draw_improvement(improvement: Improvement, path: Path) -> None:
    """Draw the decision regions before and after, and the curves of what was held out.

    Parameters
    ----------
    improvement : Improvement
    path : Path
        PNG file to write.
    """
    options = {"nrows": 1, "ncols": 3, "gridspec_kw": {"width_ratios": [1, 1, 0.8]}}
    with _figure(14, 5.2, **options) as (figure, (first, second, curves)):
        _regions(first, improvement, improvement.before)
        _regions(second, improvement, improvement.after)
        _curves(curves, improvement)
        figure.suptitle(improvement.title, x=0.01, ha="left", fontsize=14, fontweight="bold")
        _save(figure, path)


def _regions(axes: Any, improvement: Improvement, regions: Regions) -> None:
    palette = np.array([_rgb(color) for color in _TEN])
    # The paler, the less sure, in steps that the palette of the file can hold; white lines part the classes.
    weight = (0.08 + 0.46 * np.floor(regions.confidence * 10) / 10)[..., None]
    image = palette[regions.classes] * weight + (1 - weight)
    x, y = regions.x, regions.y
    axes.imshow(image, origin="lower", extent=(x[0], x[-1], y[0], y[-1]), aspect="auto", interpolation="nearest")
    for index, name in enumerate(improvement.names):
        member = (regions.classes == index).astype(float)
        if member.any():
            axes.contour(x, y, member, levels=[0.5], colors="white", linewidths=1.3, zorder=1)
        rows = regions.points[improvement.labels == index]
        axes.scatter(*rows.T, s=11, color=_TEN[index], edgecolors="white", linewidths=0.25, zorder=2)
        axes.annotate(
            name,
            np.median(rows, axis=0),
            ha="center",
            va="center",
            fontsize=12,
            fontweight="bold",
            color=_INK,
            zorder=6,
            bbox={"boxstyle": "circle,pad=0.18", "fc": "white", "ec": "none", "alpha": 0.85},
        )
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    axes.set_xlabel(improvement.axes[0])
    axes.set_ylabel(improvement.axes[1])
    axes.set_title(regions.title)


def _curves(axes: Any, improvement: Improvement) -> None:
    twin = axes.twinx()
    twin.spines["right"].set_visible(True)
    drawn = (
        (axes, improvement.loss, "#b4436c", "log loss", "{:.2f}"),
        (twin, improvement.accuracy, "#1d7874", "accuracy", "{:.0%}"),
    )
    for place, values, color, name, form in drawn:
        place.plot(improvement.steps, values, color=color, linewidth=2.2)
        place.set_ylabel(name, color=color)
        place.margins(x=0.02, y=0.12)
        place.yaxis.set_major_formatter(lambda value, _, form=form: form.format(value))
        rising = values[-1] > values[0]
        for at, shift in ((0, (10, -15 if rising else 6)), (-1, (-6, 13 if rising else 8))):
            place.scatter(improvement.steps[at], values[at], s=30, color=color, zorder=5)
            place.annotate(
                form.format(values[at]) + (" scikit-learn's fit" if at == 0 else ""),
                (improvement.steps[at], values[at]),
                xytext=shift,
                textcoords="offset points",
                ha="left" if at == 0 else "right",
                color=color,
                fontsize=9.5,
                fontweight="bold",
            )
    axes.set_xlabel("steps of Adam on the training loss")
    axes.set_title("On rows held out")


def _rgb(color: str) -> np.ndarray:
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _mix(color: str, white: float) -> Any:
    """A colour made paler."""
    return tuple(_rgb(color) * (1 - white) + white)
