"""A smooth model of the network's logits over what is shown of a picture, from which LIME needs fewer passes."""

from collections.abc import Callable

import torch
from torch import Tensor

from fer_xai.errors import UserError

#: Samples that the model is asked about at once.
_CHUNK = 4096


class Surrogate:
    """Kernel ridge regression of all logits (a Gaussian process's mean) on which parts are shown.

    The likeness of two samples is exp(-rate * number of parts in which they differ). Logits, unlike probabilities, are
    nearly additive in the parts, so that a few hundred samples tell most of what any sample gives.

    Args:
        rate: of the likeness.
        noise: strength of the ridge.
        samples: the model is asked about so many samples in place of the network.

    Raises:
        UserError: a setting is out of range.
    """

    def __init__(self, rate: float = 0.05, noise: float = 0.01, samples: int = 20_000) -> None:
        for key, value in {"rate": rate, "noise": noise, "samples": samples}.items():
            if not value > 0:
                raise UserError(f"lime.surrogate.{key}={value}: a number above 0 is needed")
        self.rate, self.noise, self.samples = rate, noise, samples

    def fit(self, shown: Tensor, logits: Tensor) -> Callable[[Tensor], Tensor]:
        """Fit the model.

        Args:
            shown: bool (n, parts).
            logits: (n, classes), what the network says of them.

        Returns:
            A function from bool (m, parts) to logits, float64 (m, classes), up to a number common to all classes.
        """
        known = shown.double()
        # A number that all logits share changes no probability, and would only have to be learnt.
        values = logits.double() - logits.double().mean(dim=1, keepdim=True)
        mean = values.mean(dim=0)
        likeness = self._likeness(known, known) + self.noise * torch.eye(len(known), dtype=known.dtype)
        weights = torch.linalg.solve(likeness, values - mean)

        def predict(asked: Tensor) -> Tensor:
            parts = asked.double().split(_CHUNK)
            return torch.cat([mean + self._likeness(part, known) @ weights for part in parts])

        return predict

    def _likeness(self, a: Tensor, b: Tensor) -> Tensor:
        differing = a.sum(dim=1)[:, None] + b.sum(dim=1) - 2 * a @ b.mT
        return (-self.rate * differing).exp()
