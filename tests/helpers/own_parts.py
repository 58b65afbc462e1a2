"""Parts as users write them, most of them with one mistake each; written into a module beside the user by tests."""

import numpy as np
import torch
from torch import nn

from fer_xai.data.splits.kfold import KFold
from fer_xai.metrics.metric import Needs


class Net(nn.Module):
    """Right, and without `features`."""

    def __init__(self, classes: int, channels: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 8, 3, stride=2)
        self.fc = nn.Linear(8, classes)

    def forward(self, images):
        return self.fc(self.conv(images).relu().mean((2, 3)))


class GivesTuple(Net):
    def forward(self, images):
        return super().forward(images), None


class GivesDict(Net):
    def forward(self, images):
        return {"logits": super().forward(images)}


class TupleInTraining(Net):
    def forward(self, images):
        logits = super().forward(images)
        return (logits, logits) if self.training else logits


class SevenLogits(Net):
    def __init__(self, classes: int) -> None:
        super().__init__(7)


class NoClasses(Net):
    def __init__(self) -> None:
        super().__init__(6)


class Grey(Net):
    def __init__(self, classes: int) -> None:
        super().__init__(classes, channels=1)


class FixedSize(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4 * 62 * 62, classes)

    def forward(self, images):
        return self.fc(self.conv(images).flatten(1))


class NotFinite(Net):
    def forward(self, images):
        return super().forward(images) * float("nan")


class NothingToLearn(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, images):
        return torch.zeros(len(images), self.classes)


class CannotBeBuilt(Net):
    def __init__(self, classes: int) -> None:
        raise KeyError("weights")


class Detached(Net):
    def forward(self, images):
        return super().forward(images).detach()


def not_a_network(classes: int) -> int:
    return classes


class Right:
    """An explainer."""

    local_scale = "mass"
    positive = True

    def explain(self, network, layer, question):
        return torch.rand(len(question), 5, 5, dtype=torch.float64)


class GivesNumpy(Right):
    def explain(self, network, layer, question):
        return np.zeros((len(question), 5, 5))


class GivesOneMap(Right):
    def explain(self, network, layer, question):
        return torch.rand(5, 5)


class GivesWholeNumbers(Right):
    def explain(self, network, layer, question):
        return torch.zeros(len(question), 5, 5, dtype=torch.int64)


class GivesNaN(Right):
    def explain(self, network, layer, question):
        return torch.full((len(question), 5, 5), float("nan"))


class LacksScale:
    positive = True

    def explain(self, network, layer, question):
        return torch.rand(len(question), 5, 5)


class LacksAttribute(Right):
    def explain(self, network, layer, question):
        return self.baseline


class FailsLater(Right):
    def explain(self, network, layer, question):
        if question.index.tolist() != [0, 1]:
            raise RuntimeError("too many faces")
        return super().explain(network, layer, question)


class NaNLater(Right):
    def explain(self, network, layer, question):
        return super().explain(network, layer, question) * (1 if question.index.tolist() == [0, 1] else float("nan"))


class Nothing:
    """Is no part at all."""


class ReadsNothing:
    def read(self):
        return []


class FailsToRead:
    def read(self):
        raise OSError("the disk is on fire")


class SplitsNothing(KFold):
    def parts(self, frame, fold):
        return [1, 2]


class Scales:
    def __call__(self, crops):
        return crops.float() / 255


class Loses:
    def __call__(self, crops):
        return crops[:1]


def no_optimizer(params, **settings):
    return list(params)


def no_scheduler(optimizer, **settings):
    return 1


class Coverage:
    """A metric: the share of the mask that is relevant."""

    compares = "sets"
    higher_is_better = True
    bounds = (0.0, 1.0)
    title = "Coverage of the mask"

    def score(self, maps, reference, valid):
        both = (maps & reference & valid).sum((-2, -1))
        return both / (reference & valid).sum((-2, -1))


class OutOfBounds(Coverage):
    bounds = (2.0, 3.0)


class WrongShape(Coverage):
    def score(self, maps, reference, valid):
        return 0.5


class GivesWords(Coverage):
    def score(self, maps, reference, valid):
        return np.full(maps.shape[:-2], "much")


class FailsAtOnce(Coverage):
    def score(self, maps, reference, valid):
        raise KeyError("weights")


class FailsOnLargeMaps(Coverage):
    def score(self, maps, reference, valid):
        if maps[0].size > 20:
            raise ValueError("too large")
        return super().score(maps, reference, valid)


class NoIntervals(Coverage):
    needs = Needs(replicates=False)


class ComparesAList(Coverage):
    compares = ["sets"]  # noqa: RUF012 - a mistake


class BoundsInWords(Coverage):
    bounds = ("a", "b")


class SetsOfWeights(Coverage):
    reference = "weights"


class NeedsMuch(Coverage):
    needs = "much"


class LacksScore:
    compares = "values"
    higher_is_better = True
    bounds = (0, 1)


class LacksDirection:
    compares = "values"
