"""Where everything of a study and of a run lies: the one place that knows file names."""

from dataclasses import dataclass
from pathlib import Path

from fer_xai.config.fingerprint import ALONE
from fer_xai.files import file_name, read_json, write_json, write_text
from fer_xai.results.run_file import RunFile, array_file, table_file
from fer_xai.trust.measures import as_plain, from_plain


@dataclass(frozen=True)
class RunPaths:
    """The files of one run, in its folder `runs/NAME`: each attribute is the path of one of them.

    On the class itself the attributes say what the files hold, and write and read them, see `RunFile`.
    """

    dir: Path

    record = RunFile("run.json", "The run's record; a run without it does not exist.")
    log = RunFile("log.txt", "The run's log.")
    config = RunFile("config.yaml", "The resolved configuration.", write_text)
    heatmaps = array_file(
        "heatmaps.nc",
        "Global heatmaps in the canonical frame.",
        "write_heatmaps",
        needs=("explainer", "expression", "mean", "std", "count", "images"),
        shared=True,
    )
    replicates = array_file(
        "replicates.nc",
        "Bootstrap replicates of the global heatmaps, at half resolution.",
        "write_replicates",
        needs=("explainer", "expression", "mean", "count"),
        optional=True,
        shared=True,
    )
    people = array_file(
        "people.nc",
        "Mean heatmaps of every person and expression, at a quarter of the resolution, unless that is off.",
        "write_people",
        needs=("explainer", "expression", "person", "answer", "mean", "scale", "count", "images"),
        optional=True,
        module="person_maps",
    )
    realigned = array_file(
        "realigned.nc",
        "The same under other alignments of the faces, of the first explainer, if they were asked for.",
        "write_realigned",
        needs=("explainer", "expression", "person", "answer", "mean", "scale", "count", "images"),
        optional=True,
        module="realigned_maps",
    )
    predictions = table_file(
        "predictions.csv",
        "What the network says of every test image.",
        words=("image", "dataset", "subject", "true", "predicted"),
        optional=True,
    )
    metrics = table_file(
        "metrics.csv",
        "The run's own scores, in long form.",
        words=("explainer", "expression", "reference", "metric", "holds", "reason"),
        numbers=("value", "low", "high", "n", "people", "skipped"),
        optional=True,
        shared=True,
    )
    classification = table_file(
        "classification.csv",
        "Precision, recall, F1, support and calibration error.",
        words=("metric", "expression"),
        numbers=("value",),
        optional=True,
        shared=True,
    )
    confusion = table_file(
        "confusion.csv",
        "Numbers of test images by true and predicted expression.",
        words=("true",),
        optional=True,
        shared=True,
    )
    left_out = table_file("left_out.csv", "Images that could not be used, with the reason.", words=(), optional=True)
    split = table_file("split.csv", "The part that each image was in, and what it is.", words=(), optional=True)
    duplicates = table_file("duplicates.csv", "Copies of images.", words=(), optional=True)
    regions = table_file(
        "regions.csv",
        "Values of face regions for each explained image, if an explainer gives them.",
        words=("explainer", "image", "expression", "region"),
        numbers=("group", "value"),
        optional=True,
    )
    action_units = table_file(
        "action_units.csv",
        "What each action unit of a drawn face is worth to the network, if known evidence was asked for.",
        words=("image", "expression", "unit"),
        numbers=("group", "value", "error"),
        optional=True,
    )
    uncovering = table_file(
        "uncovering.csv",
        "What the network answered while each face was uncovered tile by tile, if that was asked for.",
        words=("image", "expression", "set_by"),
        numbers=("group", "orders", "tiles", "criterion", "columns", "rows"),
        optional=True,
        digits=6,
    )
    examples = array_file(
        "examples.nc",
        "The most and least typical local heatmaps in the canonical frame, if they were asked for.",
        "write_heatmaps",
        needs=("explainer", "expression", "kind", "ncc", "heatmap"),
        optional=True,
    )
    trust = table_file(
        "trust.csv",
        "What tests say of the explainers, if they were asked for: means over images.",
        words=("explainer", "test", "measure", "expression"),
        numbers=("step", "value", "low", "high", "n"),
        optional=True,
        shared=True,
    )
    trust_images = table_file(
        "trust_images.csv",
        "The same for every image that the explainers were tested with.",
        words=("explainer", "test", "measure", "expression", "image"),
        numbers=("step", "group", "value"),
        optional=True,
        digits=6,
    )
    trust_tests = RunFile(
        "trust_tests.json",
        "What those tests say of themselves: titles, measures and their directions.",
        lambda path, tests: write_json(path, as_plain(tests)),
        lambda path: from_plain(read_json(path), str(path)),
        optional=True,
        shared=True,
    )

    @classmethod
    def files(cls) -> dict[str, RunFile]:
        """All files by the name of their attribute."""
        return {name: item for name, item in vars(cls).items() if isinstance(item, RunFile)}

    @classmethod
    def artefact_names(cls) -> frozenset[str]:
        """Names of the files that a run consists of, beside its record and its log."""
        return frozenset(item.file for item in cls.files().values() if item.write is not None)

    @classmethod
    def shared_names(cls) -> frozenset[str]:
        """Names of the files that a submission may hold of a run, beside its record."""
        return frozenset(item.file for item in cls.files().values() if item.shared)


@dataclass(frozen=True)
class StudyPaths:
    """The folders of one study."""

    root: Path

    @property
    def plan(self) -> Path:
        """Every run of the study with its fingerprints and state."""
        return self.root / "plan.json"

    @property
    def trained(self) -> Path:
        """Trained networks, shared by runs."""
        return self.root / "trained"

    @property
    def runs(self) -> Path:
        """One folder per run."""
        return self.root / "runs"

    @property
    def analysis(self) -> Path:
        """Tables over the whole study."""
        return self.root / "analysis"

    @property
    def analysed(self) -> Path:
        """Which runs the tables are of, and what the analysis has written."""
        return self.analysis / "source.json"

    @property
    def run_metrics(self) -> Path:
        """Means over runs of the scores that they recorded of themselves."""
        return self.analysis / "run_metrics.csv"

    @property
    def wandb(self) -> Path:
        """What wandb keeps of the study, as long as it is not uploaded and after."""
        return self.root / "wandb"

    @property
    def dashboard(self) -> Path:
        """Where the study's dashboard is to be: project, entity, name."""
        return self.wandb / "dashboard.json"

    @property
    def workspace(self) -> Path:
        """The definition of the study's workspace."""
        return self.wandb / "workspace.json"

    @property
    def report(self) -> Path:
        """The HTML report and its figures."""
        return self.root / "report"

    @property
    def sections(self) -> Path:
        """What a logger is sent of each section of the report."""
        return self.report / "sections.json"

    def weights(self, network: str, fold: int, seed: int, task: str) -> Path:
        """A weights' file that a task made for other runs; its stem is the word for them in tables."""
        return self.root / "weights" / file_name(network) / f"fold{fold}-seed{seed}" / f"{task}.safetensors"

    def trained_network(self, fingerprint: str) -> Path:
        """The folder of the trained network that has this training fingerprint."""
        return self.trained / fingerprint[:ALONE]

    def run(self, name: str) -> RunPaths:
        """The files of the run called `name`."""
        return RunPaths(self.runs / name)
