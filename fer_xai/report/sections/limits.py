"""What the figures do not say, and how to read them."""

from fer_xai.analysis.outputs import Analysis
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 130
NAME = "Limits"
HEADING = "Limits, and how to read this"


def content(study: Study, analysis: Analysis) -> Content:
    """What holds of every study stands in the template; networks that were trained elsewhere are told of one by one."""
    weights = [run.record.weights for run in study.complete]
    told = (facts[key] for key in ("class_order", "trained_elsewhere") for facts in weights if key in facts)
    return Content(facts={"elsewhere": list(dict.fromkeys(told))})
