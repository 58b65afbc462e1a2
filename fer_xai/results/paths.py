"""Where everything of a study and of a run lies: the one place that knows file names."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunPaths:
    """The files of one run, in its folder `runs/NAME`."""

    dir: Path

    @property
    def record(self) -> Path:
        """The run's record; a run without it does not exist."""
        return self.dir / "run.json"

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.dir / "config.yaml"

    @property
    def heatmaps(self) -> Path:
        """Global heatmaps in the canonical frame."""
        return self.dir / "heatmaps.nc"

    @property
    def replicates(self) -> Path:
        """Bootstrap replicates of the global heatmaps, at half resolution."""
        return self.dir / "replicates.nc"

    @property
    def examples(self) -> Path:
        """The most and least typical local heatmaps in the canonical frame, if they were asked for."""
        return self.dir / "examples.nc"

    @property
    def regions(self) -> Path:
        """One row per explained image and face region, from explainers that value regions."""
        return self.dir / "regions.csv"

    @property
    def trust(self) -> Path:
        """What tests say of the explainers, if they were asked for: means over images, in long form."""
        return self.dir / "trust.csv"

    @property
    def trust_images(self) -> Path:
        """The same for every image that the explainers were tested with."""
        return self.dir / "trust_images.csv"

    @property
    def trust_tests(self) -> Path:
        """What those tests say of themselves: titles, measures and their directions."""
        return self.dir / "trust_tests.json"

    @property
    def predictions(self) -> Path:
        """One row per test image."""
        return self.dir / "predictions.csv"

    @property
    def classification(self) -> Path:
        """How well the network recognises expressions, in long form."""
        return self.dir / "classification.csv"

    @property
    def confusion(self) -> Path:
        """Numbers of test images by true and predicted expression."""
        return self.dir / "confusion.csv"

    @property
    def metrics(self) -> Path:
        """The run's own scores, in long form."""
        return self.dir / "metrics.csv"

    @property
    def left_out(self) -> Path:
        """One row per image that was left out, with the reason."""
        return self.dir / "left_out.csv"

    @property
    def split(self) -> Path:
        """One row per image: the part that it was in, and what it is."""
        return self.dir / "split.csv"

    @property
    def duplicates(self) -> Path:
        """One row per image that has a copy."""
        return self.dir / "duplicates.csv"

    @property
    def artefact_names(self) -> frozenset[str]:
        """Names of the files that a run consists of, beside its record and its log."""
        own = (name for name, item in vars(RunPaths).items() if isinstance(item, property))
        paths = (getattr(self, name) for name in own if name not in {"artefact_names", "record", "log"})
        return frozenset(path.name for path in paths)

    @property
    def log(self) -> Path:
        """The run's log."""
        return self.dir / "log.txt"


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
        return self.root / "weights" / network / f"fold{fold}-seed{seed}" / f"{task}.safetensors"

    def run(self, name: str) -> RunPaths:
        """The files of the run called `name`."""
        return RunPaths(self.runs / name)
