"""What is said of maps that show nothing: a fault of the explainer on this network, with one that fits."""

from collections.abc import Iterator

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.sentences import sentence


def blind_sentences(analysis: Analysis) -> list[str]:
    """A sentence on every network and explainer with blind maps, those of the main explainer first."""
    return [sentence("blind_maps", **facts, at_length=True) for facts in blind_facts(analysis)]


def blind_facts(analysis: Analysis) -> Iterator[dict[str, object]]:
    """By explainer and network: explainer, network, expressions, of (all expressions), reason (of the first), fits."""
    table = analysis.blind_maps
    if table.empty:
        return
    for explainer in analysis.facts["explainers"]:
        for label, rows in table[table["explainer"].eq(explainer)].groupby("label", sort=False):
            fits = rows["fits"].iloc[0]
            yield {
                "explainer": analysis.explainer_title(explainer),
                "network": str(label),
                "expressions": rows["expression"].tolist(),
                "of": len(analysis.facts["expressions"]),
                "reason": rows["reason"].iloc[0],
                "fits": analysis.explainer_title(fits) if isinstance(fits, str) else None,
            }
