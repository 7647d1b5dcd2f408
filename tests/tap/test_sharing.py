"""One model, many visitors: what one sees is not changed by the others, and nothing stays behind."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import torch
from torch import nn

from explorer.tap import Observation, observe, observe_with_gradients
from explorer.tap.clone import clone_sharing_weights
from tests.tap.families import FAMILIES

VISITORS = 16
HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_always_called",
)


def look(net: nn.Module, x: torch.Tensor, visitor: int) -> Observation:
    """Visitors differ in what they ask for, so that one's wishes could leak into another's."""
    return observe(
        net,
        x,
        maps="all" if visitor % 2 else "none",
        activations=("blocks.1", "norm") if visitor % 3 else (),
    )


def test_sixteen_threads_see_to_the_bit_what_one_sees():
    for name in ("ViT, class token", "EVA-02", "BEiT"):
        family = FAMILIES[name]
        net = family.build()
        pictures = [family.pictures(seed=visitor) for visitor in range(VISITORS)]
        alone = [look(net, x, visitor) for visitor, x in enumerate(pictures)]
        together_now = Barrier(VISITORS)

        def visit(
            visitor: int, net: nn.Module = net, pictures: Any = pictures, start: Any = together_now
        ) -> Any:
            start.wait()
            return [look(net, pictures[visitor], visitor) for _ in range(2)]

        with ThreadPoolExecutor(VISITORS) as pool:
            crowd = list(pool.map(visit, range(VISITORS)))
        for single, several in zip(alone, crowd, strict=True):
            for seen in several:
                assert_same(seen, single)


def assert_same(seen: Observation, single: Observation) -> None:
    assert torch.equal(seen.output, single.output)
    assert seen.activations.keys() == single.activations.keys()
    assert all(torch.equal(seen.activations[name], single.activations[name]) for name in seen.activations)
    assert len(seen.calls) == len(single.calls) == 3
    for ours, theirs in zip(seen.calls, single.calls, strict=True):
        assert torch.equal(ours.queries, theirs.queries)
        assert torch.equal(ours.keys, theirs.keys)
        assert torch.equal(ours.weights(), theirs.weights())
        assert (ours.cached is None) == (theirs.cached is None)


def test_a_thread_that_does_not_watch_is_not_seen():
    family = FAMILIES["ViT, class token"]
    net = family.build()

    class Meddling(nn.Module):
        """Runs the shared network in another thread in the middle of its own pass."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(net, family.pictures(seed=9)).result()
            return net(x)

    assert len(observe(Meddling().eval(), family.pictures()).calls) == 3


def everything_on(net: nn.Module) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for name, part in net.named_modules():
        for key, value in vars(part).items():
            state[f"{name}:{key}"] = list(value) if isinstance(value, dict) else value
        for hooks in HOOKS:
            assert not getattr(part, hooks)
        state[f"{name}:fused"] = getattr(part, "fused_attn", None)
    return state


def test_nothing_is_left_on_the_model():
    family = FAMILIES["DINOv2 with registers"]
    net, x = family.build(), family.pictures()
    before = everything_on(net)
    weights = {
        name: (tensor.data_ptr(), tensor.clone()) for name, tensor in net.state_dict(keep_vars=True).items()
    }
    observe(net, x, maps="all", activations=("blocks.0", "blocks.2.attn.proj"))
    observe_with_gradients(net, x, activations=("blocks.0",))
    after = everything_on(net)
    assert after.keys() == before.keys()
    assert all(after[key] is before[key] or after[key] == before[key] for key in before)
    for name, tensor in net.state_dict(keep_vars=True).items():
        place, value = weights[name]
        assert tensor.data_ptr() == place
        assert torch.equal(tensor, value)
        assert tensor.grad is None
        assert not tensor.requires_grad
    assert not nn.modules.module._global_forward_hooks


def test_a_twin_shares_every_number_and_no_module():
    net = FAMILIES["EVA-02"].build()
    own = clone_sharing_weights(net)
    shared = dict([*net.named_parameters(), *net.named_buffers()])
    for name, tensor in [*own.named_parameters(), *own.named_buffers()]:
        assert tensor is shared[name]
    assert not set(map(id, net.modules())) & set(map(id, own.modules()))
