"""Every shipped config, found by glob, is composed and run in a tiny form."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.layouts.drawn import write_drawn
from helpers.made_up_gaze import write_stimuli
from helpers.made_up_tiles import weights_table, write
from PIL import Image
from safetensors.torch import save_file

from fer_xai.cli import run
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.mediapipe_finder import PACKAGES
from fer_xai.models.songnet import SongNet
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import read_states
from fer_xai.results.realigned_maps import OWN, read_realigned
from fer_xai.results.study import read_study

EVERY = sorted(p.relative_to(conf_dir()).with_suffix("").as_posix() for p in conf_dir().rglob("*.yaml"))
#: Those of these groups are run together, as they may be.
TOGETHER = ("explainer", "metrics", "realign", "trust")
CONFIGS = [name for name in EVERY if name.split("/")[0] not in TOGETHER]
#: Studies that are too large even in a tiny form, or take what another makes, and how many runs they have: they are
#: composed and listed.
LARGE = {
    "landmarks": 2,
    "paper": 60,
    "pretraining": 120,
    "explainers": 8,
    "twelve": 24,
    "shortcut": 24,
    "evidence": 3,
    "alignment_loss": 48,
    "alignment_elsewhere": 40,
    "demo": 4,
    "demo_weights": 2,
}

#: Those that take the longest run with the slow tests: of these groups all but a few, and some others.
DEAR_GROUPS = ("data", "hydra/sweeper", "model", "study")
CHEAP = ("data/folder", "data/synthetic", "data/table", "model/songnet", "model/external", "study/demo")
DEAR = ("analyze", "split/cross_dataset", "trainer/ddp")

#: Explainers of transformers.
BY_ATTENTION = ("attention_rollout", "chefer", "legrad")

#: Configs that this test cannot run, and why.
CANNOT_RUN: dict[str, str] = {}
if importlib.util.find_spec("hydra_plugins.hydra_optuna_sweeper") is None:
    CANNOT_RUN["hydra/sweeper/optuna_recipe"] = "hydra-optuna-sweeper is not installed (extra: optuna)"
if not (PACKAGES / "mediapipe").exists():
    CANNOT_RUN["landmarks/mediapipe"] = f"its packages are not in {PACKAGES}"

#: Data sets with a reader of their own; a tiny copy of each is written.
READERS = (
    *("adfes", "affectnet", "affwild2", "bu4dfe", "ckplus", "ckplus48", "disfa", "faces", "fega", "fer2013", "ferplus"),
    *("jaffe", "kdef", "mug", "oulu_casia", "rafau", "rafd", "rafdb", "wsefep"),
)
#: A few people are too few to keep some for validation.
ALL_TRAIN = ["split.validation=0", "recipe=paper"]

#: A network that was trained elsewhere.
ELSEWHERE = (
    "model.checkpoint={checkpoint}",
    "model.network._target_=fer_xai.models.songnet.SongNet",
    "+model.network.input_size=32",
    *("model.weights.mean=[0.5,0.5,0.5]", "model.weights.std=[0.5,0.5,0.5]"),
)

OBSERVERS = (("files", "gaze.csv"), ("stimuli", "stimuli.csv"))

#: What a config needs that has no default.
NEEDS = {
    **{f"data/{name}": [f"data.root={{layouts}}/{name}", *ALL_TRAIN] for name in READERS},
    "data/faces": ["data.root={layouts}/faces", "classes=[anger,disgust,fear,happiness,sadness]", *ALL_TRAIN],
    "data/expw": ["data.root={expw}"],
    "data/paper": [
        *(f"data.sources.{name}.root={{layouts}}/{name}" for name in ("bu4dfe", "ckplus")),
        "data.skip_missing=true",
        *ALL_TRAIN,
    ],
    "data/table": ["data.csv={table}/labels.csv", "landmarks=given"],
    "data/folder": ["data.root={folder}"],
    "data/huggingface": ["data.root={folder}"],
    "model/alexnet": ["model.network.units=64"],
    "model/inceptionv3": ["model.input_size=128"],
    "model/timm": ["model.backbone=vit_tiny_patch16_224"],
    "model/external": [*ELSEWHERE],
    # At 32 px these end in a map of one place, which shows nothing.
    **{
        f"model/{name}": ["model.input_size=64"]
        for name in ("efficientnetv2", "mobilenetv3", "resnet101v2", "resnet50", "vgg16", "vgg19", "xception")
    },
    "landmarks/given": ["data=table", "data.csv={table}/labels.csv"],
    "reference/true_maps": ["reference.true_maps.people=1"],
    "reference/images": ["reference.root={masks}"],
    "reference/tiles": ["reference.tiles.files={tiles}/answers.csv", "reference.tiles.stimuli={tiles}/stimuli.csv"],
    **{
        f"reference/{name}": [f"reference.{name}.{key}={{observers}}/{file}" for key, file in OBSERVERS]
        for name in ("clicks", "fixations")
    },
    "reference/maps": ["reference.maps.files={observers}/ann_anger.npy"],
    "split/cross_dataset": [
        # Other people than those of the other data set.
        *("data=[synthetic,rafd]", "data.sources.synthetic.seed=3", "data.sources.synthetic.subjects=3"),
        "data.sources.rafd.root={layouts}/rafd",
        *ALL_TRAIN,
    ],
    "split/all": ["model=external", *ELSEWHERE],
    "split/official": ["data=rafdb", "data.root={layouts}/rafdb", *ALL_TRAIN],
    "split/file": ["split.file={split}"],
    "hydra/sweeper/optuna_recipe": ["hydra.sweeper.n_trials=2"],
}


#: Their own numbers of passes take minutes.
QUICK_EXPLAINERS = [
    "explainer.extremal_perturbations.steps=10",
    "explainer.integrated_gradients.max_steps=50",
    "explainer.kernelshap.samples=40",
    "explainer.lime.samples=40",
    "explainer.lime_designed.samples=40",
    "explainer.region_shap.samples=40",
    "explainer.region_shap.exact_up_to=2",
    "explainer.rise.samples=40",
    "explainer.smoothgrad.samples=5",
]


@pytest.fixture(scope="session")
def tiny(tiny_faces: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders that configs point at: a table, a folder per expression, masks."""
    root = tmp_path_factory.mktemp("inputs")
    for number, expression in enumerate(EXPRESSIONS):
        (root / "folder" / expression).mkdir(parents=True)
        mask = np.zeros((275, 224), np.uint8)
        mask[30 * number : 30 * number + 60] = 255
        (root / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save(root / "masks" / f"{expression}.png")
    rows = (tiny_faces / "labels.csv").read_text().splitlines()[1:]
    for image, expression in (row.split(",")[:2] for row in rows):
        (root / "folder" / expression / Path(image).name).write_bytes((tiny_faces / image).read_bytes())
    boxes = []
    for image, expression in (row.split(",")[:2] for row in rows):
        (root / "expw" / "image" / "origin").mkdir(parents=True, exist_ok=True)
        (root / "expw" / "image" / "origin" / Path(image).name).write_bytes((tiny_faces / image).read_bytes())
        boxes.append(f"{Path(image).name} 0 0 0 255 255 50 {EXPRESSIONS.index(expression)}")
    (root / "expw" / "label.lst").write_text("\n".join(boxes))
    parts = {0: "test", 1: "test", 2: "validation", 3: "train", 4: "train", 5: "train"}
    drawn = [f"s{person:04}_{word}_00.png,{part}" for person, part in parts.items() for word in EXPRESSIONS]
    (root / "split.csv").write_text("\n".join(["image,part", *drawn]))
    assert set(write_drawn(root / "layouts", tiny_faces)) == set(READERS)
    (root / "tiles").mkdir()
    weights = {("observer", word): np.arange(48) - 23.5 for word in EXPRESSIONS}
    write(root / "tiles", {word: word for word in EXPRESSIONS}, weights_table(weights))
    stimulus = write_stimuli(root / "observers" / "stimuli.csv", ["f_anger"]).with_name("gaze.csv")
    stimulus.write_text("observer,stimulus,x,y,duration\nann,f_anger,112,128,200\nbob,f_anger,120,130,300\n")
    np.save(root / "observers" / "ann_anger.npy", mask / 255)
    save_file(SongNet(input_size=32).state_dict(), root / "net.safetensors")
    own = {name: root / name for name in ("folder", "expw", "masks", "layouts", "tiles", "observers")}
    return own | {"table": tiny_faces, "split": root / "split.csv", "checkpoint": root / "net.safetensors"}


def is_dear(name: str) -> bool:
    """Whether a config runs with the slow tests."""
    return name in DEAR or (name.rpartition("/")[0] in DEAR_GROUPS and name not in CHEAP)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if is_dear(name) else name for name in CONFIGS]
)
def test_config_runs_in_a_tiny_form(name, tiny, tiny_run, untimed, tmp_path, capsys):
    if name in CANNOT_RUN:
        pytest.skip(CANNOT_RUN[name])
    group, _, choice = name.rpartition("/")
    needs = [text.format(**tiny) for text in NEEDS.get(name, [])]
    if group == "study" and choice in LARGE:
        assert run(["train", "-m", f"study={choice}", "dry_run=true", f"hydra.sweep.dir={tmp_path}"]) == 0
        assert f"{LARGE[choice]} runs: {LARGE[choice]} planned" in capsys.readouterr().out
        return
    if group == "study":
        # Large networks end in a map of one place at less.
        sizes = ["model.input_size=64" if text.startswith("model.input_size") else text for text in tiny_run]
        arguments = ["train", "-m", f"study={choice}", *sizes, f"hydra.sweep.dir={tmp_path}"]
    elif group == "hydra/launcher":
        # No cluster here: the launcher is built and given nothing to do.
        assert run(["train", "-m", f"{group}={choice}", "dry_run=true", f"hydra.sweep.dir={tmp_path}"]) == 0
        assert "1 runs: 1 planned" in capsys.readouterr().out
        return
    elif group == "hydra/sweeper":
        arguments = ["train", "-m", *tiny_run, f"{group}={choice}", *needs, f"hydra.sweep.dir={tmp_path}"]
    elif name == "train":
        arguments = ["train", *tiny_run, f"hydra.run.dir={tmp_path}"]
    elif name == "data_export":
        arguments = ["data", "export", "data.subjects=1", "data.per_expression=1", f"out={tmp_path / 'export'}"]
    elif name in ("data_prepare", "data_inspect"):
        tiny = ["data.subjects=6", "data.per_expression=1", "prepare.crop_size=64", f"out={tmp_path / 'out'}"]
        arguments = [*name.split("_"), *tiny]
    elif name == "reference_build":
        arguments = ["reference", "build", "reference=friesen_ekman", f"out={tmp_path / 'reference'}"]
    elif name == "analyze":
        run(["train", *tiny_run, f"hydra.run.dir={tmp_path}"])
        arguments = ["analyze", f"study_dir={tmp_path}"]
    else:
        other_data = any(text.startswith("data") for text in needs)
        own = [text for text in tiny_run if not (other_data and text.startswith("data"))]
        own = [text for text in own if not (group == "split" and text.startswith("split."))]
        arguments = ["train", *own, f"{group}={choice}", *needs, f"hydra.run.dir={tmp_path}"]
    assert run(arguments) == 0
    if name == "train":
        (done,) = read_study(tmp_path).complete
        assert set(pd.read_csv(done.paths.metrics)["metric"]) == set(of_group("metrics")) - {"default"}
    if name == "data_export":
        assert (tmp_path / "export" / "labels.csv").exists()
    elif name == "reference_build":
        assert (tmp_path / "reference" / "maps.nc").exists()
    elif name.startswith("data_"):
        assert (tmp_path / "out" / "prepared.csv").exists()
    else:
        statuses = {state.status for state in read_states(StudyPaths(tmp_path))}
        # Published weights cannot be had everywhere.
        statuses -= {"not applicable", "unavailable"} if group == "study" else set()
        assert statuses == ({"weights"} if name == "task/identity" else {"complete"})
    if name == "analyze":
        assert (StudyPaths(tmp_path).report / "index.html").stat().st_size > 10_000


def of_group(group: str) -> list[str]:
    return [name.split("/")[1] for name in EVERY if name.startswith(f"{group}/")]


@pytest.mark.slow
def test_all_explainers_run_together(tiny_run, tmp_path):
    """On a network that has what each of them needs; those of transformers are told of in one line, and left out."""
    names = of_group("explainer")
    few = ["model=songnet", "model.input_size=48", "callbacks.explain.images_per_expression=1"]
    arguments = ["train", *tiny_run, *few, f"explainer=[{','.join(names)}]", *QUICK_EXPLAINERS]
    assert run([*arguments, f"hydra.run.dir={tmp_path}"]) == 0
    (done,) = read_study(tmp_path).complete
    assert set(done.record.left_out_explainers) == set(BY_ATTENTION)
    assert set(done.record.explainers) == set(names) - set(BY_ATTENTION)


@pytest.mark.slow
def test_explainers_of_transformers_are_held_against_the_truth_on_drawn_faces(tiny_run, tmp_path):
    model = ["model=timm", "model.backbone=vit_tiny_patch16_224", f"explainer=[{','.join(BY_ATTENTION)}]"]
    trust = ["trust=[known_evidence]", "callbacks.trust.images=2"]
    assert run(["train", *tiny_run, *model, *trust, f"hydra.run.dir={tmp_path}"]) == 0
    (done,) = read_study(tmp_path).complete
    assert done.record.explainers == list(BY_ATTENTION)
    found = pd.read_csv(done.paths.trust)
    for name in BY_ATTENTION:
        assert found.loc[found["explainer"] == name, "value"].notna().any()


@pytest.mark.slow
def test_all_tests_of_explainers_run_together(tiny_run, tmp_path):
    few = ["model=songnet", "model.input_size=48", "callbacks.trust.images=1"]
    # A test of a planted cue wants one.
    few += ["data.cue=mark", "data.cue_expression=fear", "data.cue_base_rate=0.5"]
    trust = f"trust=[{','.join(of_group('trust'))}]"
    assert run(["train", *tiny_run, *few, trust, f"hydra.run.dir={tmp_path}"]) == 0
    (done,) = read_study(tmp_path).complete
    assert set(pd.read_csv(done.paths.trust)["test"]) == set(of_group("trust"))


@pytest.mark.slow
def test_all_alignments_run_together(tiny_run, tmp_path):
    few = ["model=songnet", "callbacks.explain.images_per_expression=1"]
    names = of_group("realign")
    arguments = ["train", *tiny_run, *few, f"realign=[{','.join(names)}]", "analyse=false"]
    assert run([*arguments, f"hydra.run.dir={tmp_path}"]) == 0
    (done,) = read_study(tmp_path).complete
    tried = read_realigned(done.paths.realigned)
    assert {*tried.titles, *tried.left_out} == {OWN, *names}
    assert set(tried.left_out) <= {"mediapipe"}
