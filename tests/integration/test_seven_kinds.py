"""Whatever may be added costs one file, and one yaml where it is a choice; everything else follows.

A package of parts, outside the source tree, brings one of each kind. It names itself by an entry point, as it would
once it is installed, and a tiny study is run with all of them.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.page import Page
from omegaconf import OmegaConf

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.cli import run
from fer_xai.config.parts import part_packages
from fer_xai.report.page import build_report
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.study import read_study

PACKAGE = "parts_of_a_laboratory"

#: Kind -> its files within the package. All that a kind needs is here.
KINDS: dict[str, dict[str, str]] = {
    "explainer": {
        "explainers/brightness.py": """
class Brightness:
    \"\"\"Bright pixels are relevant.\"\"\"

    local_scale = "mass"
    positive = True

    def explain(self, network, layer, question):
        return question.images.mean(1) - question.images.amin((1, 2, 3))[:, None, None]
""",
        "conf/explainer/brightness.yaml": """
# @package explainer.brightness
_target_: parts_of_a_laboratory.explainers.brightness.Brightness
""",
    },
    "data source": {
        "data/laboratory.py": """
from fer_xai.synthetic.source import SyntheticSource


class Laboratory:
    \"\"\"Six people.\"\"\"

    def __init__(self, cache_dir=None):
        self.drawn = SyntheticSource(subjects=6, per_expression=1, cache_dir=cache_dir, workers=1, name="laboratory")

    def read(self):
        return self.drawn.read()
""",
        "conf/data/laboratory.yaml": """
_target_: parts_of_a_laboratory.data.laboratory.Laboratory
cache_dir: ${cache_dir}
""",
    },
    "network": {
        "models/onelayer.py": """
from torch import nn


class OneLayer(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5, stride=4)
        self.head = nn.Linear(8, classes)

    def forward(self, images):
        return self.head(self.conv(images).relu().mean((2, 3)))
""",
        "conf/model/onelayer.yaml": """
name: onelayer
input_size: 32
quick_size: 32
layer: conv
network: {_target_: parts_of_a_laboratory.models.onelayer.OneLayer}
""",
    },
    "reference": {
        "face/halves.py": """
import numpy as np

from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference


class Halves(Reference):
    def __init__(self):
        weights = np.zeros((6, *FRAME_SHAPE))
        weights[:3, :137], weights[3:, 137:] = 1, 1
        super().__init__("halves", weights)
""",
        "conf/reference/halves.yaml": """
# @package reference.halves
_target_: parts_of_a_laboratory.face.halves.Halves
""",
    },
    "metric": {
        "metrics/outside.py": """
class Outside:
    title = "share outside"
    compares = "sets"
    higher_is_better = False
    bounds = (0.0, 1.0)

    def score(self, maps, reference, valid):
        return (maps & ~reference & valid).sum((-2, -1)) / (maps & valid).sum((-2, -1))
""",
        "conf/metrics/outside.yaml": """
# @package metrics.outside
_target_: parts_of_a_laboratory.metrics.outside.Outside
""",
    },
    "test of explainers": {
        "trust/sharpness.py": """
import numpy as np

from fer_xai.trust.base import ImageFigures
from fer_xai.trust.measures import Curve, Measure


class Sharpness:
    title = "Sharpness"
    sentence = "How much of a map lies in few of its pixels."
    by_order = False
    measures = (
        Measure("largest", "largest pixel", higher_is_better=True),
        Measure("mass", "mass in the largest pixels", True, Curve("share of the pixels", "share of the mass")),
    )

    def run(self, trial):
        maps = np.concatenate([maps.flatten(1).sort(descending=True).values.cpu().numpy() for maps in trial.maps])
        share = maps.cumsum(1) / maps.sum(1, keepdims=True)
        yield ImageFigures("largest", share[:, 0])
        for step in (0.5, 1.0):
            yield ImageFigures("mass", share[:, int(step * share.shape[1]) - 1], step)
""",
        "conf/trust/sharpness.yaml": """
# @package trust.sharpness
_target_: parts_of_a_laboratory.trust.sharpness.Sharpness
""",
    },
    "section of the report": {
        "report/sections/laboratory.py": """
from fer_xai.report.plots.style import finish, new_figure
from fer_xai.report.section import Content

PLACE = 35
NAME = "Laboratory"
HEADING = "What the laboratory counted"


def content(study, analysis):
    figure = new_figure(3, 2)
    figure.add_subplot().bar(["runs"], [len(study.runs)])
    drawing = finish(figure, "laboratory", "A bar as high as the number of runs of this study.")
    return Content(facts={"runs": len(study.runs), "bar": drawing}, figures=(drawing,), tables=("accuracy",))
""",
        "report/sections/laboratory.html.j2": """
<p>The laboratory counted {{ runs }} runs.</p>
{{ figure(bar, "Runs of this study.") }}
""",
    },
}

CHOICES = [
    *("data=laboratory", "model=onelayer", "reference=halves", "trust=sharpness"),
    *("explainer=[gradcam,brightness]", "metrics=[outside,iou]"),
]
SETTINGS = [
    *("prepare.crop_size=64", "prepare.workers=1", "split.folds=2", "recipe.max_epochs=1", "trainer.accelerator=cpu"),
    *("callbacks.explain.images_per_expression=4", "callbacks.explain.replicates=5", "callbacks.trust.images=2"),
    "callbacks.explain.target=true",
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory):
    """The package, as pip would leave it beside others: nothing in it but the files above."""
    site = tmp_path_factory.mktemp("site")
    for files in KINDS.values():
        for name, text in files.items():
            path = site / PACKAGE / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip(), encoding="utf-8")
    info = site / f"{PACKAGE}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[fer_xai.parts]\nlaboratory = {PACKAGE}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(site), *sys.path])
        importlib.invalidate_caches()
        part_packages.cache_clear()
        yield site
    part_packages.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def study(installed: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyPaths:
    """A sweep of one run with all of them, analysed when it ends."""
    root = tmp_path_factory.mktemp("seven") / "s"
    assert run(["train", "-m", *CHOICES, *SETTINGS, f"hydra.sweep.dir={root}"]) == 0
    return StudyPaths(root)


@pytest.fixture(scope="module")
def paths(study: StudyPaths) -> RunPaths:
    (done,) = read_study(study.root).complete
    return done.paths


def table(study: StudyPaths, name: str) -> pd.DataFrame:
    return pd.read_csv(study.analysis / f"{name}.csv", keep_default_na=False)


def test_each_kind_is_one_file_and_one_beside_it_where_it_is_a_choice_or_has_a_template() -> None:
    assert len(KINDS) == 7
    for kind, files in KINDS.items():
        code, beside = files
        assert (Path(code).suffix, Path(beside).suffix) in {(".py", ".yaml"), (".py", ".j2")}, kind


def test_the_run_s_config_and_record_name_them(paths: RunPaths) -> None:
    config = OmegaConf.load(paths.config)
    targets = [
        *(config.data._target_, config.model.network._target_, config.reference.halves._target_),
        *(config.explainer.brightness._target_, config.metrics.outside._target_, config.trust.sharpness._target_),
    ]
    assert all(target.startswith(f"{PACKAGE}.") for target in targets)
    record = json.loads(paths.record.read_text())
    assert record["network"] == "onelayer"
    assert set(record["explainers"]) == {"gradcam", "brightness"}
    assert {"metrics.csv", "trust.csv", "trust_tests.json"} <= set(record["artefacts"])
    predictions = pd.read_csv(paths.predictions)
    assert set(predictions["dataset"]) == {"laboratory"}


def test_the_metric_is_scored_against_the_reference(study: StudyPaths, paths: RunPaths) -> None:
    own = pd.read_csv(paths.metrics)
    assert list(dict.fromkeys(own["metric"])) == ["outside", "iou"]
    assert set(own["reference"]) == {"halves"}
    found = table(study, "metrics")
    assert set(found["explainer"]) == {"gradcam", "brightness"}
    assert set(found["metric"]) == {"outside", "iou", "specific_ncc"}
    values = found.loc[found["metric"].eq("outside") & found["value"].ne(""), "value"].astype(float)
    assert values.between(0, 1).all()
    # The first metric is the main one, and its direction is its own.
    summary = json.loads((study.analysis / "summary.json").read_text())
    assert (summary["metric"], summary["higher_is_better"]) == ("outside", False)
    assert "the mean share outside with halves is" in " ".join(summary["sentences"])
    baselines = table(study, "baselines")
    assert {"full frame", "centred Gaussian", "all shifts", "pairings"} <= set(baselines["baseline"])


def test_the_test_of_explainers_has_its_rows_and_its_words(study: StudyPaths) -> None:
    found = table(study, "trust")
    assert set(found["test"]) == {"sharpness"}
    assert {"largest", "mass"} <= set(found["measure"])
    assert {"gradcam", "brightness"} <= set(found["explainer"])
    whole = found[found["measure"].eq("mass") & found["step"].astype(str).eq("1.0") & found["value"].ne("")]
    np.testing.assert_allclose(whole["value"].astype(float), 1, atol=1e-5)


def test_the_page_shows_all_of_them(study: StudyPaths) -> None:
    page = Page(study.report / "index.html")
    for words in (
        *("The laboratory counted 1 runs.", "What the laboratory counted"),
        *("share outside", "brightness", "halves", "onelayer", "laboratory"),
        *("How much of a map lies in few of its pixels.", "largest pixel", "Sharpness"),
    ):
        assert words in page.text, words
    alts = " ".join(page.values("img", "alt"))
    assert "A bar as high as the number of runs of this study." in alts
    assert "Curves of tests of the explainers: mass in the largest pixels" in alts
    assert (study.report / "figures" / "laboratory.svg").exists()


def test_loggers_are_sent_the_section(study: StudyPaths) -> None:
    listed = {section["name"]: section for section in json.loads(study.sections.read_text())}
    assert listed["Laboratory"]["figures"] == ["laboratory"]
    assert listed["Laboratory"]["tables"] == ["accuracy"]


def test_the_tables_are_read_without_the_metric(study: StudyPaths) -> None:
    """Whoever gets the study need not have the package: what the metric says of itself is kept with the tables."""
    main = next(iter(read_analysis(study.analysis).tables.values()))
    assert (main.metric, main.metric_title, main.higher_is_better) == ("outside", "share outside", False)
    assert build_report(study.root).exists()


@pytest.mark.slow
def test_other_metrics_make_no_other_run(study: StudyPaths, paths: RunPaths) -> None:
    done = json.loads(paths.record.read_text())["finished"]
    assert run(["analyze", f"study_dir={study.root}", "reference=halves", "metrics=[ncc]", "report=false"]) == 0
    assert set(table(study, "metrics")["metric"]) == {"ncc", "specific_ncc"}
    assert run(["train", "-m", *CHOICES, *SETTINGS, "metrics=[iou,outside]", f"hydra.sweep.dir={study.root}"]) == 0
    assert json.loads(paths.record.read_text())["finished"] == done
    assert len(list(study.runs.iterdir())) == 1
    assert json.loads((study.analysis / "summary.json").read_text())["metric"] == "iou"


#: A module of a section, but for what it shows.
SECTION = """from fer_xai.report.section import Content
PLACE, NAME, HEADING = 1, "Broken", "Broken"
content = lambda study, analysis: {}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("laboratory.html.j2", "{{ of_nothing }}", "laboratory failed: UndefinedError: 'of_nothing' is undefined"),
        ("laboratory.html.j2", "{% if %}", "laboratory failed: TemplateSyntaxError"),
        ("broken.py", "import nowhere_at_all\n", "broken cannot be imported: ModuleNotFoundError"),
        ("broken.py", "PLACE = 1\n", "broken is no section of the report: it has no NAME"),
        ("broken.py", f"{SECTION}PLACE = 'first'\n", "broken: PLACE is 'first'; it has to be a number"),
        ("broken.py", SECTION, "broken: `content` gives a dict; it has to be a fer_xai.report.section.Content or None"),
        ("broken.py", SECTION.replace("{}", "Content()"), "broken has no template broken.html.j2 beside it"),
    ],
)
def test_a_section_that_fails_is_one_line(
    study: StudyPaths, installed: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, words: str
) -> None:
    path = installed / PACKAGE / "report" / "sections" / file
    before = path.read_text() if path.exists() else None
    path.write_text(text)
    sys.modules.pop(f"{PACKAGE}.report.sections.broken", None)
    importlib.invalidate_caches()
    try:
        assert run(["analyze", f"study_dir={study.root}", "reference=halves", "metrics=[iou]"]) == 2
    finally:
        path.unlink() if before is None else path.write_text(before)
    (line,) = (text for text in capsys.readouterr().err.splitlines() if text.startswith("fer-xai: "))
    assert words in line
