"""What the figures do not say, and how to read them."""

from fer_xai.analysis.outputs import Analysis
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 130
NAME = "Limits"
HEADING = "Limits, and how to read this"


def content(study: Study, analysis: Analysis) -> Content:
    """All of it stands in the template."""
    return Content()
