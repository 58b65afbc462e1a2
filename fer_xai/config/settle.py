"""A composed config in the form that the program reads."""

from omegaconf import DictConfig

from fer_xai.config.data_sets import settle_data
from fer_xai.config.references import settle_references
from fer_xai.config.words import settle_words


def settle(cfg: DictConfig) -> None:
    """Settle data sets, references and words for expressions, in place; a config that has been settled stays as it is.

    Args:
        cfg: a composed config.

    Raises:
        UserError: as `settle_data`, `settle_references` and `settle_words` do.
    """
    settle_data(cfg)
    settle_references(cfg)
    settle_words(cfg)
