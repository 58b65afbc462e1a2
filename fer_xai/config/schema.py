"""Structured configs: the keys and types of the primary configs.

A node that is built by `_target_` has no schema of its own here: its keys and types are those of the signature that it
calls (see `check.py`), so that adding a network, an explainer or a data set touches no file but its own two.
"""

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from fer_xai.config.resolvers import register_resolvers
from fer_xai.expressions import EXPRESSIONS

# On import, so that it is known as well where a launcher's process unpickles a config.
register_resolvers()


@dataclass
class PaperRecipe:
    """The published training of one network (optimiser with its rate, epochs, whether from ImageNet weights)."""

    optimizer: Any = MISSING
    epochs: int = MISSING
    pretrained: bool = MISSING


@dataclass
class Weights:
    """What belongs to a network's published weights.

    `tag` is timm's name with the weights' tag, or null where the network never had published weights.
    """

    tag: str | None = None
    mean: list[float] = field(default_factory=lambda: [0.5, 0.5, 0.5])
    std: list[float] = field(default_factory=lambda: [0.5, 0.5, 0.5])


@dataclass
class ModelConfig:
    """One network: how it is built, what it takes in, where explainers look, and how the paper trained it.

    `backbone` is timm's name of the network where it is chosen by that (`model=timm`), else null. `quick_size` and
    `quick_lr` are the size and the learning rate of short trainings (`study=twelve`); nothing else looks at them.
    """

    name: str = MISSING
    backbone: str | None = None
    input_size: int = MISSING
    quick_size: int = MISSING
    quick_lr: float = 5.0e-4
    layer: str = MISSING
    network: Any = MISSING
    weights: Weights = field(default_factory=Weights)
    paper: PaperRecipe = field(default_factory=PaperRecipe)


@dataclass
class RecipeConfig:
    """How a network is trained.

    `augment` is built and called on the crops of every training batch, null for none; `freeze_epochs` counts the first
    epochs in which only the head learns; `balance` makes up for unequal numbers of images of the classes. `scheduler`
    is any scheduler of torch, stepped after each epoch or step (`scheduler_interval`), null for a constant rate.
    `accumulate` batches of `batch_size` images make one step.
    """

    name: str = MISSING
    optimizer: Any = MISSING
    scheduler: Any = None
    scheduler_interval: str = "epoch"
    max_epochs: int = MISSING
    batch_size: int = 128
    accumulate: int = 1
    keep: str = "best"
    patience: int | None = None
    augment: Any = None
    freeze_epochs: int = 0
    balance: str = "none"


@dataclass
class PrepareConfig:
    """From photograph to square crop."""

    crop_size: int = 224
    align: bool = True
    margin: float = 0.06
    min_face: int = 24
    max_yaw: float | None = 50.0
    workers: int | None = None


@dataclass
class PrivacyConfig:
    """What may be seen of people's faces."""

    allow_faces: bool = False
    count_unknown: bool = False


@dataclass
class TrainConfig:
    """`conf/train.yaml`: one run."""

    task: Any = MISSING
    data: Any = MISSING
    landmarks: Any = MISSING
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    split: Any = MISSING
    model: ModelConfig = field(default_factory=ModelConfig)
    recipe: RecipeConfig = field(default_factory=RecipeConfig)
    explainer: dict[str, Any] = field(default_factory=dict)
    reference: Any = MISSING
    trust: dict[str, Any] = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)
    trainer: Any = MISSING
    logger: dict[str, Any] = field(default_factory=dict)
    privacy: PrivacyConfig = field(default_factory=PrivacyConfig)
    classes: list[str] = field(default_factory=lambda: list(EXPRESSIONS))
    expressions: Any = None
    pretrained: Any = False
    normalise: str = "weights"
    fold: int = 0
    seed: int = 0
    num_workers: int = 0
    threads: int | None = None
    channels_last: bool = False
    compile: bool = False
    strict: bool = False
    analyse: bool = True
    floor: Any = "chance"
    dry_run: bool = False
    retry_failed: bool = True
    wait: bool = True
    job: str | None = None
    cache_dir: str | None = None
    study_dir: str = MISSING


@dataclass
class AnalyzeConfig:
    """`conf/analyze.yaml`: one study."""

    study_dir: str = MISSING
    reference: Any = MISSING
    order: str = "paper"
    floor: Any = "chance"
    report: bool = True
    logger: dict[str, Any] = field(default_factory=dict)
    maps: bool = True


@dataclass
class ExportConfig:
    """`conf/data_export.yaml`: a data source written as an ordinary table data set."""

    data: Any = MISSING
    out: str = MISSING
    rest: bool = True
    classes: list[str] = field(default_factory=lambda: list(EXPRESSIONS))
    cache_dir: str | None = None


@dataclass
class DataPrepareConfig:
    """`conf/data_prepare.yaml`: faces found, cut out and kept."""

    data: Any = MISSING
    landmarks: Any = MISSING
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    out: str | None = None
    classes: list[str] = field(default_factory=lambda: list(EXPRESSIONS))
    cache_dir: str | None = None


@dataclass
class DataInspectConfig:
    """`conf/data_inspect.yaml`: a look at a data set."""

    data: Any = MISSING
    landmarks: Any = MISSING
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    split: Any = MISSING
    out: str = MISSING
    per_expression: int = 8
    worst: int = 12
    mean_of: int = 200
    seed: int = 0
    classes: list[str] = field(default_factory=lambda: list(EXPRESSIONS))
    cache_dir: str | None = None


def register() -> None:
    """Make the schemas known to Hydra; safe to call more than once."""
    store = ConfigStore.instance()
    store.store(name="train_schema", node=TrainConfig)
    store.store(name="analyze_schema", node=AnalyzeConfig)
    store.store(name="data_export_schema", node=ExportConfig)
    store.store(name="data_prepare_schema", node=DataPrepareConfig)
    store.store(name="data_inspect_schema", node=DataInspectConfig)
