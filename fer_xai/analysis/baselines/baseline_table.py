"""The long table of baselines: for every score and every mean, each baseline and whether the score beats it."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import Baselines, controlled
from fer_xai.analysis.words.verdicts import NO, beats, beats_chance
from fer_xai.scoring.intervals import mean_known
from fer_xai.scoring.pairings import cell_p, pairings

_KEY = ("network", "pretrained", "fold", "seed", "explainer", "expression", "reference", "metric")
COLUMNS = (*_KEY, "score", "low", "high", "baseline", "value", "as_good", "of", "p", "q", "beats")


def baseline_table(scores: pd.DataFrame, baselines: Baselines, groups: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Lay the baselines beside the scores.

    Args:
        scores: rows of `metrics.csv` for these groups, one explainer and one reference, and rows of the means over
            networks (network `mean`).
        baselines: the baselines of the same maps.
        groups: keys of the groups, in the order of `baselines`.

    Returns:
        Columns `COLUMNS`. `value` is the baseline's own score; `as_good` of `of` pairings or shifts score at least as
        well, `p` is their share (for shifts with the unshifted map counted in), `q` the p-value under false-discovery
        control over all cells (over all networks, for their means). `beats` is yes, no, unclear or undefined.
    """
    networks = [str(group["network"]) + "\0" + str(group["pretrained"]) for group in groups]
    expressions = [name for name in scores["expression"].unique() if isinstance(name, str)]
    rows: list[dict[str, object]] = []
    for score in scores.to_dict("records"):
        mean = score["network"] == "mean" and not isinstance(score["pretrained"], str)
        chosen_g = list(range(len(groups))) if mean else [networks.index(f"{score['network']}\0{score['pretrained']}")]
        single = isinstance(score["expression"], str)
        chosen_e = [expressions.index(score["expression"])] if single else list(range(len(expressions)))
        rows += _rows({str(key): value for key, value in score.items()}, baselines, chosen_g, chosen_e)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["q"] = np.nan
    is_mean = table["network"].eq("mean") & table["pretrained"].isna()
    # One family of tests per baseline and metric: the cells, the networks' means, the expressions' means.
    for _, part in table.groupby(["baseline", "metric", is_mean, table["expression"].isna()]):
        table.loc[part.index, "q"] = controlled(part["p"])
    tested = table["p"].notna()
    table.loc[tested, "beats"] = [beats_chance(q) for q in table.loc[tested, "q"]]
    return table


def _rows(
    score: dict[str, object], baselines: Baselines, groups: list[int], cells: list[int]
) -> list[dict[str, object]]:
    metric = str(score["metric"])
    m = list(baselines.metrics).index(metric)
    higher = baselines.metrics[metric].higher_is_better
    value, low, high = (float(score[name]) for name in ("value", "low", "high"))  # type: ignore[arg-type]
    key = {name: score[name] for name in _KEY} | {"score": value, "low": low, "high": high}
    # Cells whose score is undefined take no part in a mean, nor do their baselines.
    block = np.ix_([m], groups, cells)
    defined = np.isfinite(baselines.right[m][np.ix_(groups, cells)])
    rows = []
    for name, values in (baselines.fixed | {"other masks": baselines.others}).items():
        baseline = float(mean_known(np.where(defined, values[block][0], np.nan)))
        answer = beats(value, low, high, baseline, higher)
        rows.append(key | {"baseline": name, "value": baseline, "beats": answer})
    shifted = mean_known(
        np.where(defined[..., None], baselines.shifted[metric][np.ix_(groups, cells)], np.nan), axis=(0, 1)
    )
    rows.append(key | {"baseline": "random shifts"} | _shift_figures(shifted, higher))
    rows.append(key | {"baseline": "pairings"} | _pairing_figures(baselines, m, groups, cells, higher))
    return rows


def _shift_figures(shifted: np.ndarray, higher_is_better: bool) -> dict[str, object]:
    score, others = shifted[0], shifted[1:]
    others = others[np.isfinite(others)]
    if not (np.isfinite(score) and others.size):
        return {"value": np.nan, "as_good": None, "of": None, "p": np.nan, "beats": "undefined"}
    as_good = int((others >= score).sum() if higher_is_better else (others <= score).sum())
    p = (1 + as_good) / (1 + others.size)
    return {"value": float(others.mean()), "as_good": as_good, "of": others.size, "p": p, "beats": NO}


def _pairing_figures(
    baselines: Baselines, m: int, groups: list[int], cells: list[int], higher_is_better: bool
) -> dict[str, object]:
    undefined: dict[str, object] = {"value": np.nan, "as_good": None, "of": None, "p": np.nan, "beats": "undefined"}
    # Expressions that the reference does not know (neutral) have no mask to be paired with.
    known = np.flatnonzero(baselines.own >= 0)
    if len(known) < 2:
        return undefined
    scores = mean_known(baselines.masks[m][groups], axis=0)[known]
    if len(cells) == 1:
        row = int(np.searchsorted(known, cells[0]))
        p = cell_p(scores[row], row, higher_is_better) if cells[0] in known else np.nan
        value = float(mean_known(scores[row])) if cells[0] in known else np.nan
    else:
        everything = pairings(scores, higher_is_better)
        p, value = everything.p, float(mean_known(everything.means))
    if not np.isfinite(p):
        return undefined
    of = math.factorial(len(known))
    return {"value": value, "as_good": round(p * of), "of": of, "p": p, "beats": NO}
