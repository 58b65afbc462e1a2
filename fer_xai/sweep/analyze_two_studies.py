"""Two studies of two laboratories beside each other: tables, page, and the answer. Imports no torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_xai.analysis.analyze_study import MARGIN, PRIMARY
from fer_xai.analysis.studies.compare_studies import compared
from fer_xai.errors import UserError
from fer_xai.face.chosen_references import chosen_references
from fer_xai.metrics.metric import Metrics
from fer_xai.results.claim import claimed
from fer_xai.results.paths import StudyPaths
from fer_xai.terminal import say


def compare_studies(
    study_dirs: Sequence[Path],
    references: Mapping[str, Any],
    metrics: Metrics,
    *,
    primary: str = PRIMARY,
    margin: float = MARGIN,
    out: Path | None = None,
    report: bool = True,
    secret: str | None = None,
) -> Path:
    """Write the tables and the page of two studies beside each other, and print the answer.

    Args:
        study_dirs: two studies, folders or archives.
        references: name -> config node, the main one first.
        metrics: by name.
        primary: the measure that is tested; where it is not among the metrics, the first of them is.
        margin: a difference of it that counts as none if it is smaller.
        out: folder to write into; None for one beside the first study.
        report: whether to draw the page, too.
        secret: that archives list their pictures under.

    Returns:
        The folder.

    Raises:
        UserError: not two studies, one that cannot be read, nothing in common, or a folder that cannot be written.
    """
    primary = primary if primary in metrics else next(iter(metrics))
    chosen = chosen_references(references)
    if out is not None and StudyPaths(out).runs.exists():
        raise UserError(f"out={out}: that is a study; a comparison wants a folder of its own")
    with compared(study_dirs, chosen, {primary: metrics[primary], **metrics}, primary, margin, secret) as comparison:
        names = [one.name.replace(" ", "") for one in comparison.two.both]
        folder = out or study_dirs[0].resolve().parent / "-and-".join(names)
        with claimed(folder):
            comparison.write(folder)
            if report:
                from fer_xai.report.studies_page import write_studies_page  # matplotlib takes a second to import

                write_studies_page(comparison, folder)
    for line in (*comparison.sentences, f"tables and page: {folder}" if report else f"tables: {folder}"):
        say(line)
    return folder
