"""Looks at what a network does with one black image: which layers it calls, which parameters it uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class Call:
    """One call of a module: what went in (shape; empty where it was no tensor) and what came out."""

    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]


def calls_of(network: nn.Module, run: Callable[[], Any]) -> tuple[Any, list[Call]]:
    """What `run` returns, and the calls of `network`'s modules that it made, in the order in which they ended."""
    calls: list[Call] = []
    handles = [
        module.register_forward_hook(lambda module, args, out: calls.append(Call(module, _shape(args), _shape((out,)))))
        for module in network.modules()
    ]
    try:
        return run(), calls
    finally:
        for handle in handles:
            handle.remove()


def _shape(values: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(values[0].shape) if values and isinstance(values[0], Tensor) else ()


def drop_unused(network: nn.Module, output: Tensor, calls: list[Call]) -> None:
    """Replace layers that `output` does not depend on, so that every parameter that is left gets a gradient.

    Layers that were not called and whose parameters get no gradient become the identity; parameters that take part in
    no layer of their own, or in one that is called for nothing, are set to need no gradient.

    Args:
        network: whose output it is.
        output: with its graph.
        calls: of the pass that gave it.
    """
    output.sum().backward()
    called = {call.module for call in calls}
    _replace(network, called)
    for parameter in network.parameters():
        parameter.requires_grad_(parameter.requires_grad and parameter.grad is not None)
        parameter.grad = None


def _replace(network: nn.Module, called: set[nn.Module]) -> None:
    for name, child in list(network.named_children()):
        parameters = list(child.parameters())
        # A layer may be used without being called, through its weight: the gradient tells.
        if parameters and called.isdisjoint(child.modules()) and all(p.grad is None for p in parameters):
            setattr(network, name, nn.Identity())
        else:
            _replace(child, called)
