"""A run that is ready to begin: what training on expressions and recognising people share before they train."""

from dataclasses import dataclass

import pytorch_lightning as pl
from omegaconf import DictConfig, OmegaConf

from fer_xai.callbacks.context import RunContext
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.base import Parts
from fer_xai.models.network import Network
from fer_xai.models.pretrained_weights import Provenance, load_weights
from fer_xai.results.paths import StudyPaths
from fer_xai.run.elsewhere import is_elsewhere, provenance_elsewhere
from fer_xai.run.trial import build_network, try_parts


@dataclass(frozen=True)
class PreparedRun:
    """One run with all that it needs before it trains; what it finds from then on goes into its context.

    Attributes:
        cfg: the `train` config that was asked for, which records tell of.
        training: the config that the network is built and trained by: the same, but for the classes and callbacks of a
            network that recognises people.
        network: with its first weights.
        weights: what these are.
        context: what the run's callbacks share: names, files, faces, parts.
    """

    cfg: DictConfig
    training: DictConfig
    network: Network
    weights: Provenance
    context: RunContext

    @property
    def jobs(self) -> tuple[str, ...]:
        """Keys of the jobs of a sweep that this run does."""
        return (self.cfg.job,) if self.cfg.job else ()


def first_network(training: DictConfig, faces: PreparedFaces) -> tuple[Network, Provenance, list[str]]:
    """The network of a run with its first weights, or those that it got elsewhere, after all parts were tried on it.

    Args:
        training: config that the network is built and trained by.
        faces: that it will see.

    Returns:
        The network, what its weights are, and what a user should know of it.

    Raises:
        UserError: a part with which the run would fail later.
        NotApplicableError: weights that the network never had.
        UnavailableError: weights that cannot be had here.
    """
    pl.seed_everything(training.seed, workers=True, verbose=False)
    network = build_network(training)
    if is_elsewhere(training):
        weights = provenance_elsewhere(training)
    else:
        weights = load_weights(network, training.pretrained, training.model.weights.tag)
    return network, weights, try_parts(training, network, faces)


def run_context(
    cfg: DictConfig,
    study: StudyPaths,
    faces: PreparedFaces,
    parts: Parts,
    weights: Provenance,
    name: str,
    fingerprints: tuple[str, str],
) -> RunContext:
    """What the callbacks of a run begin with.

    Args:
        cfg: the `train` config that was asked for; loggers may send it away.
        study: that the run belongs to.
        faces: that it sees.
        parts: which of them are trained on, chosen by and tested.
        weights: that the network starts from.
        name: of the run.
        fingerprints: of the trained network and of the run.
    """
    training, run = fingerprints
    return RunContext(
        name=name,
        study=study.root.name,
        network=cfg.model.name,
        pretrained=weights.word,
        fold=cfg.fold,
        training_fingerprint=training,
        run_fingerprint=run,
        paths=study.run(name),
        trained=study.trained_network(training),
        faces=faces,
        config=dict(OmegaConf.to_container(cfg, resolve=True)),  # type: ignore[arg-type]
        parts=parts,
    )
