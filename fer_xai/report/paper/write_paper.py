"""Everything for a paper, beside the page: the paragraph of methods, figures with captions, tables, data."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.latex import escaped
from fer_xai.files import as_user_error, file_name, write_bytes, write_text
from fer_xai.report.paper.data_archive import write_data
from fer_xai.report.paper.methods import methods
from fer_xai.report.plots.for_paper import for_paper
from fer_xai.report.plots.style import Drawing, house_style
from fer_xai.results.study import Study


def write_paper(study: Study, analysis: Analysis, drawings: Iterable[Drawing]) -> None:
    """Write `methods.md`, `methods.tex`, `methods.bib`, `data.zip` and the folder `paper/` into the report's folder.

    `paper/` holds all tables in LaTeX, and figures as PDF and SVG at the widths of one column and of two with
    `figures.tex`, their captions: those of the main explainer that show no single image.

    Args:
        study: its runs.
        analysis: of it.
        drawings: figures of the report; empty for none, for they take as long as the page.

    Raises:
        UserError: a file that cannot be written.
    """
    folder = study.paths.report
    for ending, text in methods(study, analysis).items():
        write_text(folder / f"methods.{ending}", text)
    write_data(folder / "data.zip", study, analysis)
    paper = folder / "paper"
    with as_user_error(paper):
        if paper.exists():
            shutil.rmtree(paper)
    _copy_tables(study.paths.analysis, paper)
    chosen = [drawing for drawing in drawings if not _of_another(drawing.name, analysis.facts["explainers"])]
    captions = []
    with house_style():
        for drawing in chosen:
            if drawing.figure is not None:
                for ending, content in for_paper(drawing.figure, drawing.svg).items():
                    write_bytes(paper / f"{drawing.name}_{ending}", content)
                captions.append(_figure(drawing))
    if captions:
        write_text(paper / "figures.tex", "\n".join(captions))


def _of_another(name: str, explainers: Sequence[str]) -> bool:
    """Whether a figure is of an explainer that is not the main one, as `file_stem` names it."""
    return any(f"_{file_name(explainer)}_" in f"{name}_" for explainer in explainers[1:])


def _figure(drawing: Drawing) -> str:
    """A LaTeX figure over both columns; the other width stands beside it as a comment."""
    lines = [
        r"\begin{figure*}[t]",
        r"\centering",
        rf"\includegraphics{{{drawing.name}_two_columns.pdf}} % in one column: {drawing.name}_one_column.pdf",
        rf"\caption{{{escaped(drawing.alt)}}}",
        rf"\label{{fig:{drawing.name}}}",
        r"\end{figure*}",
    ]
    return "\n".join(lines) + "\n"


def _copy_tables(analysis: Path, paper: Path) -> None:
    for table in sorted(analysis.glob("*.tex")):
        write_text(paper / table.name, table.read_text(encoding="utf-8"))
