"""Components of variance of the crossed random model, in closed form for balanced designs.

y = mean + network + expression + network:expression + fold + seed + explainer + residual, all random; the interactions
with folds, seeds and explainers are in the residual. Sums of squares over their degrees of freedom are solved for the
components (Searle, Casella and McCulloch 1992, chapter 4), which restricted maximum likelihood gives as well where none
is negative; negative ones are set to 0. What is shared out may be one figure per cell or a whole map: sums of squares
need inner products only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t

from fer_xai.metrics.proportion import TAIL

#: Factors that may be crossed, and the one interaction that is told apart where cells are repeated.
FACTORS = ("network", "expression", "fold", "seed", "explainer")
INTERACTION, RESIDUAL = "network:expression", "residual"


@dataclass(frozen=True)
class Squares:
    """Sums of squares of a balanced design.

    Attributes:
        terms: factors with several levels, the interaction where cells are repeated, and the residual last.
        sums: (terms,) sums of squares.
        freedom: (terms,) degrees of freedom.
        repeats: (terms,) observations per level of each term.
    """

    terms: tuple[str, ...]
    sums: NDArray
    freedom: NDArray
    repeats: NDArray

    def components(self, mean_squares: NDArray | None = None) -> NDArray:
        """Components of variance, negative ones set to 0.

        Args:
            mean_squares: (..., terms); None for those of the data.

        Returns:
            (..., terms).
        """
        squares = self.sums / self.freedom if mean_squares is None else mean_squares
        above = np.full(len(self.terms), len(self.terms) - 1)
        if INTERACTION in self.terms:
            above[[self.terms.index(name) for name in ("network", "expression")]] = self.terms.index(INTERACTION)
        lower = np.where(np.arange(len(self.terms)) == len(self.terms) - 1, 0.0, squares[..., above])
        return np.maximum(squares - lower, 0) / self.repeats


def shares(components: NDArray) -> NDArray:
    """Components over their sum; NaN where nothing varies."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return components / components.sum(-1, keepdims=True)


def is_balanced(cells: pd.DataFrame) -> bool:
    """Whether every combination of levels is there once."""
    return len(cells) == len(cells.drop_duplicates()) == np.prod([cells[name].nunique() for name in cells])


def sums_of_squares(products: NDArray, cells: pd.DataFrame) -> Squares:
    """Sums of squares of a balanced design from inner products.

    Args:
        products: (n, n) inner products of the observations: of figures y, the outer product of y with itself.
        cells: one row per observation, a column per factor of `FACTORS`.

    Returns:
        Without degrees of freedom for a residual, an empty list of terms.
    """
    n = len(cells)
    correction = products.sum() / n

    def between(names: Sequence[str]) -> tuple[float, int]:
        level = cells.groupby(list(names), sort=False).ngroup().to_numpy()
        number = int(level.max()) + 1
        inside = (level[:, None] == np.arange(number)).astype(np.float64)
        return float(((inside.T @ products) * inside.T).sum() * number / n - correction), number

    terms: list[str] = []
    sums: list[float] = []
    freedom: list[int] = []
    repeats: list[float] = []
    for name in map(str, cells):
        value, levels = between([name])
        if levels > 1:
            terms, sums = [*terms, name], [*sums, value]
            freedom, repeats = [*freedom, levels - 1], [*repeats, n / levels]
    crossed = {"network", "expression"} <= set(terms)
    if crossed:
        value, levels = between(["network", "expression"])
        if levels < n:
            sums.append(value - sum(sums[terms.index(name)] for name in ("network", "expression")))
            degrees = int(np.prod([freedom[terms.index(name)] for name in ("network", "expression")]))
            terms, freedom, repeats = [*terms, INTERACTION], [*freedom, degrees], [*repeats, n / levels]
    rest = n - 1 - sum(freedom)
    if rest < 1:
        return Squares((), np.empty(0), np.empty(0), np.empty(0))
    total = float(np.trace(products) - correction)
    return Squares(
        (*terms, RESIDUAL),
        np.array([*sums, max(total - sum(sums), 0.0)]),
        np.array([*freedom, rest], dtype=float),
        np.array([*repeats, 1.0]),
    )


def jackknife_over_networks(products: NDArray, cells: pd.DataFrame) -> tuple[NDArray, NDArray]:
    """95 % intervals of the shares: each network left out in turn, Student's t over the pseudo-values (Tukey 1958).

    Args:
        products: as `sums_of_squares` takes them.
        cells: likewise.

    Returns:
        low and high (terms,) in [0, 1]; NaN with fewer than three networks.
    """
    whole = sums_of_squares(products, cells)
    value = shares(whole.components())
    names = list(dict.fromkeys(cells["network"]))
    if len(names) < 3:
        return np.full_like(value, np.nan), np.full_like(value, np.nan)
    without = []
    for name in names:
        kept = cells["network"].ne(name).to_numpy()
        part = sums_of_squares(products[np.ix_(kept, kept)], cells[kept])
        without.append(shares(part.components()))
    pseudo = len(names) * value - (len(names) - 1) * np.stack(without)
    reach = t.ppf(1 - TAIL, len(names) - 1) * pseudo.std(0, ddof=1) / len(names) ** 0.5
    return np.clip(value - reach, 0, 1), np.clip(value + reach, 0, 1)


def drawn_intervals(squares: Squares, draws: int = 4000, seed: int = 0) -> tuple[NDArray, NDArray]:
    """95 % intervals of the shares of single figures: generalised intervals (Weerahandi 1995).

    Sums of squares of normal figures are chi-squared variables times the mean squares that the design expects: those
    that would have given the sums seen are drawn, and the shares taken from them.

    Returns:
        low and high (terms,) in [0, 1].
    """
    chi = np.random.default_rng(seed).chisquare(squares.freedom, (draws, len(squares.terms)))
    drawn = shares(squares.components(squares.sums / chi))
    low, high = np.nanquantile(drawn, [TAIL, 1 - TAIL], axis=0)
    return low, high


def named(squares: Squares, values: NDArray) -> Mapping[str, float]:
    """Values of terms by their names."""
    return dict(zip(squares.terms, map(float, values), strict=True))
