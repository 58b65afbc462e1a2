"""F-Fidelity: pixels are removed at random among the relevant ones, and a copy that knows such pictures is asked."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.passes import at_least
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.masked_training import fine_tuned
from fer_xai.trust.measures import Curve, Measure
from fer_xai.trust.pixel_ranks import probability, ranks, share_of


class FFidelity:
    """Fine-tuned fidelity (Zheng et al., ICLR 2025, arXiv 2410.02970, and the authors' code).

    A copy of the network learns for a while on training faces of which a share `removed` of the pixels, drawn at
    random, is 0 in the network's input, so that such pictures are nothing new to it; no explanation takes part. Then,
    of a test face's most relevant pixels (each of `shares` in turn), every one is removed with the probability `alpha`,
    or with less, so that about `removed` of all pixels go at most: the copy knows no other pictures. The copy is thrown
    away; the network stays as it is.

    Measures: how much probability of the explained class the copy loses on average over `samples` such draws when the
    pixels are among the most relevant ones (`plus`, higher is better) and among the least relevant ones (`minus`, lower
    is better), by share, and their means over the shares, `area_plus` and `area_minus`; and `same_answer`, whether the
    copy names the class of the whole face that the network names. The paper counts right answers in place of
    probability, which the other tests here take.

    What it cannot tell: the copy is another network. Where it answers otherwise, or was trained for too long, a loss of
    its probability says little of the network. What is removed is scattered single pixels, at most `removed` of them: a
    network that looks at coarse shapes loses hardly anything, whatever map chooses them, and all explainers are alike
    then. The map is that of the network; the authors' code explains the copy (`maps: copy`).

    Args:
        removed: share of the pixels that is removed in training, and at most in the test; the paper's beta.
        alpha: with which probability a pixel is removed, unless that makes more than `removed`; the paper's.
        shares: of the pixels, among which others are removed.
        samples: draws of each; the paper has 50.
        faces: training faces that the copy learns from, at most.
        epochs: how often it sees each; 0 asks the network itself, as it is.
        lr: learning rate of Adam.
        batch_size: faces per step.
        maps: network, or copy: which of the two is explained.

    Raises:
        UserError: a setting is out of range.
    """

    title = "F-Fidelity"
    sentence = (
        "How much probability is lost when pixels are removed at random among the most (plus) or the least (minus) "
        "relevant ones, by a copy of the network that was fine-tuned on faces with such holes."
    )
    by_order = True
    _CURVE = Curve("share of pixels among which some are removed", "loss of probability")
    measures = (
        Measure("area_plus", "F-Fidelity, most relevant", higher_is_better=True, faithful=True),
        Measure("area_minus", "F-Fidelity, least relevant", higher_is_better=False, faithful=True),
        Measure("same_answer", "the copy answers as the network", True, judged=False),
        Measure("plus", "F-Fidelity, most relevant", True, _CURVE),
        Measure("minus", "F-Fidelity, least relevant", False, _CURVE),
    )

    def __init__(
        self,
        removed: float = 0.1,
        alpha: float = 0.5,
        shares: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.9),
        samples: int = 10,
        faces: int = 200,
        epochs: int = 5,
        lr: float = 1e-4,
        batch_size: int = 32,
        maps: str = "network",
    ) -> None:
        key = "trust.f_fidelity"
        for name, share in (("removed", removed), ("alpha", alpha), *(("shares", share) for share in shares)):
            if not 0 < share <= 1:
                raise UserError(f"{key}.{name}={share}: a share above 0, at most 1, is needed")
        at_least(len(list(shares)), 1, f"the number of {key}.shares")
        for name, number, least in (("samples", samples, 1), ("faces", faces, 2), ("epochs", epochs, 0)):
            at_least(number, least, f"{key}.{name}")
        at_least(batch_size, 2, f"{key}.batch_size")
        if not lr > 0:
            raise UserError(f"{key}.lr={lr}: must be above 0, such as 1e-4")
        if maps not in ("network", "copy"):
            raise UserError(f"{key}.maps={maps}: known are network and copy")
        self.removed, self.alpha, self.shares, self.samples = removed, alpha, list(shares), samples
        self.faces, self.epochs, self.lr, self.batch_size, self.maps = faces, epochs, lr, batch_size, maps

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`.

        Raises:
            NotApplicableError: no face is known that the network was trained on, or its weights cannot be changed.
        """
        losses: dict[tuple[str, float], list[np.ndarray]] = {}
        same = []
        for question, of_network in zip(trial.questions, trial.maps, strict=True):
            copy = self._copy(trial, question)
            maps = of_network if self.maps == "network" else trial.explain(question, copy)
            whole = probability(copy, question, question.images, maps)
            same.append(_named(copy, question) == _named(trial.network, question))
            for (measure, share), left in self._left(trial, question, copy, maps).items():
                losses.setdefault((measure, share), []).append(whole - left)
        curves = {key: np.concatenate(parts) for key, parts in losses.items()}
        for (measure, share), values in curves.items():
            yield ImageFigures(measure, values, share)
        for measure in ("plus", "minus"):
            yield ImageFigures(f"area_{measure}", np.mean([curves[measure, share] for share in self.shares], axis=0))
        yield ImageFigures("same_answer", np.concatenate(same).astype(np.float64))

    def _copy(self, trial: Trial, question: Question) -> nn.Module:
        """The fine-tuned copy, the same one for all explainers of a run."""
        if not self.epochs:
            return trial.network
        if question.training is None:
            raise NotApplicableError("its copy of the network learns from faces of the training, and none are known")
        faces = question.training(self.faces)
        settings = (self.removed, self.epochs, self.lr, self.batch_size, trial.seed)
        return faces.share(("f_fidelity", *settings), partial(fine_tuned, trial.network, faces, *settings))

    def _left(
        self, trial: Trial, question: Question, copy: nn.Module, maps: Tensor
    ) -> dict[tuple[str, float], np.ndarray]:
        """The mean probability that is left, (b,), by measure and share."""
        most_first = ranks(maps, question, trial.seed)
        orders = {"plus": most_first, "minus": most_first[0].numel() - 1 - most_first}
        left = {(measure, share): np.zeros(len(question)) for measure in orders for share in self.shares}
        for sample in range(self.samples):
            lots = _lots(question, trial.seed, sample).to(question.images.device)
            for measure, share in left:
                # Of a larger share, fewer: no more than the copy has seen removed.
                odds = min(self.alpha, self.removed / share)
                gone = share_of(orders[measure], share) & (lots < odds)
                pictures = question.images.masked_fill(gone, 0)
                left[measure, share] += probability(copy, question, pictures, maps) / self.samples
        return left


def _lots(question: Question, seed: int, sample: int) -> Tensor:
    """A number from 0 to 1 for each pixel, (b, 1, h, w), from the seed, the image and the sample."""
    size = question.images.shape[-2:]
    drawn = [np.random.default_rng((seed, number, sample)).random((1, *size)) for number in question.seeds]
    return torch.from_numpy(np.stack(drawn))


def _named(network: nn.Module, question: Question) -> np.ndarray:
    """The class that a network names of each image, (b,)."""
    with frozen(network), torch.no_grad():
        named: np.ndarray = network(question.images).argmax(dim=1).cpu().numpy()
    return named
