"""Insertion: relevant pixels are given first; the class's probability should rise early."""

import torch
from torch import Tensor

from fer_xai.trust.deletion import Deletion


class Insertion(Deletion):
    """The insertion curve (Petsiuk et al., RISE, BMVC 2018, section 4.2) and the area under it; higher is better.

    The class's probability against the share of pixels that are shown, the most relevant first, the others hidden.
    Settings and measures are those of `Deletion`.
    """

    title = "Insertion"
    sentence = "Area under the class's probability while the most relevant pixels are shown first."
    higher_is_better = True
    shares_of = "share of pixels shown"

    def changed(self, images: Tensor, hidden: Tensor, first: Tensor) -> Tensor:
        """Hidden pictures (b, 3, h, w) with the `first` pixels, bool (b, 1, h, w), of the images."""
        return torch.where(first, images, hidden)
