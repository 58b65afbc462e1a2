"""How well the heatmaps match the reference, beside the baselines."""

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.tables import metric_title
from fer_xai.analysis.words.verdicts import LEVEL
from fer_xai.report.explainer_names import file_stem, named, seeing
from fer_xai.report.plots.dots import score_dots
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 10
NAME = "Scores"
HEADING = "How well the heatmaps match the masks"


def content(study: Study, analysis: Analysis) -> Content:
    """The tables of all scores, the main one first, and their figure for each explainer."""
    facts = analysis.facts
    main, *others = analysis.tables.values()
    pretrained = {label: word for _, word, label in facts["labels"]}
    explainers = facts["explainers"]
    dots = [
        (named(table.explainer, facts["baseline_explainers"]), score_dots(table, pretrained, name))
        for table in analysis.tables.values()
        if (table.metric, table.reference) == (main.metric, main.reference)
        for name in [file_stem("scores", table.explainer, explainers)]
    ]
    return Content(
        facts={
            "main": main,
            "others": others,
            "dots": dots,
            "cell_words": {name: _cell_words(analysis, name) for name in seeing(analysis)},
        },
        figures=tuple(figure for _, figure in dots),
        heading=f"How well the heatmaps match {main.reference}",
        bars={f"Mean {metric_title(main.metric)}": f"{main.metric}/{main.reference}/{main.explainer}"},
        tables=(facts["metrics"][0],),
    )


def _cell_words(analysis: Analysis, explainer: str) -> list[str]:
    """How many single cells pass the two tests, under false-discovery control."""
    facts = analysis.facts
    frame = analysis.baselines
    here = frame["explainer"].eq(explainer) & frame["reference"].eq(facts["references"][0])
    cells = frame[
        here & frame["metric"].eq(facts["metrics"][0]) & frame["expression"].notna() & frame["label"].ne("mean")
    ]
    rows = frame[
        here & frame["metric"].eq(facts["metrics"][0]) & frame["expression"].isna() & frame["label"].ne("mean")
    ]
    sentences = []
    for name, words in (("random shifts", "randomly shifted maps"), ("pairings", "pairings with other masks")):
        tested = cells[cells["baseline"].eq(name) & cells["q"].notna()]
        passed = tested[tested["q"] <= LEVEL]
        sentence = f"Against {words}, {len(passed)} of {len(tested)} cells stand out (false-discovery rate {LEVEL:.0%})"
        if 0 < len(passed) <= 12:
            sentence += ": " + ", ".join(f"{row['label']} {row['expression']}" for row in passed.to_dict("records"))
        if name == "pairings":
            whole = rows[rows["baseline"].eq(name) & rows["q"].notna()]
            better = whole.loc[whole["q"] <= LEVEL, "label"].tolist()
            sentence += (
                "; a single cell never can, since one mask in six is its own (p is at least 0.167). Taken over its six "
                f"expressions, {len(better)} of {len(whole)} networks stand out"
                + (f": {', '.join(better)}" if better else "")
            )
        sentences.append(f"{sentence}.")
    return sentences
