"""What share of the variance of maps and of scores goes with each factor: `variance_shares.csv`."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.regression.mixed_linear_model import MixedLM

from fer_xai.analysis.effects.variance_components import (
    FACTORS,
    INTERACTION,
    RESIDUAL,
    drawn_intervals,
    is_balanced,
    jackknife_over_networks,
    shares,
    sums_of_squares,
)

#: Columns of `variance_shares.csv`. `what`: maps (standardised, so that they differ in shape only), scores, or scores
#: of people (see `person_shares`: primary measure, main explainer and reference); explainer `all`: of all together.
#: `share` in [0, 1]; low and high: for maps over networks (jackknife), for scores generalised intervals, for scores of
#: people over these; all hold the expressions and data of the study fixed.
COLUMNS = ("what", "explainer", "reference", "metric", "factor", "share", "low", "high", "reason")

MAPS, SCORES = "maps", "scores"

#: Rows that the mixed model of an unbalanced design may have: it inverts a matrix of that size again and again.
_MOST = 500

_TOGETHER = "cells are not repeated (no folds or seeds): the interaction is in the residual"
_TOO_FEW = "a design without replication: nothing is left for a residual"


def map_shares(products: NDArray, cells: pd.DataFrame, explainer: str) -> list[dict[str, object]]:
    """Shares of the variance of maps.

    Args:
        products: (n, n) NCC of all maps with each other, over the pixels that all have: inner products of standardised
            maps. NaN in rows of maps that are undefined.
        cells: one row per map, columns among `FACTORS`.
        explainer: whose maps; `all`.
    """
    key: dict[str, object] = {"what": MAPS, "explainer": explainer, "metric": "standardised map"}
    missing = set(cells.loc[~(np.isfinite(products).sum(1) > 1), "network"])
    lacking = set(_incomplete(cells[~cells["network"].isin(missing)]))
    # A network without one of its maps would make holes in the design.
    kept = ~cells["network"].isin(missing | lacking).to_numpy()
    products, cells = products[np.ix_(kept, kept)], cells[kept]
    named = {"undefined maps": missing, "not every expression, fold and seed": lacking}
    left_out = "; ".join(f"left out ({why}): {', '.join(sorted(names))}" for why, names in named.items() if names)
    if cells.empty or not is_balanced(cells):
        why = "not every network has a map of every expression, fold and seed"
        return [key | {"reason": "; ".join(part for part in (why, left_out) if part)}]
    squares = sums_of_squares(products, cells)
    if not squares.terms:
        return [key | {"reason": "; ".join(part for part in (_TOO_FEW, left_out) if part)}]
    bounds = jackknife_over_networks(products, cells)
    return _rows(key, squares.terms, shares(squares.components()), bounds, left_out)


def _incomplete(cells: pd.DataFrame) -> list[str]:
    """Networks that lack a cell which others have; none where that would leave fewer than two."""
    others = [name for name in cells if name != "network"]
    sizes = cells.groupby("network", sort=False).size()
    lacking = list(sizes.index[sizes < len(cells[others].drop_duplicates())])
    return lacking if len(sizes) - len(lacking) > 1 else []


def score_shares(scores: pd.DataFrame, key: dict[str, object], *, mixed: bool) -> list[dict[str, object]]:
    """Shares of the variance of one measure's scores.

    In closed form where the design is balanced; else by a mixed model fitted by restricted maximum likelihood
    (statsmodels), without intervals. These are scores of maps over people; those of single people are shared out by
    `person_shares`.

    Args:
        scores: `value` and columns among `FACTORS`; undefined scores are left out.
        key: explainer, reference and metric of the rows.
        mixed: whether the mixed model, which takes seconds, may be fitted.
    """
    key = {"what": SCORES} | key
    known = scores[np.isfinite(scores["value"])]
    cells = known[[name for name in FACTORS if name in known and known[name].nunique() > 0]].reset_index(drop=True)
    values = known["value"].to_numpy(dtype=float)
    if len(values) < 3 or np.ptp(values) == 0:
        return [key | {"reason": "fewer than three scores, or all the same"}]
    left_out = f"{len(scores) - len(known)} undefined scores left out" if len(known) < len(scores) else ""
    if is_balanced(cells):
        centred = values - values.mean()
        squares = sums_of_squares(np.outer(centred, centred), cells)
        if not squares.terms:
            return [key | {"reason": _TOO_FEW}]
        return _rows(key, squares.terms, shares(squares.components()), drawn_intervals(squares), left_out)
    if not mixed or len(values) > _MOST:
        why = "not balanced: worked out for the first metric of up to 500 scores only"
        return [key | {"reason": "; ".join(part for part in (why, left_out) if part)}]
    try:
        terms, components, converged = mixed_model(values, cells)
    except np.linalg.LinAlgError:
        # All components at the edge of 0, as of a handful of scores.
        why = "not balanced: these scores do not determine a mixed model"
        return [key | {"reason": "; ".join(part for part in (why, left_out) if part)}]
    nothing = np.full(len(terms), np.nan)
    remarks = ["not balanced: mixed model, no intervals", *([] if converged else ["it did not converge"]), left_out]
    return _rows(key, terms, shares(components), (nothing, nothing), "; ".join(part for part in remarks if part))


def mixed_model(values: NDArray, cells: pd.DataFrame) -> tuple[tuple[str, ...], NDArray, bool]:
    """Components of variance by restricted maximum likelihood, all factors random and crossed.

    Args:
        values: (n,).
        cells: one row per value, columns among `FACTORS`.

    Returns:
        Terms as `sums_of_squares` has them, their components, and whether the fit converged.
    """
    frame = pd.DataFrame({name: pd.Categorical(cells[name].astype(str)) for name in cells}).assign(y=values, one=1)
    terms = [str(name) for name in cells if cells[name].nunique() > 1]
    formulas = {name: f"0 + C({name})" for name in terms}
    if {"network", "expression"} <= set(terms) and len(cells[["network", "expression"]].drop_duplicates()) < len(cells):
        frame["cell"] = pd.Categorical(cells["network"].astype(str) + "\n" + cells["expression"].astype(str))
        formulas[INTERACTION], terms = "0 + C(cell)", [*terms, INTERACTION]
    with warnings.catch_warnings():
        # Components at the edge of 0 are what is asked about here.
        warnings.simplefilter("ignore")
        fit = MixedLM.from_formula("y ~ 1", frame, groups="one", vc_formula=formulas, re_formula="0").fit(reml=True)
    by_name = dict(zip(fit.model.exog_vc.names, fit.vcomp, strict=True))
    components = np.array([by_name[name] for name in terms] + [fit.scale])
    return (*terms, RESIDUAL), np.maximum(components, 0), bool(fit.converged)


def recorded_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of the long table that are of one fold and seed each; of networks as wholes, where there are no folds.

    Args:
        scores: of one explainer, reference and metric: label, fold, seed, expression, value, whole.
    """
    single = scores[scores["expression"].notna()]
    folds = single[single["fold"].notna()]
    chosen = folds if len(folds) else single[single["whole"]]
    return chosen[["label", "expression", "fold", "seed", "value"]].rename(columns={"label": "network"})


def all_score_shares(metrics: pd.DataFrame, explainers: Sequence[str]) -> list[dict[str, object]]:
    """Shares of all scores: of each explainer, and of all explainers together.

    Args:
        metrics: the long table of scores, with labels.
        explainers: those that look at networks.
    """
    first = metrics["metric"].iloc[0] if len(metrics) else None
    rows = []
    own = metrics[metrics["explainer"].isin(list(explainers))]
    for (explainer, reference, metric), part in own.groupby(["explainer", "reference", "metric"], sort=False):
        key = {"explainer": explainer, "reference": reference, "metric": metric}
        rows += score_shares(recorded_scores(part), key, mixed=metric == first)
    if len(explainers) < 2:
        return rows
    whole = own[own["whole"] & own["expression"].notna()].rename(columns={"label": "network", "network": "name"})
    for (reference, metric), part in whole.groupby(["reference", "metric"], sort=False):
        key = {"explainer": "all", "reference": reference, "metric": metric}
        rows += score_shares(part[["network", "expression", "explainer", "value"]], key, mixed=metric == first)
    return rows


def variance_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as the table of `variance_shares.csv`."""
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(("share", "low", "high"), float))


def _rows(
    key: dict[str, object], terms: Sequence[str], share: NDArray, bounds: tuple[NDArray, NDArray], remark: str
) -> list[dict[str, object]]:
    rows = []
    for number, name in enumerate(terms):
        merged = name == RESIDUAL and {"network", "expression"} <= set(terms) and INTERACTION not in terms
        reason = "; ".join(part for part in (_TOGETHER if merged else "", remark) if part)
        figures = {"share": share[number], "low": bounds[0][number], "high": bounds[1][number], "reason": reason}
        rows.append(key | {"factor": name} | figures)
    return rows
