"""Names and order of explainers in tables and figures."""

from collections.abc import Collection, Sequence

from fer_xai.analysis.outputs import Analysis
from fer_xai.results.heatmaps import read_dataset
from fer_xai.results.study import Study


def named(explainer: str, baselines: Collection[str]) -> str:
    """An explainer's name in tables and figures; one that looks at no network says so."""
    return f"{explainer} (baseline)" if explainer in baselines else explainer


def explainer_order(analysis: Analysis, names: Sequence[str]) -> list[str]:
    """Names in the study's order of explainers; what is none of them, such as a random order, comes last."""
    known = list(analysis.facts["explainers"])
    return sorted(dict.fromkeys(names), key=lambda name: known.index(name) if name in known else len(known))


def silent_maps(study: Study, analysis: Analysis) -> list[tuple[str, int, int, int]]:
    """Per explainer: local maps, those among them that are zero everywhere, and those left out as not finite.

    Explainers without such maps, and runs that did not count them, are passed over.
    """
    counts = {name: [0, 0, 0] for name in analysis.facts["explainers"]}
    for run in study.complete:
        with read_dataset(run.paths.heatmaps) as dataset:
            if not {"images", "empty", "not_finite"} <= set(dataset):
                continue
            for name in (name for name in run.record.explainers if name in counts):
                own = dataset[["images", "empty", "not_finite"]].sel(explainer=name).sum()
                averaged, empty, not_finite = (int(own[key]) for key in ("images", "empty", "not_finite"))
                for place, number in enumerate((averaged + not_finite, empty, not_finite)):
                    counts[name][place] += number
    return [
        (named(name, analysis.facts["baseline_explainers"]), maps, empty, not_finite)
        for name, (maps, empty, not_finite) in counts.items()
        if empty or not_finite
    ]
