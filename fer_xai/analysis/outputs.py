"""The files of `analysis/`: written here, and read here for the report."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fer_xai.analysis.blind_maps import blind_cells
from fer_xai.analysis.pretraining_contrasts import MAP_CORRELATION
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.similarity.map_correlations import Similarity, SimilarityTables
from fer_xai.analysis.words.latex import accuracy_to_latex, to_latex
from fer_xai.analysis.words.summary import Summary
from fer_xai.analysis.words.tables import BELOW, Table, build_table, to_markdown
from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS
from fer_xai.face.masks import Reference
from fer_xai.files import file_name, read_json, write_csv, write_json, write_netcdf, write_text
from fer_xai.metrics.metric import Description, read_descriptions
from fer_xai.results.heatmaps import read_dataset
from fer_xai.scoring.floor import MARK, judged
from fer_xai.scoring.intervals import interval
from fer_xai.scoring.scores import number_of_people
from fer_xai.scoring.specific import SPECIFIC

#: Version of the layout of `analysis/`.
SCHEMA = 5

#: Where maps differ, pixel by pixel.
DIFFERENCE_MAPS = "map_differences.nc"

_TABLES = ("metrics", "means", "baselines", "accuracy", "clusters", "fold_clusters")
#: Tables that a study may do without.
_OPTIONAL = (
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
)
#: Names of tables that are no metric's.
_TAKEN = {*_TABLES, *_OPTIONAL, "map_correlations", "run_metrics", "similarity_pairs", "power"}
_COUNTS = (
    *("fold", "seed", "n", "n_expressions", "n_pixels", "skipped", "subjects"),
    *("k", "cells", "base_networks", "node", "map", "images", "empty"),
)
_KINDS = dict.fromkeys(_COUNTS, "Int64") | dict.fromkeys((BELOW, "competing_thresholds"), "boolean")


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
        others = {*self.facts.get("baseline_explainers", ()), *self.facts.get("true_map_explainers", ())}
        return [name for name in self.facts["explainers"] if name not in others]

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
                tables[name] = build_table(
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
        return tables


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


def write_analysis(folder: Path, analysis: Analysis, summary: Summary, references: Sequence[Reference]) -> None:
    """Write every file of `analysis/` into `folder`."""
    for name in (*_TABLES, *_OPTIONAL):
        frame = getattr(analysis, name)
        if name in _OPTIONAL and frame.empty:
            continue
        if "label" in frame and BELOW not in frame and name != "means":
            frame = frame.assign(**{BELOW: frame["label"].map(analysis.below).astype("boolean")})
        write_csv(folder / f"{name}.csv", frame.drop(columns=["label", "whole"], errors="ignore"))
    for name, table in analysis.tables.items():
        write_csv(folder / f"{name}.csv", table.frame)
        write_text(folder / f"{name}.md", to_markdown(table))
        write_text(folder / f"{name}.tex", to_latex(table, name))
    accuracies = accuracy_to_latex(analysis.accuracy, analysis.labels, analysis.facts["expressions"])
    if accuracies:
        write_text(folder / "accuracy.tex", accuracies)
    pairs = []
    for number, item in enumerate(analysis.similarity):
        suffix = f"_{file_name(item.explainer)}" if number else ""
        for name, similarity in item.networks.items():
            stem = f"similarity{suffix}/{file_name(name)}" if name else f"similarity_pairs{suffix}"
            _write_matrix(folder / f"{stem}.csv", similarity)
            pairs.append(_long(similarity).assign(expression=name or ALL, explainer=item.explainer))
        for name, similarity in item.folds.items():
            _write_matrix(folder / f"similarity_folds{suffix}/{file_name(name)}.csv", similarity)
    ncc = pd.concat(pairs, ignore_index=True)[_NCC]
    write_csv(
        folder / "map_correlations.csv",
        ncc.assign(**{BELOW: [_either(analysis, *two) for two in ncc[["a", "b"]].to_numpy()]}),
    )
    write_netcdf(folder / "references.nc", _reference_set(references))
    if analysis.difference_maps is not None:
        packed: dict[str, dict[str, Any]]
        packed = {str(name): {"zlib": True, "complevel": 4} for name in analysis.difference_maps}
        write_netcdf(folder / DIFFERENCE_MAPS, analysis.difference_maps, packed)
    content = {
        "schema": SCHEMA,
        **analysis.facts,
        **summary.content,
        "answers_in_short": [asdict(answer) for answer in summary.answers],
        "lead": summary.lead,
        "sentences": summary.sentences,
    }
    write_json(folder / "summary.json", content)


def read_analysis(folder: Path) -> Analysis:
    """Read what `write_analysis` wrote, but for the similarities (see `read_matrix`).

    Raises:
        UserError: the study has not been analysed, or by another version.
    """
    if not (folder / "summary.json").exists():
        raise UserError(f"{folder} has no summary.json: analyse the study first (fer-xai analyze study_dir=...)")
    content = read_json(folder / "summary.json")
    if content.get("schema") != SCHEMA:
        raise UserError(f"{folder} was written by another version of fer_xai: analyse the study again")
    labels = {(network, pretrained): label for network, pretrained, label in content["labels"]}
    frames = {}
    for name in (*_TABLES, *(name for name in _OPTIONAL if (folder / f"{name}.csv").exists())):
        words = dict.fromkeys(("network", "pretrained", "expression", "factor", "reason", "remark"), str)
        frame = pd.read_csv(folder / f"{name}.csv", dtype=words, keep_default_na=False, na_values=[""])  # type: ignore[arg-type]
        frame = frame.astype({key: kind for key, kind in _KINDS.items() if key in frame})
        frames[name] = labelled(frame, labels) if "network" in frame else frame
    return Analysis(content, **frames)  # type: ignore[arg-type]


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


def read_matrix(folder: Path, analysis: Analysis, expression: str, explainer: str, folds: bool = False) -> pd.DataFrame:
    """Distances between networks (or folds) for one expression, with the empty name between all pairs; may be empty."""
    suffix = "" if explainer == analysis.facts["explainers"][0] else f"_{file_name(explainer)}"
    stem = (
        f"similarity{'_folds' if folds else ''}{suffix}/{file_name(expression)}"
        if expression
        else f"similarity_pairs{suffix}"
    )
    path = folder / f"{stem}.csv"
    return pd.read_csv(path, index_col=0) if path.exists() else pd.DataFrame()


def read_references(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Masks (y, x) bool by reference and expression, as they were compared with; without what a reference lacks."""
    with read_dataset(folder / "references.nc") as dataset:
        return {
            str(name): {
                str(word): dataset["mask"].sel(reference=name, expression=word).values.astype(bool)
                for word in dataset["expression"].values
                if bool(dataset["has"].sel(reference=name, expression=word))
            }
            for name in dataset["reference"].values
        }


def read_difference_maps(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Differences and family-wise p (map, y4, x4) of `map_differences.csv`; None where nothing was compared."""
    if not (folder / DIFFERENCE_MAPS).exists():
        return None
    with read_dataset(folder / DIFFERENCE_MAPS) as dataset:
        return dataset["difference"].values, dataset["p"].values


_NCC = ["explainer", "expression", "a", "b", "ncc", "low", "high", "pixels"]


def _write_matrix(path: Path, similarity: Similarity) -> None:
    frame = pd.DataFrame(similarity.distances, columns=list(similarity.labels))
    frame.insert(0, "network", list(similarity.labels))
    write_csv(path, frame)


def _long(similarity: Similarity) -> pd.DataFrame:
    rows = []
    for i, j in zip(*np.triu_indices(len(similarity.labels), 1), strict=True):
        value = float(similarity.ncc[i, j])
        people = number_of_people([similarity.people[[i, j]]])
        own = similarity.resampled.each(lambda figures, i=i, j=j: figures[:, i, j])  # type: ignore[misc]
        of = interval(value, own, (-1.0, 1.0), people)
        rows.append((similarity.labels[i], similarity.labels[j], value, of.low, of.high, similarity.pixels))
    return pd.DataFrame(rows, columns=["a", "b", "ncc", "low", "high", "pixels"])


def _either(analysis: Analysis, a: str, b: str) -> bool:
    """Whether one of two networks is below the floor."""
    return analysis.marked(a) != a or analysis.marked(b) != b


def _reference_set(references: Sequence[Reference]) -> xr.Dataset:
    """What was compared with: `has` says which expressions each reference has; `signed` is NaN where it is unknown."""
    expressions = [name for name in SYNONYMS if any(name in reference for reference in references)]
    shape = len(references), len(expressions), *references[0].frame
    weights, signed = np.zeros(shape, dtype=np.float32), np.full(shape, np.nan, dtype=np.float32)
    mask, has = np.zeros(shape, dtype=np.uint8), np.zeros(shape[:2], dtype=np.uint8)
    for place in itertools.product(range(len(references)), range(len(expressions))):
        reference, expression = references[place[0]], expressions[place[1]]
        if expression in reference:
            weights[place], signed[place] = reference.weights_of(expression), reference.signed_of(expression)
            mask[place], has[place] = reference.mask(expression), 1
    dims = ("reference", "expression", "y", "x")
    return xr.Dataset(
        {"weights": (dims, weights), "signed": (dims, signed), "mask": (dims, mask), "has": (dims[:2], has)},
        coords={"reference": [item.name for item in references], "expression": expressions},
    )
