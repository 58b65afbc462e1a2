"""Structured configs: the keys and types of the primary configs.

A node that is built by `_target_` has no schema of its own here: its keys and types are those of the signature that it
calls (see `check_run.py`), so that adding a network, an explainer or a data set touches no file but its own two.
"""

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, OmegaConf

from fer_xai.config.data_sets import data_node
from fer_xai.config.resolvers import register_resolvers
from fer_xai.expressions import EXPRESSIONS

#: Key in a field's metadata.
BUILT = "built"
#: What the program reads of a trainer, and what is not as Lightning has it by default.
_TRAINER = (
    *("accelerator", "devices", "num_nodes", "strategy", "precision", "deterministic"),
    *("max_epochs", "accumulate_grad_batches", "use_distributed_sampler"),
)


@dataclass(frozen=True)
class Built:
    """That a field's value says by `_target_` what is built of it.

    Attributes:
        each: the field is a dictionary of such values by names of the user's choice.
        needs: keys that the program reads itself.
    """

    each: bool = False
    needs: tuple[str, ...] = ()


#: Metadata of a field that one object is built of; None, where it is the default, builds none.
_ONE = {BUILT: Built()}
#: Metadata of a field with several objects by their names.
_EACH = {BUILT: Built(each=True)}


# On import, so that it is known as well where a launcher's process unpickles a config.
register_resolvers()


@dataclass
class PaperRecipe:
    """The published training of one network (optimiser with its rate, epochs, whether from ImageNet weights).

    Networks of a user's own have none; `recipe=paper` wants it.
    """

    optimizer: Any = field(default=None, metadata=_ONE)
    epochs: int | None = None
    pretrained: bool = False


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
    `checkpoint`, `classes` and `trained_on` are for a network that was trained elsewhere (`model=external`): its file,
    a word for each of its outputs, and the list of the images that it was trained on.
    """

    name: str = MISSING
    backbone: str | None = None
    checkpoint: str | None = None
    classes: Any = None
    trained_on: str | None = None
    input_size: int = MISSING
    quick_size: int = MISSING
    quick_lr: float = 5.0e-4
    layer: str = MISSING
    network: Any = field(default=MISSING, metadata=_ONE)
    weights: Weights = field(default_factory=Weights)
    paper: PaperRecipe = field(default_factory=PaperRecipe)


@dataclass
class AlignmentConfig:
    """What the network's own maps are drawn to while it learns; nothing without a reference, or with a strength of 0.

    `reference` is the name of one of the references that are chosen, `map` and `distance` are names of
    `fer_xai.models.alignment`.
    """

    reference: str | None = None
    map: str = "grad_cam"
    strength: float = 1.0
    distance: str = "ncc"


@dataclass
class RecipeConfig:
    """How a network is trained.

    `augment` is built and called on the crops of every training batch, null for none; `freeze_epochs` counts the first
    epochs in which only the head learns; `balance` makes up for unequal numbers of images of the classes. `scheduler`
    is any scheduler of torch, stepped after each epoch or step (`scheduler_interval`), null for a constant rate.
    `accumulate` batches of `batch_size` images make one step. With `soft_labels` the loss is against the shares of
    people's votes.
    """

    name: str = MISSING
    optimizer: Any = field(default=MISSING, metadata=_ONE)
    scheduler: Any = field(default=None, metadata=_ONE)
    scheduler_interval: str = "epoch"
    max_epochs: int = MISSING
    batch_size: int = 128
    accumulate: int = 1
    keep: str = "best"
    patience: int | None = None
    augment: Any = field(default=None, metadata=_ONE)
    freeze_epochs: int = 0
    balance: str = "none"
    soft_labels: bool = False
    alignment: AlignmentConfig = field(default_factory=AlignmentConfig)


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

    task: Any = field(default=MISSING, metadata=_ONE)
    data: Any = field(default_factory=data_node, metadata=_ONE)
    landmarks: Any = field(default=MISSING, metadata=_ONE)
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    split: Any = field(default=MISSING, metadata=_ONE)
    model: ModelConfig = field(default_factory=ModelConfig)
    recipe: RecipeConfig = field(default_factory=RecipeConfig)
    explainer: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    reference: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    metrics: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    trust: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    realign: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    callbacks: dict[str, Any] = field(
        default_factory=dict, metadata={BUILT: Built(each=True, needs=("predictions", "explain", "compare"))}
    )
    trainer: Any = field(default=MISSING, metadata={BUILT: Built(needs=_TRAINER)})
    logger: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
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
    primary: str = MISSING
    groups: Any = None
    margin: float = MISSING
    dry_run: bool = False
    retry_failed: bool = True
    wait: bool = True
    job: str | None = None
    cache_dir: str | None = None
    study_dir: str = MISSING


@dataclass
class AnalyzeConfig:
    """`conf/analyze.yaml`: one study, or two side by side."""

    study_dir: str | None = None
    study_dirs: list[str] | None = None
    out: str | None = None
    secret: str | None = None
    reference: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    metrics: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    order: str = "paper"
    floor: Any = "chance"
    primary: str = MISSING
    groups: Any = None
    margin: float = MISSING
    report: bool = True
    logger: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    maps: bool = True


@dataclass
class GridConfig:
    """Tiles over a picture."""

    rows: int = 8
    columns: int = 6
    numbering: str = "column"


@dataclass
class ExportConfig:
    """`conf/data_export.yaml`: a data source written as an ordinary table data set."""

    data: Any = field(default_factory=data_node, metadata=_ONE)
    out: str = MISSING
    rest: bool = True
    tiles: bool = False
    observers: int = 20
    grid: GridConfig = field(default_factory=GridConfig)
    classes: list[str] = field(default_factory=lambda: list(EXPRESSIONS))
    cache_dir: str | None = None


@dataclass
class DataPrepareConfig:
    """`conf/data_prepare.yaml`: faces found, cut out and kept."""

    data: Any = field(default_factory=data_node, metadata=_ONE)
    landmarks: Any = field(default=MISSING, metadata=_ONE)
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    out: str | None = None
    classes: list[str] = field(default_factory=lambda: list(EXPRESSIONS))
    cache_dir: str | None = None


@dataclass
class DataInspectConfig:
    """`conf/data_inspect.yaml`: a look at a data set."""

    data: Any = field(default_factory=data_node, metadata=_ONE)
    landmarks: Any = field(default=MISSING, metadata=_ONE)
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    split: Any = field(default=MISSING, metadata=_ONE)
    out: str = MISSING
    per_expression: int = 8
    worst: int = 12
    mean_of: int = 200
    seed: int = 0
    classes: list[str] = field(default_factory=lambda: list(EXPRESSIONS))
    cache_dir: str | None = None


@dataclass
class ReferenceBuildConfig:
    """`conf/reference_build.yaml`: observers' data made into a reference."""

    reference: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    metrics: dict[str, Any] = field(default_factory=dict, metadata=_EACH)
    out: str = MISSING


#: Primary config -> its schema.
SCHEMAS: dict[str, type] = {
    "train": TrainConfig,
    "analyze": AnalyzeConfig,
    "data_export": ExportConfig,
    "data_prepare": DataPrepareConfig,
    "data_inspect": DataInspectConfig,
    "reference_build": ReferenceBuildConfig,
}


def register() -> None:
    """Make the schemas known to Hydra; safe to call more than once."""
    for name, schema in SCHEMAS.items():
        node = OmegaConf.structured(schema)
        for group in ("data", "reference"):
            if group in node:
                # Keys of the only choice are written without its name, see `data_sets` and `references`.
                OmegaConf.set_struct(node[group], False)
        ConfigStore.instance().store(name=f"{name}_schema", node=node)
