import pytest
import torch
from torch import nn

from explorer.training.optimizer import Muon, Optimizer
from explorer.training.precision import precision


class Small(nn.Module):
    """A convolution, a matrix, a code and a last map."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.inner = nn.ModuleDict({"conv": nn.Conv2d(4, 6, 3, bias=False), "map": nn.Linear(6, 5)})
        self.pos_embed = nn.Parameter(torch.randn(1, 4, 9, 9))
        self.head = nn.Linear(5, 2)

    def no_weight_decay(self):
        return {"pos_embed"}

    def forward(self, x):
        # Bent at every place, so that gradients have full rank.
        maps = torch.tanh(self.inner["conv"](x + self.pos_embed)).movedim(1, -1)
        return self.head(torch.tanh(self.inner["map"](maps))).square().sum()


def stepped(module, steps=1, **said):
    optimizer = Optimizer(module, **{"rate": 0.1, "weight_decay": 0.0} | said)
    for step in range(steps):
        torch.manual_seed(step)
        module(torch.randn(2, 4, 9, 9)).backward()
        optimizer.step(0.5)
    return optimizer


def test_without_named_parts_it_is_adamw_that_decays_matrices_alone():
    ours, theirs = Small(), Small()
    stepped(ours, 4, weight_decay=0.3)
    free = [p for name, p in theirs.named_parameters() if p.ndim < 2 or name == "pos_embed"]
    rest = [p for p in theirs.parameters() if all(p is not parameter for parameter in free)]
    reference = torch.optim.AdamW(
        [{"params": free, "weight_decay": 0.0}, {"params": rest, "weight_decay": 0.3}], lr=0.05
    )
    for step in range(4):
        torch.manual_seed(step)
        reference.zero_grad()
        theirs(torch.randn(2, 4, 9, 9)).backward()
        reference.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other)


@pytest.mark.parametrize("part", ["conv", "map"])
def test_muon_steps_along_the_orthogonal_factor_of_the_gradient(part):
    module = Small()
    weight = module.inner[part].weight
    before = weight.detach().clone().flatten(1).double()
    torch.manual_seed(0)
    module(torch.randn(2, 4, 9, 9)).backward()
    u, s, v = torch.linalg.svd(weight.grad.flatten(1).double(), full_matrices=False)
    module.zero_grad()
    stepped(module, by_muon=("inner.",), muon=2.0)
    moved = before - weight.detach().flatten(1).double()
    inside = u.T @ moved @ v.T  # diagonal where both have the same singular vectors
    size = 0.1 * 2.0 * 0.5 * 0.2 * max(moved.shape) ** 0.5
    significant = s > 0.05 * s[0]  # five Newton-Schulz steps leave the smallest directions behind
    diagonal = inside.diagonal()[significant] / size
    assert significant.sum() >= 2
    assert ((diagonal > 0.6) & (diagonal < 1.3)).all()
    off = (inside - inside.diagonal().diag()).abs().max() / size
    assert off < 0.05


@pytest.mark.parametrize("shape", [(6, 9), (9, 6)])
def test_steps_are_those_of_torchs_own_muon(shape):
    torch.manual_seed(5)
    ours = nn.Parameter(torch.randn(shape))
    theirs = nn.Parameter(ours.detach().clone())
    message = {"lr": 0.1, "weight_decay": 0.2}
    mine, other = (
        Muon([ours], **message),
        torch.optim.Muon([theirs], adjust_lr_fn="match_rms_adamw", **message),
    )
    for _ in range(5):
        ours.grad = torch.randn(shape)
        theirs.grad = ours.grad.clone()
        mine.step()
        other.step()
    torch.testing.assert_close(ours, theirs, atol=0.02, rtol=0)  # torch's computes in bfloat16


def test_first_and_last_maps_vectors_and_codes_are_adamws():
    both, plain = Small(), Small()
    stepped(both, by_muon=("inner.",))
    stepped(plain)
    for (name, mine), other in zip(both.named_parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, other) != (name in ("inner.conv.weight", "inner.map.weight"))


def test_a_kernel_learns_alike_in_either_memory_layout():
    one, other = Small(), Small().to(memory_format=torch.channels_last)
    for module in (one, other):
        stepped(module, 3, by_muon=("inner.",), weight_decay=0.1)
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=2e-3, rtol=0)  # sums in another order


def test_a_step_leaves_no_gradient():
    module = Small()
    stepped(module, by_muon=("inner.",))
    assert all(parameter.grad is None for parameter in module.parameters())


def test_its_state_goes_on_where_it_was():
    whole, first = Small(), Small()
    stepped(whole, 2, by_muon=("inner.",))
    state = stepped(first, 1, by_muon=("inner.",)).state_dict()
    again = Optimizer(first, rate=0.1, weight_decay=0.0, by_muon=("inner.",))
    again.load_state_dict(state)
    torch.manual_seed(1)
    first(torch.randn(2, 4, 9, 9)).backward()
    again.step(0.5)
    for mine, theirs in zip(first.parameters(), whole.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"avx2": True, "avx512_bf16": False}, torch.float32),
        ({"avx512_f": True, "avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"neon": True}, torch.float32),
        ({"neon": True, "bf16": True}, torch.bfloat16),
    ],
)
def test_sixteen_bits_are_multiplied_where_the_processor_can(able, expected, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert precision(torch.device("cpu")) is expected
    assert precision(torch.device("cuda")) is torch.bfloat16


def test_what_is_slow_learns_at_a_tenth_of_the_rate():
    ours, theirs = Small(), Small()
    stepped(ours, 3, weight_decay=0.1, slow=("inner.",))
    slow = list(theirs.inner.parameters())
    rest = [theirs.pos_embed, theirs.head.bias], [theirs.head.weight]
    reference = torch.optim.AdamW(
        [
            {"params": slow, "weight_decay": 0.1, "lr": 0.005},
            {"params": rest[0], "weight_decay": 0.0},
            {"params": rest[1], "weight_decay": 0.1},
        ],
        lr=0.05,
    )
    for step in range(3):
        torch.manual_seed(step)
        reference.zero_grad()
        theirs(torch.randn(2, 4, 9, 9)).backward()
        reference.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other)
