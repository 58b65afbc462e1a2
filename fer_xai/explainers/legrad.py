"""LeGrad: how the score of each block's tokens answers to that block's attention."""

import torch
from torch import Tensor

from fer_xai.explainers.attention import AttentionExplainer
from fer_xai.explainers.base import Question
from fer_xai.explainers.transformer import Transformer, at_places


class LeGrad(AttentionExplainer):
    """LeGrad (Bousselham et al., 2024, arXiv:2404.03214, section 3), for vision transformers of timm.

    The network's own last layers are put on the tokens of each block, which gives a score for each; its gradient with
    respect to that block's attention, what is negative set to 0, is averaged over heads and querying tokens, and then
    over the blocks. Tokens are pooled as the network pools them. The paper stretches each map to [0, 1] in the end;
    here it stays as it is, never negative.
    """

    title = "LeGrad"

    def relevance(self, transformer: Transformer, question: Question) -> Tensor:
        """See `AttentionExplainer.relevance`."""
        with torch.inference_mode(False), torch.enable_grad():
            seen = transformer.run(question, apart=True)
            scores = [question.score(transformer.logits(tokens)).sum() for tokens in seen.outputs]
            gradients = torch.autograd.grad(scores, seen.attentions)
        blocks = [gradient.clamp(min=0).mean(dim=(1, 2)).float() for gradient in gradients]
        return at_places(torch.stack(blocks).mean(dim=0), seen.places)
