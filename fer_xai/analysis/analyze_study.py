"""A study's runs -> its analysis, whole or not at all."""

import math
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from fer_xai.analysis.analysis_files import write_analysis
from fer_xai.analysis.network_order import in_paper_order
from fer_xai.analysis.outputs import check_metric_names
from fer_xai.analysis.study_tables import Asked, tables_of
from fer_xai.analysis.words.answer import summarise
from fer_xai.analysis.words.summary import Summary
from fer_xai.errors import UserError
from fer_xai.face.masks import Reference
from fer_xai.files import as_user_error
from fer_xai.metrics.metric import Metrics
from fer_xai.results.study import Study, read_results
from fer_xai.scoring.floor import CHANCE, floor_of

#: The measure that verdicts rest on: smooth in the map, where a cut by Otsu's threshold can turn on a pixel.
PRIMARY = "ncc"
#: A difference of the primary measure that counts as none if it is smaller.
MARGIN = 0.05


def _silent(_: str) -> None:
    """Tell nobody."""


def analyze_study(
    study_dir: Path,
    references: Sequence[Reference],
    metrics: Metrics,
    *,
    primary: str = PRIMARY,
    margin: float = MARGIN,
    order: Literal["paper", "score"] | str = "paper",
    floor: str | float = CHANCE,
    groups: Any = None,
    progress: Callable[[str], None] = _silent,
) -> Summary:
    """Analyse every complete run of a study and write `analysis/`, whole or not at all.

    Args:
        study_dir: folder of the study.
        references: what heatmaps are compared with; the first is the main one.
        metrics: by name, likewise.
        primary: the measure by which the main question is asked and the only one that verdicts rest on; it comes first
            in all tables. Where it is not among the metrics, the first of them is.
        margin: a difference of the primary measure that counts as none if it is smaller: 'as good as' is said of what
            two one-sided tests find within it.
        order: of the tables' rows: `paper`, or `score` (best mean first).
        floor: balanced test accuracy that a network's interval has to lie above, in [0, 1), or `chance`: one over the
            number of tested classes. Others are marked in every table and left out of the contrasts of pretraining.
        groups: columns of predictions by which people are compared: a word, a list, or None for those of sex, age and
            group that there are.
        progress: is told what is being done.

    Returns:
        The study's answer.

    Raises:
        UserError: no study, no complete run, runs that do not go together, unknown order or floor, a margin that is no
            positive number, no reference or metric, a metric whose name is taken, groups that cannot be compared, or a
            folder that cannot be written.
    """
    _check(order, metrics, references, margin)
    floor_of(floor, 1)
    # The primary measure is reported first.
    primary = primary if primary in metrics else next(iter(metrics))
    metrics = {primary: metrics[primary], **metrics}
    study = read_results(study_dir)
    progress("reading and scoring the maps of all networks")
    networks = in_paper_order(study.networks)
    asked = Asked(references, metrics, primary, margin, order, floor, groups)
    analysis = tables_of(study, networks, asked, progress)
    summary = summarise(analysis, study, networks)
    progress("writing tables")
    _replace(study, lambda folder: write_analysis(folder, analysis, summary, references))
    return summary


def _check(order: str, metrics: Metrics, references: Sequence[Reference], margin: float) -> None:
    if order not in ("paper", "score"):
        raise UserError(f"order={order}: known are paper and score")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 < margin < math.inf:
        raise UserError(
            f"margin={margin}: it has to be a positive number, in units of the primary measure, such as {MARGIN}"
        )
    check_metric_names(metrics)
    names = [reference.name for reference in references]
    if not names or len(set(names)) < len(names):
        raise UserError(f"references {', '.join(names) or '(none)'}: give one or more, each with a name of its own")


def _replace(study: Study, write: Callable[[Path], None]) -> None:
    """Fill a new folder beside `analysis/`, then put it in its place."""
    target = study.paths.analysis
    with as_user_error(target):
        fresh = Path(tempfile.mkdtemp(prefix=".analysis.", suffix=".part", dir=study.paths.root))
        try:
            write(fresh)
            fresh.chmod(0o755)
            old = fresh.with_name(f"{fresh.stem}.old.part")
            if target.exists():
                target.rename(old)
            fresh.rename(target)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
