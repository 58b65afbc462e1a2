"""Planted shortcuts: which networks use the cue, what that costs them, and which explainers say so."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.accuracy_table import read_predictions
from fer_xai.analysis.explainer_tests import read_run
from fer_xai.analysis.shortcut_explainers import ROC_COLUMNS, explainer_rows, roc_points
from fer_xai.analysis.shortcut_limit import AT_BASE_RATE, NOT, SHARE, UNCLEAR, USES, base_limit, verdict
from fer_xai.data.splits.folds import group_ids
from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.metrics.proportion import person_of_each, proportion
from fer_xai.results.study import Network, Run
from fer_xai.scoring.means_over_people import means_over_people
from fer_xai.trust.cue_figures import FIRST, RELEVANCE, TEST, VALUE

#: Columns of `shortcuts.csv`. Rows of networks: fold and seed empty, all of a network's folds and seeds together, else
#: one trained network; `cue_value` has limit, base_networks and verdict. Rows of explainers (network empty) are over
#: all networks. expression empty: all expressions.
COLUMNS = (
    *("network", "pretrained", "cue", "cue_expression", "cue_rate", "cue_base_rate", "fold", "seed"),
    *("explainer", "expression", "measure", "value", "low", "high", "n"),
    *("limit", "base_networks", "verdict", "chance", "chance_of", "remark"),
)
#: Measures of a network: share of test images named rightly, of those with the cue and of those without, and how much
#: higher it is for networks that were trained at the base rate, on the same images.
WITH_CUE, WITHOUT_CUE, COST = "accuracy_with_cue", "accuracy_without_cue", "accuracy_cost"


@dataclass(frozen=True)
class _Trained:
    """One trained network that was tested with the cue: figures of images by explainer, and worth by image."""

    network: Network
    run: Run
    images: pd.DataFrame
    values: pd.DataFrame

    @property
    def value(self) -> float:
        return float(self.values["value"].mean()) if len(self.values) else math.nan


@dataclass(frozen=True)
class Shortcuts:
    """What `shortcuts.csv` (columns `COLUMNS`) and `shortcuts_roc.csv` hold; both empty without a planted cue."""

    table: pd.DataFrame
    roc: pd.DataFrame


def shortcuts(networks: Sequence[Network], replicates: int = REPLICATES) -> Shortcuts:
    """Who uses the cue, at what cost, and who says so.

    A trained network uses the cue if its worth, the mean over tested faces with the cue, lies above what networks of
    the same architecture and pretraining that were trained at the base rate seldom exceed, see `base_limit`. For the
    explainers, a face counts as used if its network uses the cue and it is worth more in this face than in 95 % of the
    faces of the networks at the base rate, and as not used if its network was trained at the base rate, or one of those
    values the cue as highly. Faces of networks of which it is unclear, and those in which a used cue is worth little,
    are left out, and counted in the remark.

    Args:
        networks: of the study; those without a planted cue, or not tested with it, are passed over.
        replicates: of the bootstrap.

    Raises:
        UserError: a file cannot be read.
    """
    trained = [one for network in networks if network.planted for one in _tested(network)]
    if not trained:
        return Shortcuts(pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(columns=list(ROC_COLUMNS)))
    bases = _at_base_rate(trained)
    rows = []
    for network in dict.fromkeys(one.network.label for one in trained):
        own = [one for one in trained if one.network.label == network]
        base = bases.get(_kind(own[0].network), [])
        rows += _value_rows(own, base, replicates)
        rows += _accuracy_rows(own[0].network)
        rows += _cost_rows(own[0].network, base, replicates)
    judged, remark = _judged(trained, bases)
    blind = _blind(trained, judged)
    planted = _words(trained[0].network) | {"network": None, "pretrained": None, "cue_rate": None}
    rows += [planted | row | {"remark": remark} for row in explainer_rows(judged, blind, replicates)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Shortcuts(
        table.astype({"fold": "Int64", "seed": "Int64", "n": "Int64", "base_networks": "Int64"}), roc_points(judged)
    )


def is_at_base_rate(network: Network) -> bool:
    """Whether the cue came as often with its expression as with all others when the network was trained."""
    return bool(network.planted) and network.planted["rate"] == network.planted["base_rate"]


def _kind(network: Network) -> tuple[object, ...]:
    return network.architecture, network.pretrained, *sorted(network.alignment.items())


def _at_base_rate(trained: Sequence[_Trained]) -> dict[tuple[object, ...], list[_Trained]]:
    bases: dict[tuple[object, ...], list[_Trained]] = {}
    for one in trained:
        if is_at_base_rate(one.network):
            bases.setdefault(_kind(one.network), []).append(one)
    return bases


def _tested(network: Network) -> list[_Trained]:
    found = []
    for runs in network.places:
        images = pd.concat([read_run(run)[0] for run in runs], ignore_index=True)
        images = images[images["test"].eq(TEST)]
        if images.empty:
            continue
        keys = ["image", "expression", "group", "explainer"]
        wide = images.drop_duplicates([*keys, "measure"]).pivot(index=keys, columns="measure", values="value")
        wide = wide.reindex(columns=[VALUE, RELEVANCE, FIRST]).reset_index()
        values = wide.dropna(subset=VALUE).drop_duplicates(["image", "expression"])
        own = values[["image", "group"]].assign(value=values[VALUE])
        found.append(_Trained(network, runs[0], wide, own))
    return found


def _words(network: Network) -> dict[str, Any]:
    planted = network.planted
    return {
        "network": network.name,
        "pretrained": network.pretrained,
        "cue": planted["cue"],
        "cue_expression": planted["expression"],
        "cue_rate": planted["rate"],
        "cue_base_rate": planted["base_rate"],
    }


def _value_rows(own: Sequence[_Trained], base: Sequence[_Trained], replicates: int) -> list[dict[str, Any]]:
    """What the cue is worth: to all trained networks of a row together, and to each."""
    values_at_base = [one.value for one in base]
    limit = base_limit(values_at_base)
    reference = is_at_base_rate(own[0].network)
    said = [AT_BASE_RATE if reference else verdict(one.value, values_at_base) for one in own]
    values = pd.concat([one.values for one in own])
    whole = AT_BASE_RATE if reference else verdict(float(np.mean([one.value for one in own])), values_at_base)
    few = f"{len(base)} networks of this kind were trained at the base rate; two are needed at least"
    remark = few if math.isnan(limit) else f"{said.count(USES)} of {len(said)} trained networks use it"
    shared = {"measure": VALUE, "limit": limit, "base_networks": len(base)}
    rows = [
        shared
        | _mean_over_people(values, replicates)
        | {"verdict": whole, "remark": "" if reference and len(base) > 1 else remark}
    ]
    for one, word in zip(own, said, strict=True):
        place = {"fold": one.run.record.fold, "seed": one.run.record.seed, "verdict": word}
        rows.append(shared | _mean_over_people(one.values, replicates) | place)
    return [_words(own[0].network) | row for row in rows]


def _mean_over_people(values: pd.DataFrame, replicates: int) -> dict[str, Any]:
    """Mean, interval from the bootstrap over people, and number, of columns value and group."""
    frame = values.assign(key="", expression="any")
    rows = means_over_people(frame, ["key"], ["any"], replicates).rows()
    row = rows[rows["expression"].eq("any")].iloc[0]
    return {name: row[name] for name in ("value", "low", "high", "n")}


def _accuracy_rows(network: Network) -> list[dict[str, Any]]:
    """Accuracy on test images with the cue and without it, over all expressions and of the cue's own."""
    predictions = read_predictions(network.trained)
    if predictions.empty:
        return []
    planted = predictions["image"].str.contains(f"+{network.planted['cue']}.", regex=False).to_numpy()
    rows = []
    for expression in ("", str(network.planted["expression"])):
        of_it = predictions["true"].eq(expression).to_numpy() if expression else np.ones(len(predictions), dtype=bool)
        for measure, which in ((WITH_CUE, planted), (WITHOUT_CUE, ~planted)):
            part = predictions[of_it & which]
            value, low, high = proportion(part["true"].eq(part["predicted"]).to_numpy(), person_of_each(part))
            figures = {"value": value, "low": low, "high": high, "n": len(part)}
            rows.append(_words(network) | {"measure": measure, "expression": expression} | figures)
    return rows


def _cost_rows(network: Network, base: Sequence[_Trained], replicates: int) -> list[dict[str, Any]]:
    """How much higher the accuracy of networks at the base rate is, image by image of the same fold and seed."""
    if is_at_base_rate(network) or not base:
        return []
    keys = ["image", "fold", "seed"]
    own, others = (_answers(runs) for runs in (network.trained, [one.run for one in base]))
    if own.empty or others.empty:
        return []
    both = own.merge(others[[*keys, "right"]], on=keys, suffixes=("", "_base"))
    both = both.assign(value=both["right_base"] - both["right"])
    rows = []
    for expression in ("", str(network.planted["expression"])):
        part = both[both["true"].eq(expression)] if expression else both
        if len(part):
            figures = _mean_over_people(part[["group", "value"]], replicates)
            rows.append(_words(network) | {"measure": COST, "expression": expression} | figures)
    return rows


def _answers(runs: Sequence[Run]) -> pd.DataFrame:
    """Columns image, fold, seed, true, group, right (1.0 or 0.0), of all test images of some runs."""
    frame = pd.concat([read_predictions([run]).assign(fold=run.record.fold) for run in runs], ignore_index=True)
    if frame.empty:
        return frame
    return frame.assign(group=group_ids(frame), right=frame["true"].eq(frame["predicted"]).astype(float))


def _judged(trained: Sequence[_Trained], bases: dict[tuple[object, ...], list[_Trained]]) -> tuple[pd.DataFrame, str]:
    """The faces by which explainers are judged, with whether the network uses the cue of each; and how many."""
    parts, left_out = [], 0
    counts = {USES: 0, NOT: 0}
    for number, one in enumerate(trained):
        base = bases.get(_kind(one.network), [])
        word = NOT if is_at_base_rate(one.network) else verdict(one.value, [each.value for each in base])
        if word == UNCLEAR:
            left_out += len(one.values)
            continue
        counts[word] += 1
        images = one.images.dropna(subset=VALUE)
        if word == USES:
            least = np.quantile(pd.concat([each.values["value"] for each in base]), SHARE, method="higher")
            images = images[images[VALUE] > least]
            left_out += int((one.values["value"] <= least).sum())
        parts.append(images.assign(trained=number, used=word == USES))
    columns = ["explainer", "trained", "group", "used", RELEVANCE, FIRST]
    judged = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    remark = (
        f"{counts[USES]} trained networks use the cue, {counts[NOT]} do not; {left_out} faces are left out, whose cue "
        "is worth little to a network that uses it, or unclear"
    )
    return judged, remark


def _blind(trained: Sequence[_Trained], judged: pd.DataFrame) -> set[str]:
    """Explainers that look at no network."""
    records = [run.record for one in trained for run in one.network.runs]
    return set(judged["explainer"]) - {n for r in records for n in r.explainers if n not in r.baselines}
