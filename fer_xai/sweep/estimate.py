"""How long a run may take where none has told yet: a few steps of its network are timed, at its size."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import torch
import torch.nn.functional as F
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch import Tensor, nn

from fer_xai.callbacks.image_selection import expressions_to_explain
from fer_xai.callbacks.unit_values import known_evidence_of
from fer_xai.config.fingerprint import effective
from fer_xai.data.preparation.crop import pack, unpack
from fer_xai.data.splits.base import TEST, TRAIN, VALIDATION
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.layer import check_layer
from fer_xai.face.alignments.base import Alignment
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE, N_LANDMARKS
from fer_xai.models.alignment import FINEST
from fer_xai.models.module import ExpressionModule
from fer_xai.run.elsewhere import is_elsewhere
from fer_xai.run.fit import build_module
from fer_xai.run.trial import build_network
from fer_xai.sweep.redrawing_time import seconds_per_redrawing

#: Images of a timed step on a processor, at most; a GPU gets whole batches.
_IMAGES = 8
#: Images that an explainer is timed with.
_EXPLAINED = 2
#: Seconds after which an explainer is no longer waited for: its passes are counted instead.
_PATIENCE = 2.0


class _TooSlowError(Exception):
    """Timing an explainer takes too long."""


@dataclass(frozen=True)
class _Cost:
    """Seconds per image: of a training step, of a pass, of explaining it, of reading it; who takes too long to time.

    `redrawings`: how often an explained image is drawn again.
    """

    train: float
    test: float
    explain: float
    read: float
    untimed: frozenset[str] = frozenset()
    redrawings: int = 0


class Estimator:
    """Tells what runs take to train (all epochs), test and explain; finding faces and analysing come on top.

    Args:
        threads: of the processor for each run; None for as many as torch takes.

    Attributes:
        untimed: explainers that are not in what it tells, for they take too long to be timed.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.untimed: set[str] = set()
        self._threads = threads
        self._known: dict[str, _Cost | None] = {}
        self._redrawn: set[str] = set()

    def seconds(self, config: DictConfig, frame: Any) -> float | None:
        """How long one run takes; None where its network cannot be built or its images cannot be split.

        Args:
            config: composed `train` config whose words are settled.
            frame: the images, as `Splitter` takes them.
        """
        if config.pretrained is True and config.model.weights.tag is None:
            # There are no such weights: the run ends at once.
            return 0.0
        try:
            words = instantiate(config.split).parts(frame, config.fold).words(len(frame))
        except UserError:
            return None
        kind = json.dumps([effective(config[key]) for key in ("model", "explainer", "recipe", "trainer", "realign")])
        kind += f"{config.normalise} {config.classes}"
        if kind not in self._known:
            before = torch.get_num_threads()
            torch.set_num_threads(self._threads or before)
            try:
                self._known[kind] = _cost(config)
            finally:
                torch.set_num_threads(before)
        cost = self._known[kind]
        if cost is None:
            return None
        self.untimed |= cost.untimed
        return _whole(config, frame, words, cost) + self._redrawing(config, frame, words, cost)

    def _redrawing(self, config: DictConfig, frame: Any, words: np.ndarray, cost: _Cost) -> float:
        """Seconds of drawing the explained faces again, which all runs with the same data share."""
        data = json.dumps([effective(config[key]) for key in ("data", "prepare", "split")])
        number = _explained(config, frame, words) * cost.redrawings
        if not number or data in self._redrawn:
            return 0.0
        self._redrawn.add(data)
        return (
            number
            * seconds_per_redrawing(frame, config.prepare.crop_size)
            / (config.prepare.workers or joblib.cpu_count())
        )


def _explained(config: DictConfig, frame: Any, words: np.ndarray) -> int:
    """How many images are explained, if as many are recognised as are shown."""
    if config.task._target_.endswith("train_identity"):
        return 0
    shown = frame["expression"][words == TEST].value_counts()
    most = config.callbacks.explain.images_per_expression
    names = expressions_to_explain(config.expressions, config.classes)
    return sum(min(most, shown.get(name, 0)) for name in names)


def _whole(config: DictConfig, frame: Any, words: np.ndarray, cost: _Cost) -> float:
    train, val, test = (int((words == part).sum()) for part in (TRAIN, VALIDATION, TEST))
    epochs = 0 if is_elsewhere(config) else config.recipe.max_epochs
    seconds = epochs * (train * (cost.train + cost.read) + val * (cost.test + cost.read))
    if config.task._target_.endswith("train_identity"):
        return float(seconds)
    return float(seconds + test * (cost.test + cost.read) + _explained(config, frame, words) * cost.explain)


def _cost(config: DictConfig) -> _Cost | None:
    try:
        network = build_network(config)
        if not is_elsewhere(config):
            check_layer(network, config.model.layer, config.model.input_size)
        module = build_module(config, network, torch.arange(len(config.classes)))
        explainers = instantiate(config.explainer)
    except (UserError, NotApplicableError, HydraException):
        return None
    device = "cuda" if torch.cuda.is_available() and config.trainer.accelerator != "cpu" else "cpu"
    module.to(device)
    size = config.recipe.batch_size if device == "cuda" else min(_IMAGES, config.recipe.batch_size)
    crops = _crops(config.prepare.crop_size, max(size, _EXPLAINED)).to(device)
    train = 0.0
    if not is_elsewhere(config):
        optimizer = module.make_optimizer(network.parameters())
        train = _timed(lambda: _step(module, optimizer, crops)) / len(crops)
    module.eval()
    packed = pack(crops[0].permute(1, 2, 0).cpu().numpy())
    read = _timed(lambda: [unpack(packed) for _ in range(_IMAGES)]) / _IMAGES
    with torch.no_grad():
        test = _timed(lambda: module(crops).cpu()) / len(crops)
        asked = _question(module, crops[:_EXPLAINED])
        took = {name: _explaining(one, network, config, asked, test) for name, one in explainers.items()}
    placing = [_placing(alignment, asked, crops) for alignment in instantiate(config.realign).values()]
    explain = sum(seconds for seconds in took.values() if seconds is not None) + _realigning(took, explainers, placing)
    explain /= _EXPLAINED
    untimed = frozenset(name for name, seconds in took.items() if seconds is None)
    redrawings = [evidence.drawings for evidence in map(known_evidence_of, explainers.values()) if evidence is not None]
    return _Cost(train, test, explain, read, untimed, max(redrawings, default=0))


def _crops(side: int, number: int) -> Tensor:
    """Smooth noise, uint8 (number, 3, side, side): read about as fast as pictures are."""
    coarse = torch.rand(number, 3, 16, 16)
    smooth = F.interpolate(coarse, size=(side, side), mode="bilinear") * 240 + torch.rand(number, 3, side, side) * 4
    return smooth.byte()


def _timed(work: Callable[[], Any]) -> float:
    """Seconds that some work takes when it is done again: the faster of two times."""
    work()
    took = []
    for _ in range(2):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def _step(module: ExpressionModule, optimizer: torch.optim.Optimizer, crops: Tensor) -> float:
    shown = crops if module.augment is None else module.augment(crops)
    labels = torch.arange(len(crops), device=crops.device) % 2
    images = module.preprocess(shown)
    if module.alignment is None:
        loss = F.cross_entropy(module.network(images), labels)
    else:
        targets = torch.rand(len(crops), 2, FINEST, FINEST, device=crops.device)
        logits, distances = module.alignment.logits_and_distance(module.network, images, labels, targets)
        loss = F.cross_entropy(logits, labels) + distances.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def _question(module: ExpressionModule, crops: Tensor) -> Question:
    """What is asked about pictures whose faces lie as the canonical one does."""
    size = module.input_size
    scale = np.array([size / FRAME_SHAPE[1], size / FRAME_SHAPE[0]])
    points = torch.from_numpy(CANONICAL_POINTS[:N_LANDMARKS] * scale).float()
    classes = torch.zeros(len(crops), dtype=torch.int64, device=crops.device)
    images = module.preprocess(crops)
    return Question(
        images,
        classes,
        mean=module.mean,
        std=module.std,
        landmarks=points.expand(len(crops), -1, -1).to(crops.device),
        index=torch.arange(len(crops)),
        rest=lambda: images.flip(-1),
    )


def _realigning(took: Mapping[str, float | None], explainers: Mapping[str, Any], placing: Sequence[float]) -> float:
    """Seconds of carrying maps by other alignments: the first explainer that looks at the network is asked once more.

    Args:
        took: seconds of each explainer, see `_explaining`.
        explainers: by name.
        placing: seconds of each alignment.
    """
    looking = (seconds for name, seconds in took.items() if not getattr(explainers[name], "baseline", False))
    return (next(looking, 0.0) or 0.0) + sum(placing) if placing else 0.0


def _placing(alignment: Alignment, asked: Question, crops: Tensor) -> float:
    """Seconds that an alignment takes to place the landmarks of the faces asked about; 0 where it cannot work."""
    assert asked.landmarks is not None
    pictures = crops[: len(asked)].permute(0, 2, 3, 1).contiguous().cpu().numpy()
    points, names = asked.landmarks.double().cpu().numpy(), [str(number) for number in range(len(asked))]
    try:
        alignment.check()
        return _timed(lambda: alignment.place(points, pictures, names))
    except UserError:
        return 0.0


def _explaining(
    explainer: Any, network: nn.Module, config: DictConfig, asked: Question, one_pass: float
) -> float | None:
    """Seconds that an explainer takes for a question: 0 where it does not fit the network, None where it takes long."""
    evidence = known_evidence_of(explainer)
    if evidence is not None:
        # Of every drawing one pass, and a face may take so many.
        return len(asked) * evidence.drawings * one_pass
    start = time.perf_counter()

    def give_up(network: nn.Module, images: tuple[Tensor]) -> None:
        if time.perf_counter() - start + len(images[0]) * one_pass > _PATIENCE:
            raise _TooSlowError

    hook = network.register_forward_pre_hook(give_up)
    try:
        explainer.explain(network, config.model.layer, asked.changed())
        return time.perf_counter() - start
    except _TooSlowError:
        return _counted(explainer, len(config.classes), asked, one_pass)
    except Exception:
        return 0.0
    finally:
        hook.remove()


def _counted(explainer: Any, classes: int, asked: Question, one_pass: float) -> float | None:
    """Seconds that an explainer takes which passes many images through the network, by their number.

    Returns:
        None where it looks into the network, so that no other one can stand for it.
    """
    counting = _Counting(classes)
    start = time.perf_counter()
    try:
        explainer.explain(counting, "", asked.changed())
    except Exception:
        return None
    return time.perf_counter() - start + counting.passed * one_pass


class _Counting(nn.Module):
    """Stands for a network, and counts the images that it is given."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes, self.passed = classes, 0

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, classes) that hang on the images."""
        self.passed += len(images)
        return images.flatten(1).mean(dim=1, keepdim=True) * torch.arange(self.classes, device=images.device)
