"""Names and order of explainers in tables and figures."""

from collections.abc import Collection, Sequence

from fer_xai.analysis.outputs import Analysis
from fer_xai.files import file_name


def named(analysis: Analysis, explainer: str, baselines: Collection[str]) -> str:
    """An explainer's name for people, in tables and figures; one that looks at no network says so."""
    title = analysis.explainer_title(explainer)
    return f"{title} (baseline)" if explainer in baselines else title


def explainer_order(analysis: Analysis, names: Sequence[str]) -> list[str]:
    """Names in the study's order of explainers; what is none of them, such as a random order, comes last."""
    known = list(analysis.facts["explainers"])
    return sorted(dict.fromkeys(names), key=lambda name: known.index(name) if name in known else len(known))


def seeing(analysis: Analysis) -> list[str]:
    """The explainers that look at networks; the baselines, if there are only those."""
    names, blind = analysis.facts["explainers"], analysis.facts["baseline_explainers"]
    return [name for name in names if name not in blind] or names


def file_stem(stem: str, explainer: str, explainers: Sequence[str]) -> str:
    """File name of a figure; those of the main explainer do not name it."""
    return stem if explainer == explainers[0] else f"{stem}_{file_name(explainer)}"
