"""Figures of single images by which networks are compared that were drawn to a reference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.analysis.accuracy_table import read_predictions
from fer_xai.analysis.by_data_set import AND, trained_on
from fer_xai.analysis.explainer_tests import read_run
from fer_xai.data.splits.folds import group_ids
from fer_xai.results.classification import classes_of
from fer_xai.results.paths import RunPaths
from fer_xai.results.study import Network, Run
from fer_xai.trust.cue_figures import TEST, VALUE

#: What makes an image of one network that of another: both were tested on it in the same fold and seed.
SAME = ["image", "fold", "seed"]
#: The measure that is no mean over images, see `metrics.calibration`.
CALIBRATION = "calibration_error"


@dataclass(frozen=True)
class Compared:
    """What is compared of two networks.

    Attributes:
        name: in `alignment.csv`.
        title: for people.
        higher_is_better: its direction.
        explainer: whose maps; empty for measures that need none.
    """

    name: str
    title: str
    higher_is_better: bool
    explainer: str = ""


#: Accuracies, calibration, and what a planted cue is worth.
_PLAIN = (
    Compared("accuracy", "accuracy on unseen people", True),
    Compared("accuracy_elsewhere", "accuracy on another data set", True),
    Compared("accuracy_without_cue", "accuracy of the cue's expression where the cue is absent", True),
    Compared("accuracy_misled", "accuracy of other expressions where the cue misleads", True),
    Compared("cue_value", "worth of the cue by intervention (nats)", False),
    Compared("brier", "Brier score", False),
    Compared(CALIBRATION, "calibration error", False),
)


def image_figures(network: Network, explainer: str) -> Iterator[tuple[Compared, pd.DataFrame]]:
    """The figures of a network's test images, over all its trainings.

    Args:
        network: of the study.
        explainer: whose maps the tests of explainers are asked about.

    Yields:
        What it is, and columns `SAME`, group, value; of the calibration error, value is whether the answer is right,
        beside the confidence.

    Raises:
        UserError: a file that cannot be read.
    """
    parts: dict[Compared, list[pd.DataFrame]] = {}
    for runs in network.places:
        for what, frame in (*_of_predictions(runs[0]), *_of_tests(runs, explainer)):
            place = {"fold": runs[0].record.fold, "seed": runs[0].record.seed}
            parts.setdefault(what, []).append(frame.assign(**place))
    for what, frames in parts.items():
        whole = pd.concat(frames, ignore_index=True)
        yield what, whole[np.isfinite(whole["value"].astype(float))]


def _of_predictions(run: Run) -> Iterator[tuple[Compared, pd.DataFrame]]:
    predictions = read_predictions([run])
    if predictions.empty:
        return
    right = predictions["true"].eq(predictions["predicted"]).astype(float)
    frame = pd.DataFrame({"image": predictions["image"], "group": group_ids(predictions), "value": right})
    seen = trained_on(run).split(AND)
    elsewhere = ~predictions["dataset"].isin(seen) if seen != [""] and "dataset" in predictions else right.ne(right)
    by_name = {what.name: what for what in _PLAIN}
    yield by_name["accuracy"], frame[~elsewhere]
    if elsewhere.any():
        yield by_name["accuracy_elsewhere"], frame[elsewhere]
    if planted := run.record.planted:
        shown = predictions["image"].str.contains(f"+{planted['cue']}.", regex=False)
        own = predictions["true"].eq(planted["expression"])
        yield by_name["accuracy_without_cue"], frame[own & ~shown]
        yield by_name["accuracy_misled"], frame[~own & shown]
    names = [name for name in classes_of(predictions) if f"p_{name}" in predictions]
    if names:
        given = predictions[[f"p_{name}" for name in names]].to_numpy(dtype=float)
        wanted = predictions["true"].to_numpy()[:, None] == np.array(names)
        yield by_name["brier"], frame.assign(value=((given - wanted) ** 2).sum(axis=1))
        yield by_name[CALIBRATION], frame.assign(confidence=given.max(axis=1))


def _of_tests(runs: tuple[Run, ...], explainer: str) -> Iterator[tuple[Compared, pd.DataFrame]]:
    """What the tests of explainers say of one explainer, measures that belong to no curve; and the worth of a cue."""
    images = pd.concat([read_run(run)[0] for run in runs], ignore_index=True)
    cue = images[images["test"].eq(TEST) & images["measure"].eq(VALUE)]
    if len(cue):
        # The worth is the network's: it is the same whoever explains.
        (worth,) = (what for what in _PLAIN if what.name == VALUE)
        yield worth, cue.drop_duplicates("image")[["image", "group", "value"]]
    own = images[images["explainer"].eq(explainer) & images["step"].isna()]
    for (test, measure), what in _judged(runs, explainer).items():
        part = own[own["test"].eq(test) & own["measure"].eq(measure)].drop_duplicates("image")
        if len(part):
            yield what, part[["image", "group", "value"]]


def _judged(runs: tuple[Run, ...], explainer: str) -> Mapping[tuple[str, str], Compared]:
    """What the runs' tests judge explainers by, without the planted cue's, by test and measure."""
    described = {name: one for run in runs for name, one in (RunPaths.trust_tests.read(run.paths) or {}).items()}
    return {
        (name, measure.name): Compared(f"{name}.{measure.name}", measure.title, measure.higher_is_better, explainer)
        for name, test in described.items()
        for measure in test.measures
        if name != TEST and measure.judged and measure.curve is None and measure.of == "images"
    }
