"""Layer-wise relevance propagation: the score, handed back from layer to layer to the pixels."""

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.passes import at_least
from fer_xai.explainers.relevance_rules import RelevanceMode, Rules

#: What convolutions may go by, see `Rules`.
RULES = ("epsilon", "gamma", "alpha_beta")


class RelevancePropagation:
    """Layer-wise relevance propagation (Bach et al., PLoS ONE 2015; rules as in Montavon et al. 2019, table 1).

    The score is handed back from each layer to the one before it, in shares of what each input contributed. A pixel's
    value is the sum over its channels, with its sign; but for what biases take, an image's values sum to its score.

    Convolutions, merged with a batch normalisation right behind them, go by `rule`; other linear layers by the epsilon
    rule, as is usual (Kohlbrenner et al., IJCNN 2020). Activations hand on what they have; sums in proportion; gates
    (sigmoid) and attention (softmax) are constants, as are standard deviations of layer normalisation (Arras et al.
    2017; Ali et al., ICML 2022); of a product of two signals each has half (Achtibat et al., ICML 2024). So
    queries and keys of a transformer have no relevance. What else a network does goes by its gradient.

    Args:
        rule: of convolutions: epsilon (as much as each input contributes), gamma (what agrees with the output counts
            more) or alpha_beta (positive and negative contributions apart).
        epsilon: added to denominators, away from 0; more of it hides small contributions.
        gamma: of the gamma rule, how much more what agrees counts.
        alpha: of the alpha_beta rule, the share of positive contributions; beta is alpha - 1. What has contributions of
            one sign alone loses the other's share.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Raises:
        UserError: a setting is out of range.
    """

    title = "relevance propagation"

    def __init__(
        self,
        rule: str = "gamma",
        epsilon: float = 1e-6,
        gamma: float = 0.25,
        alpha: float = 2.0,
        local_scale: str = "mass",
        positive: bool = False,
    ) -> None:
        if rule not in RULES:
            raise UserError(f"relevance_propagation.rule={rule} is not known: choose one of {', '.join(RULES)}")
        if epsilon <= 0:
            raise UserError(f"relevance_propagation.epsilon={epsilon}: more than 0 is needed")
        at_least(gamma, 0, "relevance_propagation.gamma")
        at_least(alpha, 1, "relevance_propagation.alpha")
        self.rule, self.rules = rule, Rules(epsilon, gamma, alpha)
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, `layer` takes no part.

        Raises:
            NotApplicableError: the network attends in a way that has no rule.
            UserError: the network has no such class.
        """
        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            images = question.images.clone().detach().requires_grad_()
            with RelevanceMode(self.rules, getattr(self.rules, self.rule)):
                logits = network(images)
            (gradient,) = torch.autograd.grad(question.score(logits).sum(), images)
        return (images * gradient).sum(dim=1).detach().float()
