"""What an analysis of a study holds: its facts, tables and similarities."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fer_xai.analysis.blind_maps import blind_cells
from fer_xai.analysis.pretraining_contrasts import MAP_CORRELATION
from fer_xai.analysis.similarity.map_correlations import SimilarityTables
from fer_xai.analysis.words.tables import Table, build_table
from fer_xai.errors import UserError
from fer_xai.files import file_name
from fer_xai.metrics.metric import Description, read_descriptions
from fer_xai.scoring.floor import MARK, judged
from fer_xai.scoring.specific import SPECIFIC

#: Tables that every study has.
TABLES = ("metrics", "means", "baselines", "accuracy", "clusters", "fold_clusters")
#: Tables that a study may do without.
OPTIONAL_TABLES = (
    "agreement",
    "threshold_curves",
    "ranks",
    "pretraining",
    "permanova",
    "variance_shares",
    "mantel",
    "dendrogram_nodes",
    "regions",
    "action_units",
    "uncovering",
    "uncovering_likeness",
    "trust",
    "trust_against",
    "plausibility",
    "plausibility_points",
    "alignment",
    "shortcuts",
    "shortcuts_roc",
    "ceilings",
    "ceiling_shares",
    "specific_agreement",
    "reference_agreement",
    "people_heterogeneity",
    "map_reliability",
    "map_differences",
    "blind_maps",
    "unseen_pixels",
    "accuracy_by_data_set",
    "scores_by_data_set",
    "groups",
    "realigned",
)
#: Names of tables that are no metric's.
_TAKEN = {*TABLES, *OPTIONAL_TABLES, "map_correlations", "run_metrics", "similarity_pairs", "power"}
#: Columns of whole numbers that may be empty.
COUNTED = (
    *("fold", "seed", "n", "n_expressions", "n_pixels", "skipped", "subjects"),
    *("k", "cells", "base_networks", "node", "map", "images", "empty"),
)


@dataclass(frozen=True)
class Analysis:
    """All that an analysis found; the tables hold a column `label` beside those of the files.

    Attributes:
        facts: what `summary.json` says: created, order, explainers, references, reference_notes (what readers have to
            know of a reference), metrics, expressions, labels (network, pretrained, label) in the paper's order,
            baseline_explainers (those that look at no network), true_map_explainers (those whose maps are measured, and
            what others are held against), explainer_titles and reference_titles (names for people), trust_tests and
            metric_descriptions (what tests of explainers and metrics say of themselves), floor (words for the accuracy
            that networks have to be above); and, where it was read back, the answers.
        metrics: scores of networks, of their seeds and of their folds.
        means: the same, over networks.
        baselines: what every score and mean has to beat.
        accuracy: test accuracies.
        clusters: dendrograms of the networks, and of all pairs of network and expression.
        fold_clusters: dendrograms of the folds of all networks; empty without folds.
        similarity: one per explainer.
        agreement: of explainers on the same network, and of networks under the same explainer.
        threshold_curves: IoU of the main explainer's maps as a function of the threshold.
        ranks: of networks and of expressions by each score, over the cells that all have.
        pretraining: contrasts of the same network with and without; empty unless a network has several pretrainings.
        permanova: whether factors make a difference to maps: tests of their distances.
        variance_shares: what share of the variance of maps and scores goes with each factor.
        mantel: whether networks that are alike for one expression or explainer are alike for another.
        dendrogram_nodes: how often the dendrograms' nodes come back in replicates.
        regions: values of face regions; empty unless an explainer values regions.
        action_units: what action units are worth to the networks; empty without known evidence.
        uncovering: what came of uncovering faces tile by tile, people first; empty unless that was done.
        uncovering_likeness: how far networks do as people did then, likewise.
        trust: what tests say of the explainers; empty unless they were asked for.
        plausibility: whether maps that are more like people's are more faithful, over networks and explainers; empty
            unless explainers were tested by what asks for that.
        plausibility_points: what that rests on, likewise.
        alignment: what drawing its maps to a reference does to a network; empty where none was drawn.
        shortcuts: which networks use a planted cue, and which explainers say so; empty without one.
        shortcuts_roc: the explainers' curves, likewise.
        ceilings: how well people agree with people; empty without a reference of observers.
        ceiling_shares: scores as shares of that, likewise.
        specific_agreement: what networks and references agree on beyond what all maps of faces share.
        reference_agreement: references against each other; empty for one.
        blind_maps: maps that show nothing, and why; empty without any.
        accuracy_by_data_set: accuracies by what was trained on and tested on; empty for one data set.
        scores_by_data_set: primary scores of the main explainer's maps of each data set's images, likewise.
        unseen_pixels: what share of each mask the scores leave out, for too few images show it.
        trust_against: the same less what baselines reach on the same images, likewise.
        people_heterogeneity: each person's map against the mean of the others; empty where runs keep no maps of people.
        map_reliability: how reliable global heatmaps are over people and trainings, likewise.
        map_differences: where maps of networks, explainers and groups of people differ, likewise.
        difference_maps: the maps behind that, as they are written; None where it was read back.
        realigned: heatmaps and scores under other alignments of the faces; empty where no run has tried any.
        groups: accuracy and scores of groups of people, and their differences; empty where data bring no groups.
    """

    facts: Mapping[str, Any]
    metrics: pd.DataFrame
    means: pd.DataFrame
    baselines: pd.DataFrame
    accuracy: pd.DataFrame
    clusters: pd.DataFrame
    fold_clusters: pd.DataFrame
    similarity: tuple[SimilarityTables, ...] = ()
    agreement: pd.DataFrame = field(default_factory=pd.DataFrame)
    threshold_curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranks: pd.DataFrame = field(default_factory=pd.DataFrame)
    pretraining: pd.DataFrame = field(default_factory=pd.DataFrame)
    permanova: pd.DataFrame = field(default_factory=pd.DataFrame)
    variance_shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    mantel: pd.DataFrame = field(default_factory=pd.DataFrame)
    dendrogram_nodes: pd.DataFrame = field(default_factory=pd.DataFrame)
    regions: pd.DataFrame = field(default_factory=pd.DataFrame)
    action_units: pd.DataFrame = field(default_factory=pd.DataFrame)
    uncovering: pd.DataFrame = field(default_factory=pd.DataFrame)
    uncovering_likeness: pd.DataFrame = field(default_factory=pd.DataFrame)
    trust: pd.DataFrame = field(default_factory=pd.DataFrame)
    trust_against: pd.DataFrame = field(default_factory=pd.DataFrame)
    plausibility: pd.DataFrame = field(default_factory=pd.DataFrame)
    plausibility_points: pd.DataFrame = field(default_factory=pd.DataFrame)
    alignment: pd.DataFrame = field(default_factory=pd.DataFrame)
    shortcuts: pd.DataFrame = field(default_factory=pd.DataFrame)
    shortcuts_roc: pd.DataFrame = field(default_factory=pd.DataFrame)
    ceilings: pd.DataFrame = field(default_factory=pd.DataFrame)
    ceiling_shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    specific_agreement: pd.DataFrame = field(default_factory=pd.DataFrame)
    reference_agreement: pd.DataFrame = field(default_factory=pd.DataFrame)
    people_heterogeneity: pd.DataFrame = field(default_factory=pd.DataFrame)
    map_reliability: pd.DataFrame = field(default_factory=pd.DataFrame)
    map_differences: pd.DataFrame = field(default_factory=pd.DataFrame)
    difference_maps: xr.Dataset | None = None
    blind_maps: pd.DataFrame = field(default_factory=pd.DataFrame)
    unseen_pixels: pd.DataFrame = field(default_factory=pd.DataFrame)
    accuracy_by_data_set: pd.DataFrame = field(default_factory=pd.DataFrame)
    scores_by_data_set: pd.DataFrame = field(default_factory=pd.DataFrame)
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    realigned: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def labels(self) -> list[str]:
        """Names of the networks in tables."""
        return [label for _, _, label in self.facts["labels"]]

    def explainer_title(self, name: str) -> str:
        """An explainer's name for people."""
        return str(self.facts.get("explainer_titles", {}).get(name) or name.replace("_", " "))

    def reference_title(self, name: str) -> str:
        """A reference's name for people."""
        return str(self.facts.get("reference_titles", {}).get(name) or name.replace("_", " "))

    @property
    def answering(self) -> list[str]:
        """The explainers that look at networks and whose maps are not measured: those that may be right or wrong."""
        return answering(self.facts)

    @cached_property
    def described(self) -> dict[str, Description]:
        """What the study's metrics say of themselves, by name."""
        return read_descriptions(self.facts["metric_descriptions"])

    @cached_property
    def below(self) -> dict[str, bool]:
        """Whether each network is below the floor of accuracy, by label; without those of unknown accuracy."""
        return judged(self.accuracy)

    def marked(self, label: str) -> str:
        """A network's label (or `LABEL, EXPRESSION`), with a mark behind it if the network is below the floor."""
        below = self.below.get(label, self.below.get(label.rsplit(", ", 1)[0], False))
        return f"{label} {MARK}" if below else label

    @cached_property
    def tables(self) -> dict[str, Table]:
        """All tables by file name, the main one (first metric, explainer and reference) first.

        A network that the explainer has not explained has no row.
        """
        keys = ["explainer", "reference", "metric"]
        # A network's own row is over all folds and seeds.
        parts = [
            dict(iter(frame.groupby(keys)))
            for frame in (self.metrics[self.metrics["whole"]], self.means, self.baselines)
        ]
        tables = {}
        pairs = itertools.product(self.facts["explainers"], self.facts["references"])
        for number, (explainer, reference) in enumerate(pairs):
            for metric in self.facts["metrics"]:
                scores, means, baselines = (part[explainer, reference, metric] for part in parts)
                name = file_name(metric)
                name = f"{name}_{file_name(explainer)}_{file_name(reference)}" if number else name
                table = build_table(
                    *(scores, means, baselines),
                    [label for label in self.labels if label in set(scores["label"])],
                    tuple(self.facts["expressions"]),
                    order=self.facts["order"],
                    title=self.described[metric].title,
                    higher_is_better=self.described[metric].higher_is_better,
                    blind=explainer in self.facts.get("baseline_explainers", ()),
                    below=self.below,
                    floor=self.facts["floor"],
                    blind_cells=blind_cells(self.blind_maps, explainer),
                )
                titles = (self.explainer_title(explainer), self.reference_title(reference))
                tables[name] = replace(table, explainer_title=titles[0], reference_title=titles[1])
        return tables


def answering(facts: Mapping[str, Any]) -> list[str]:
    """The explainers of a study that look at networks and whose maps are not measured, by its facts."""
    others = {*facts.get("baseline_explainers", ()), *facts.get("true_map_explainers", ())}
    return [name for name in facts["explainers"] if name not in others]


def check_metric_names(names: Collection[str]) -> None:
    """Refuse metrics whose tables would take the place of others.

    Args:
        names: of metrics.

    Raises:
        UserError: naming the metric.
    """
    if not names:
        raise UserError("metrics=[]: choose at least one; the names are those of conf/metrics")
    for name in names:
        if file_name(name) in _TAKEN:
            raise UserError(f"metrics.{name}: analysis/{file_name(name)}.csv is another table; choose another name")
        for table, word in (("pretraining", MAP_CORRELATION), ("metrics", SPECIFIC)):
            if name == word:
                raise UserError(f"metrics.{name}: {table}.csv has rows of that name; choose another name")


def labelled(frame: pd.DataFrame, labels: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """The table with the networks' labels, and whether a row is of a network as a whole (all folds and seeds).

    A network is whole in the first rows of it that have no fold: its seeds, if it has several, come after.
    """
    words = frame["pretrained"].where(frame["pretrained"].notna(), "")
    keys = list(zip(frame["network"], words, strict=True))
    frame = frame.assign(label=np.array([labels.get(key, key[0]) for key in keys], dtype=object))
    if "fold" in frame and "seed" in frame:
        pooled = frame["fold"].isna()
        # The whole of a network with several seeds has none.
        unseeded = set(frame.loc[pooled & frame["seed"].isna(), "label"])
        frame["whole"] = pooled & (frame["seed"].isna() | ~frame["label"].isin(unseeded))
    return frame
