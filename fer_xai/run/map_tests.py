"""Tests of explainers for maps that came without their network: those tests that look at the maps alone."""

from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import torch
from hydra.utils import get_object
from torch import Tensor, nn

from fer_xai.config.choice_file import read_choice
from fer_xai.config.own import built
from fer_xai.config.parts import part_configs
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Explainer, Question
from fer_xai.explainers.baseline_maps import Edges
from fer_xai.face.warp import CanonicalWarp
from fer_xai.results.average_maps import LocalMaps, groups_of
from fer_xai.scoring.explainer_test_rows import IMAGE_COLUMNS, summarise_images
from fer_xai.trust.base import ImageFigures, Trial, TrustTest
from fer_xai.trust.measures import describe
from fer_xai.trust.pixel_ranks import baselines_of


class MapTests:
    """Puts imported maps to every test of `conf/trust` that looks at maps alone, beside what looks at no network.

    Attributes:
        tests: name -> test.
        left_out: names of the tests that ask the network.
    """

    def __init__(self) -> None:
        self.tests: dict[str, TrustTest] = {}
        self.left_out: list[str] = []
        for path in sorted(
            path for folder in (conf_dir(), *part_configs()) for path in (folder / "trust").glob("*.yaml")
        ):
            node = read_choice(path)
            if getattr(get_object(node["_target_"]), "of_maps_alone", False):
                self.tests[path.stem] = built(f"trust.{path.stem}", node, object, "a test of explainers")
            else:
                self.left_out.append(path.stem)

    @property
    def line(self) -> str:
        """Which tests are made, and which are not, and why."""
        made, others = ", ".join(self.tests), ", ".join(self.left_out)
        return f"tests of the maps alone are made: {made}; others ask the network, which is not there: {others}"

    def of(self, explainer: str, batch: LocalMaps) -> pd.DataFrame:
        """Figures of some maps, and of baselines for the same images.

        Args:
            explainer: whose maps.
            batch: the maps.

        Returns:
            Columns `IMAGE_COLUMNS`; baselines under their own names. Edges are not among them, for the pictures are not
            needed and may not be there.
        """
        known = np.asarray(batch.maps, dtype=np.float32)
        rows = pd.DataFrame({"expression": list(batch.expressions), "image": list(batch.images), "answer": ""}).assign(
            group=groups_of(batch.people, batch.images)
        )
        question = Question(
            torch.zeros(len(known), 3, *known.shape[1:]),
            torch.zeros(len(known), dtype=torch.int64),
            landmarks=torch.from_numpy(np.asarray(batch.landmarks, dtype=np.float32)),
            index=torch.tensor([crc32(name.encode()) for name in batch.images]),
        )
        parts = []
        for name, test in self.tests.items():
            makers = {word: make(0) for word, make in baselines_of(test).items()}
            explainers = {explainer: _Given(known)} | {k: v for k, v in makers.items() if not isinstance(v, Edges)}
            for word, one in explainers.items():
                for item in test.run(_trial(one, question)):
                    assert isinstance(item, ImageFigures)
                    of_item: dict[str, Any] = {"measure": item.measure, "step": item.step, "value": item.values}
                    parts.append(rows.assign(explainer=word, test=name, **of_item)[list(IMAGE_COLUMNS)])
        return pd.concat(parts, ignore_index=True)

    def contents(self, figures: Iterable[pd.DataFrame]) -> Mapping[str, object]:
        """What `write_run` takes of a run's figures.

        Args:
            figures: of `of`, of all maps of the run.
        """
        described = {name: describe(test) for name, test in self.tests.items()}
        # Baselines come once for every explainer of the same image.
        images = pd.concat(list(figures), ignore_index=True).drop_duplicates(
            ["explainer", "test", "measure", "expression", "image"], ignore_index=True
        )
        return {"trust": summarise_images(images, described), "trust_images": images, "trust_tests": described}


class _Given:
    """Maps that are there already.

    Args:
        maps: (n, y, x).
    """

    positive, local_scale = False, "none"

    def __init__(self, maps: np.ndarray) -> None:
        self.maps = torch.from_numpy(maps)

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """All of them, whatever is asked."""
        return self.maps


class _AsTheyAre(Trial):
    """A trial whose maps keep their own size, for there is no input of a network that they belong to."""

    def explain(self, question: Question, network: nn.Module | None = None) -> Tensor:
        """See `Trial.explain`."""
        return self.explainer.explain(self.network, self.layer, question).float()


def _trial(explainer: Explainer, question: Question) -> Trial:
    return _AsTheyAre(explainer, _NoNetwork(), "", [question], 0, CanonicalWarp())


class _NoNetwork(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        raise NotApplicableError("the network of imported maps is not there")
