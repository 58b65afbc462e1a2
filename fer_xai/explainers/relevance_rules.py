"""How layers hand relevance back: their gradients, changed so that input times gradient is the relevance."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from fer_xai.errors import NotApplicableError

#: Applies a linear layer with other weights and another bias.
Apply = Callable[[Tensor, Tensor, Tensor | None], Tensor]

#: Gives a linear layer's output, with the gradient of its rule.
Rule = Callable[[Apply, Tensor, Tensor, Tensor | None], Tensor]


class Rules:
    """The rules for linear layers (Montavon et al., 'Layer-wise relevance propagation: an overview', 2019, table 1).

    Gamma and alpha-beta are taken in the form that holds for inputs of both signs (Andéol et al. 2021).

    Args:
        epsilon: added to denominators, away from 0.
        gamma: how much more positive contributions count.
        alpha: share of positive contributions; of negative ones `1 - alpha`.
    """

    def __init__(self, epsilon: float, gamma: float, alpha: float) -> None:
        self.constant, self.more, self.share = epsilon, gamma, alpha

    def epsilon(self, apply: Apply, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Every input has its contribution to the output."""
        output = apply(x, weight, bias)
        return self.handed(output, output)

    def gamma(self, apply: Apply, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Contributions of the output's own sign count `1 + gamma` times."""
        output = apply(x, weight, bias)
        above, below = (_signed(apply, x, weight, bias, sign, rest=1.0, chosen=self.more) for sign in (1, -1))
        return self.handed(output, torch.where(output > 0, above, below))

    def alpha_beta(self, apply: Apply, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Positive and negative contributions share the relevance apart."""
        output = apply(x, weight, bias)
        up, down = (_signed(apply, x, weight, bias, sign, rest=0.0, chosen=1.0) for sign in (1, -1))
        for_it, against = self.share * up * self.ratio(output, up), (1 - self.share) * down * self.ratio(output, down)
        return _with_value(output, for_it + against)

    def handed(self, output: Tensor, parts: Tensor) -> Tensor:
        """The output, whose relevance goes where the sum `parts` comes from."""
        return _with_value(output, parts * self.ratio(output, parts))

    def ratio(self, output: Tensor, parts: Tensor) -> Tensor:
        """A constant by which `parts` would have to be multiplied to be the output."""
        away = torch.where(parts < 0, -self.constant, self.constant)
        return (output / (parts + away)).detach()


def _signed(
    apply: Apply, x: Tensor, weight: Tensor, bias: Tensor | None, sign: int, rest: float, chosen: float
) -> Tensor:
    """The sum of contributions, of which those of one sign count `rest + chosen` times and the others `rest` times."""

    def weighted(values: Tensor, sign: int) -> Tensor:
        return rest * values + chosen * (values.clamp(min=0) if sign > 0 else values.clamp(max=0))

    from_positive = apply(x.clamp(min=0), weighted(weight, sign), None if bias is None else weighted(bias, sign))
    return from_positive + apply(x.clamp(max=0), weighted(weight, -sign), None)


def _with_value(value: Tensor, gradient: Tensor) -> Tensor:
    """A tensor with the value of one and the gradient of the other."""
    return gradient + (value - gradient).detach()


#: Element-wise functions, which hand the relevance of each value to the value at its place.
ACTIVATIONS = frozenset(
    {"celu", "elu", "gelu", "hardswish", "hardtanh", "leaky_relu", "local_response_norm", "mish", "normalize"}
    | {"prelu", "relu", "relu6", "selu", "silu", "softplus", "tanh"}
)
#: Their outputs are gates: constants, by which something else is multiplied.
GATES = frozenset({"hardsigmoid", "sigmoid", "softmax"})


class RelevanceMode(TorchFunctionMode):
    """Within it, what a network computes has the same values and the gradients of the rules.

    Functions are met where torch is called, so sums, gates and attention count as much as modules do. Sums, averages,
    maxima and whatever moves values have the gradients that they have anyway.

    Args:
        rules: for linear layers.
        convolution: that of convolutions; other linear layers have the epsilon rule.
    """

    def __init__(self, rules: Rules, convolution: Rule) -> None:
        super().__init__()
        self.rules = rules
        self.convolution = convolution
        self.last: tuple[Any, ...] = (None,)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # In-place forms (relu_, __imul__) are as good as the others: what they return goes on.
        name = getattr(func, "__name__", "").strip("_")
        kwargs = kwargs or {}
        if name in GATES:
            return func(*args, **kwargs).detach()
        if name in ACTIVATIONS:
            x, *rest = args
            output = func(x.detach().clone(), *rest, **kwargs)
            return self.rules.handed(output, x)
        own = _OWN.get(name)
        return func(*args, **kwargs) if own is None else own(self, func, *args, **kwargs)

    def _conv2d(
        self, func: Any, x: Tensor, weight: Tensor, bias: Tensor | None = None, *rest: Any, **named: Any
    ) -> Any:
        def apply(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
            return func(x, weight, bias, *rest, **named)

        output = self.convolution(apply, x, weight, bias)
        self.last = (output, apply, x, weight, bias)
        return output

    def _linear(self, func: Any, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return self.rules.epsilon(func, x, weight, bias)

    def _batch_norm(
        self,
        func: Any,
        x: Tensor,
        mean: Tensor,
        variance: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        """With the convolution right before it, one convolution; by itself a linear function with its own gradient."""
        output, *convolution = self.last
        if x is not output:
            return func(x, mean, variance, weight, bias, training, momentum, eps)
        apply, before, kernel, offset = convolution
        scale = (variance + eps).rsqrt() * (1 if weight is None else weight)
        offset = ((0 if offset is None else offset) - mean) * scale + (0 if bias is None else bias)
        return self.convolution(apply, before, kernel * scale[:, None, None, None], offset)

    def _layer_norm(
        self,
        func: Any,
        x: Tensor,
        shape: Any,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        eps: float = 1e-5,
    ) -> Tensor:
        """The standard deviation is a constant."""
        places = tuple(range(-len(shape), 0))
        centred = (x - x.mean(dim=places, keepdim=True)) * (x.var(places, False, keepdim=True) + eps).rsqrt().detach()
        return centred * (1 if weight is None else weight) + (0 if bias is None else bias)

    def _group_norm(
        self,
        func: Any,
        x: Tensor,
        groups: int,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        eps: float = 1e-5,
    ) -> Tensor:
        apart = x.reshape(len(x), groups, -1)
        normed = self._layer_norm(func, apart, apart.shape[2:], eps=eps).view_as(x)
        channels = [1, -1] + [1] * (x.ndim - 2)
        return normed * (1 if weight is None else weight.view(channels)) + (0 if bias is None else bias.view(channels))

    def _product(self, func: Any, a: Any, b: Any) -> Any:
        """Two factors that both carry relevance have half of it each."""
        multiply = torch.matmul if "matmul" in func.__name__ or "bmm" in func.__name__ else torch.mul
        if not (_carries(a) and _carries(b)):
            return multiply(a, b)
        return (multiply(a, b.detach()) + multiply(a.detach(), b)) / 2

    def _quotient(self, func: Any, a: Any, b: Any, **named: Any) -> Any:
        return func(a, b.detach() if isinstance(b, Tensor) else b, **named)

    def _attention(self, func: Any, queries: Tensor, keys: Tensor, values: Tensor, *rest: Any, **named: Any) -> Tensor:
        """Who attends to whom is a constant, as where it is the softmax that is called."""
        return func(queries.detach(), keys.detach(), values, *rest, **named)

    def _refused(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotApplicableError(
            f"relevance propagation has no rule for {func.__name__}, which this network uses: attention is carried "
            "where it is made of single steps (timm's transformers)"
        )


def _carries(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


_OWN: dict[str, Callable[..., Any]] = {
    "conv2d": RelevanceMode._conv2d,
    "linear": RelevanceMode._linear,
    "batch_norm": RelevanceMode._batch_norm,
    "layer_norm": RelevanceMode._layer_norm,
    "group_norm": RelevanceMode._group_norm,
    **dict.fromkeys(("mul", "imul", "rmul", "multiply", "matmul", "bmm"), RelevanceMode._product),
    **dict.fromkeys(("div", "truediv", "itruediv", "divide"), RelevanceMode._quotient),
    F.scaled_dot_product_attention.__name__: RelevanceMode._attention,
    F.multi_head_attention_forward.__name__: RelevanceMode._refused,
}
