"""The report: one page that holds everything, and its figures as files."""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fer_xai import __version__
from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.network_evidence import evidence_rows
from fer_xai.files import as_user_error, write_json, write_text
from fer_xai.report.page_templates import page_templates
from fer_xai.report.paper.write_paper import write_paper
from fer_xai.report.plots.style import house_style
from fer_xai.report.section import Section, make_sections, own_section
from fer_xai.results.claim import refuse_link
from fer_xai.results.study import Study, read_results


def build_report(study_dir: Path, *, for_paper: bool = False) -> Path:
    """Write `report/` of an analysed study: `index.html`, `figures/`, `sections.json`, and what a paper takes of it.

    Args:
        study_dir: folder of the study.
        for_paper: whether to draw the figures at the widths of columns, too, which takes as long again.

    Returns:
        The page.

    Raises:
        UserError: no study, no complete run, no analysis, or a folder that cannot be written.
    """
    study = read_results(study_dir)
    analysis = read_analysis(study.paths.analysis)
    with house_style():
        sections = make_sections(study, analysis)
    # Before anything of an older report goes: a template of somebody's own may fail.
    text = render(study, analysis, sections)
    figures = study.paths.report / "figures"
    refuse_link(study.paths.report)
    with as_user_error(figures):
        if figures.exists():
            shutil.rmtree(figures)
    for section in sections:
        for drawing in section.content.figures:
            drawing.write(figures)
    drawings = [drawing for section in sections for drawing in section.content.figures]
    write_paper(study, analysis, drawings if for_paper else ())
    write_json(study.paths.sections, [_listed(section) for section in sections])
    page = study.paths.report / "index.html"
    write_text(page, text)
    return page


def _listed(section: Section) -> dict[str, Any]:
    """What a logger is sent of a section: figures that show no single image, tables, and what to chart."""
    content = section.content
    return {
        "name": section.name,
        "heading": section.heading,
        "figures": [drawing.name for drawing in content.figures if not drawing.local],
        "tables": list(content.tables),
        "bars": dict(content.bars),
    }


def render(study: Study, analysis: Analysis, sections: Sequence[Section]) -> str:
    """The page as text; whatever comes from data is escaped."""
    environment = page_templates()
    facts = analysis.facts
    shared = {
        "expressions": facts["expressions"],
        "flagged": [label for label, below in analysis.below.items() if below],
        "floor": facts["floor"],
        "imported": any(run.record.data.get("imported") for run in study.complete),
        "intervals": math.isfinite(next(iter(analysis.tables.values())).mean.mean.low),
    }
    macros = environment.get_template("macros.html.j2").make_module(shared)
    names = {name: getattr(macros, name) for name in ("cell", "figures_of", "flag", "figure")}
    names |= {"explainer_title": analysis.explainer_title, "reference_title": analysis.reference_title}
    bodies = []
    for section in sections:
        with own_section(section.module):
            body = environment.from_string(section.template).render(shared, **names, **section.content.facts)
        bodies.append((section, Markup(body)))
    return environment.get_template("page.html.j2").render(
        shared,
        title=f"Where networks look: {study.paths.root.resolve().name}",
        subtitle=f"{len(analysis.labels)} networks, {len(study.complete)} of {len(study.runs)} runs complete; "
        f"analysed {facts['created'].replace('T', ' ').removesuffix('+00:00')} UTC",
        answers=facts["answers_in_short"],
        evidence=evidence_rows(facts["known_evidence"]),
        more=facts["sentences"][len(facts["lead"]) :],
        sections=bodies,
        version=__version__,
    )
