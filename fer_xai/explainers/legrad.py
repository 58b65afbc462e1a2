"""LeGrad: how the score of each block's tokens answers to that block's attention."""

import torch
from torch import Tensor, nn

from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.transformer import Transformer, at_places


class LeGrad:
    """LeGrad (Bousselham et al., 2024, arXiv:2404.03214, section 3), for vision transformers of timm.

    The network's own last layers are put on the tokens of each block, which gives a score for each; its gradient with
    respect to that block's attention, what is negative set to 0, is averaged over heads and querying tokens, and then
    over the blocks. Tokens are pooled as the network pools them. The paper stretches each map to [0, 1] in the end;
    here it stays as it is, never negative.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging; there is none here.
    """

    title = "LeGrad"

    def __init__(self, local_scale: str = "mass", positive: bool = False) -> None:
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the patches, `layer` takes no part.

        Raises:
            NotApplicableError: the network is no vision transformer whose every block attends from all tokens to all.
            UserError: the network has no such class.
        """
        transformer = Transformer(network, self.title)
        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            seen = transformer.run(question, apart=True)
            scores = [question.score(transformer.logits(tokens)).sum() for tokens in seen.outputs]
            gradients = torch.autograd.grad(scores, seen.attentions)
        blocks = [gradient.clamp(min=0).mean(dim=(1, 2)).float() for gradient in gradients]
        return at_places(torch.stack(blocks).mean(dim=0), seen.places)
