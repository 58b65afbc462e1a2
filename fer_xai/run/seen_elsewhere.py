"""What a network that was trained elsewhere may have seen of the images and people that it is tested with."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from fer_xai.data.copies.listed_copies import copies_of_listed
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.base import LEFT_OUT, TEST, Parts
from fer_xai.errors import UserError
from fer_xai.run.elsewhere import is_elsewhere


@dataclass(frozen=True, eq=False)
class SeenElsewhere:
    """What is known of a network's training elsewhere.

    Attributes:
        name: of the network.
        listed: number of training images that are listed; None without a list.
        looked_at: how many of them were there to be compared.
        copies: (m,) rows of tested images that are like one of them.
    """

    name: str
    listed: int | None
    looked_at: int
    copies: np.ndarray

    @classmethod
    def of(cls, cfg: DictConfig, faces: PreparedFaces, parts: Parts) -> "SeenElsewhere | None":
        """Look for tested images in the list of training images; None for a network that is trained here.

        Raises:
            UserError: the list cannot be read, or none of its images is there.
        """
        if not is_elsewhere(cfg):
            return None
        if cfg.model.trained_on is None:
            return cls(cfg.model.name, None, 0, np.empty(0, dtype=np.int64))
        found = copies_of_listed(Path(cfg.model.trained_on), "model.trained_on", faces, cfg.prepare.workers)
        tested = np.isin(found.rows, parts.test)
        return cls(cfg.model.name, found.listed, found.looked_at, found.rows[tested])

    def left_out_of(self, parts: Parts, images: int) -> Parts:
        """The parts without tested images that the network was trained on, with a note.

        Raises:
            UserError: no tested image is left.
        """
        words = parts.words(images)
        words[self.copies] = LEFT_OUT
        if not (words == TEST).any():
            raise UserError(
                f"model.trained_on: all {len(parts.test)} tested images are among those that {self.name} was trained "
                "on, or nearly the same as one of them: test it on other images"
            )
        return replace(Parts.of(words), notes=(*parts.notes, self.sentence()))

    def sentence(self) -> str:
        """What a user has to know."""
        if self.listed is None:
            return (
                f"{self.name} was trained elsewhere, on images that are not known: people and images tested here may "
                "have been seen (model.trained_on=FILE looks for them)"
            )
        return (
            f"{self.name} was trained elsewhere, on {self.listed} listed images, of which {self.looked_at} could be "
            f"looked at: {len(self.copies)} tested images are the same or nearly the same, and were left out; other "
            "images of the same people may have been seen"
        )

    def facts(self) -> dict[str, Any]:
        """For the record."""
        facts: dict[str, Any] = {"trained_elsewhere": self.sentence()}
        if self.listed is not None:
            facts |= {"trained_on_images": self.listed, "tested_copies": len(self.copies)}
        return facts
