"""The report: one page that holds everything, and its figures as files."""

import shutil
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from fer_xai.analysis.outputs import Analysis, read_analysis
from fer_xai.report.drawings import Drawings, draw_all
from fer_xai.report.facts import page_facts
from fer_xai.report.style import house_style
from fer_xai.results.files import as_user_error, write_text
from fer_xai.results.study import Study, read_results


def build_report(study_dir: Path) -> Path:
    """Write `report/index.html` and `report/figures/` of a study that has been analysed.

    Args:
        study_dir: folder of the study.

    Returns:
        The page.

    Raises:
        UserError: no study, no complete run, no analysis, or a folder that cannot be written.
    """
    study = read_results(study_dir)
    analysis = read_analysis(study.paths.analysis)
    with house_style():
        drawings = draw_all(study, analysis)
    figures = study.paths.report / "figures"
    with as_user_error(figures):
        if figures.exists():
            shutil.rmtree(figures)
    for drawing in drawings.all():
        drawing.write(figures)
    page = study.paths.report / "index.html"
    write_text(page, render(study, analysis, drawings))
    return page


def render(study: Study, analysis: Analysis, drawings: Drawings) -> str:
    """The page as text; whatever comes from data is escaped."""
    environment = Environment(
        loader=PackageLoader("fer_xai.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("report.html.j2").render(page_facts(study, analysis), figures=drawings)
