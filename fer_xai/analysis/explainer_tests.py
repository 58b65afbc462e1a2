"""What the tests of explainers say of a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.results.paths import RunPaths
from fer_xai.results.study import Network, Run
from fer_xai.scoring.chance_level import CHANCE_COLUMNS, with_chance
from fer_xai.scoring.explainer_test_rows import (
    ANSWERS,
    IMAGE_COLUMNS,
    KEY,
    NOT_DONE,
    RUN_COLUMNS,
    by_answer,
    ordered_expressions,
)
from fer_xai.scoring.intervals import PEOPLE, mean_known
from fer_xai.scoring.means_over_people import MeansOverPeople, means_over_people
from fer_xai.scoring.means_over_runs import means_over_runs
from fer_xai.trust.measures import Description

_PAIR = ("explainer", "test", "measure", "against", "answers")
_PLACE = [*KEY, "answers"]
#: What stands in columns that runs did not write before.
_BEFORE = {"answer": "", "answers": ANSWERS[0]}

#: Columns of the study's `trust.csv`. network empty: the mean over networks; holds: what the interval holds.
COLUMNS = ("network", "pretrained", *RUN_COLUMNS, "holds", *CHANCE_COLUMNS)

#: Columns of the study's `trust_against.csv`: how much higher a figure is than that of a baseline on the same images.
AGAINST_COLUMNS = (
    *("network", "pretrained", *_PAIR),
    *("expression", "value", "low", "high", "n"),
)


@dataclass(frozen=True)
class Tested:
    """A network and what its tested runs found.

    Attributes:
        network: the network.
        images: columns `IMAGE_COLUMNS`, over its runs.
        whole: columns `RUN_COLUMNS`, and fold and seed of the run.
        tests: what the tests say of themselves, by name.
    """

    network: Network
    images: pd.DataFrame
    whole: pd.DataFrame
    tests: Mapping[str, Description]


def read_tested(networks: Sequence[Network]) -> list[Tested]:
    """What the tested runs of networks found, in their order; networks none of whose runs was tested are passed over.

    Raises:
        UserError: a file cannot be read.
    """
    tested = [Tested(network, *_read_network(network)) for network in networks]
    return [one for one in tested if len(one.whole)]


def trust_table(tested: Sequence[Tested], replicates: int = REPLICATES) -> pd.DataFrame:
    """What the tests say over all runs: by network, and the mean over networks.

    Figures of images are averaged over the images of all of a network's runs. Their intervals come from the bootstrap
    over people; the same people are drawn for all networks, and trainings are held fixed. Figures of global maps are
    means over the runs, weighted by their images. Their intervals come from leaving out each fold and each seed in
    turn, so they hold trainings as well; a network with one run keeps that run's own interval, and a mean over networks
    has none where a network has one run.

    Args:
        tested: in the order of the tables.
        replicates: of the bootstrap.

    Returns:
        Columns `COLUMNS`; empty if no run was tested.
    """
    if not tested:
        return pd.DataFrame(columns=list(COLUMNS))
    expressions = ordered_expressions(pd.concat([one.whole["expression"] for one in tested]))
    single, parts = [], []
    for one in tested:
        words = {"network": one.network.name, "pretrained": one.network.pretrained}
        if len(one.images):
            single.append(means_over_people(by_answer(one.images, one.tests), _PLACE, expressions, replicates))
            parts.append(single[-1].rows().assign(**words))
    if single:
        parts.append(_over_networks(single).rows().assign(network="", pretrained=""))
    parts = [part.assign(holds=np.where(part["low"].notna(), PEOPLE, "")) for part in parts]
    global_maps = pd.concat([_of_global_maps(one) for one in tested])
    if len(global_maps):
        parts.append(means_over_runs(global_maps))
    table = pd.concat(parts, ignore_index=True)
    blind = set(table["explainer"]) - _seeing(tested)
    return with_chance(table, blind, described_tests(tested))[list(COLUMNS)].astype({"n": "Int64"})


def against_table(tested: Sequence[Tested], replicates: int = REPLICATES) -> pd.DataFrame:
    """How explainers differ from what looks at no network, image by image: by network, and the mean over networks.

    Args:
        tested: in the order of the tables.
        replicates: of the bootstrap over people.

    Returns:
        Columns `AGAINST_COLUMNS`, for the figures that belong to no curve; empty if no run was tested.
    """
    seeing = _seeing(tested)
    pairs = [(one.network, _paired(by_answer(one.images, one.tests), seeing)) for one in tested]
    pairs = [(network, frame) for network, frame in pairs if len(frame)]
    if not pairs:
        return pd.DataFrame(columns=list(AGAINST_COLUMNS))
    expressions = ordered_expressions(pd.concat([frame["expression"] for _, frame in pairs]))
    differences = [means_over_people(frame, _PAIR, expressions, replicates) for _, frame in pairs]
    parts = [
        means.rows().assign(network=network.name, pretrained=network.pretrained)
        for (network, _), means in zip(pairs, differences, strict=True)
    ]
    parts.append(_over_networks(differences).rows().assign(network="", pretrained=""))
    return pd.concat(parts, ignore_index=True)[list(AGAINST_COLUMNS)]


def read_run(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A run's figures of images and of the run as a whole; both empty if it was not tested.

    Raises:
        UserError: a file cannot be read or lacks a column.
    """
    pairs = ((RunPaths.trust_images, IMAGE_COLUMNS), (RunPaths.trust, RUN_COLUMNS))
    read = [(file.read(run.paths), list(columns)) for file, columns in pairs]
    images, whole = (pd.DataFrame(columns=names) if frame is None else _as_now(frame)[names] for frame, names in read)
    return images, whole


def described_tests(tested: Sequence[Tested]) -> dict[str, Description]:
    """What all tests of a study say of themselves, by name."""
    return {name: test for one in tested for name, test in one.tests.items()}


def _as_now(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of a run with the columns that runs did not write before: nothing was told apart by the answer."""
    return frame.assign(**{key: word for key, word in _BEFORE.items() if key not in frame})


def _seeing(tested: Sequence[Tested]) -> set[str]:
    """Names of the explainers that look at the network."""
    records = [run.record for one in tested for run in one.network.runs]
    return {name for record in records for name in record.explainers if name not in record.baselines}


def _read_network(network: Network) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Description]]:
    images, whole = [], []
    tests: dict[str, Description] = {}
    for runs in network.places:
        read = [read_run(run) for run in runs]
        # Random orders are put to the test in every run, also where several explain one trained network.
        images.append(pd.concat([pair[0] for pair in read]).drop_duplicates([*KEY, "expression", "image"]))
        own = pd.concat([pair[1] for pair in read]).drop_duplicates([*_PLACE, "expression"])
        whole.append(own.assign(fold=runs[0].record.fold, seed=runs[0].record.seed))
        for run in runs:
            tests |= RunPaths.trust_tests.read(run.paths) or {}
    return pd.concat(images, ignore_index=True), pd.concat(whole, ignore_index=True), tests


def _paired(images: pd.DataFrame, seeing: set[str]) -> pd.DataFrame:
    """Differences of the figures of single images: columns `_PAIR`, expression, image, group, answer, value."""
    images = images[images["step"].isna()].drop(columns="step")
    sees = images["explainer"].isin(seeing)
    blind = images[~sees].drop(columns=["group", "answer"]).rename(columns={"explainer": "against", "value": "less"})
    both = images[sees].merge(blind, on=["test", "measure", "answers", "expression", "image"])
    return both.assign(value=both["value"] - both["less"]).drop(columns="less")


def _over_networks(by_network: Sequence[MeansOverPeople]) -> MeansOverPeople:
    """The mean over networks of each figure, over those that have it."""
    keys = pd.concat([means.keys for means in by_network]).drop_duplicates(ignore_index=True)
    place = pd.MultiIndex.from_frame(keys)
    shape = (len(keys), len(by_network[0].expressions))
    values = np.full((len(by_network), *shape), np.nan)
    n, people = (np.zeros((len(by_network), *shape), dtype=np.int64) for _ in range(2))
    replicates = np.full((len(by_network), len(by_network[0].replicates), *shape), np.nan)
    for i, means in enumerate(by_network):
        at = place.get_indexer(pd.MultiIndex.from_frame(means.keys))
        values[i, at], n[i, at], people[i, at] = means.values, means.n, means.people
        replicates[i][:, at] = means.replicates
    # Networks without the figure take no part in the mean of a replicate either.
    replicates = np.where(np.isfinite(values)[:, None], replicates, np.nan)
    return MeansOverPeople(
        keys, by_network[0].expressions, mean_known(values, 0), n.sum(0), people.max(0), mean_known(replicates, 0)
    )


def _of_global_maps(one: Tested) -> pd.DataFrame:
    """What only runs as a whole have, run by run."""
    names = {(name, measure) for name, test in one.tests.items() for measure in (*test.of_global_maps(), NOT_DONE)}
    chosen = [key in names for key in zip(one.whole["test"], one.whole["measure"], strict=True)]
    return one.whole[chosen].assign(network=one.network.name, pretrained=one.network.pretrained)
