"""The attention layers as sums written out, cell by cell: slow, obvious, and differentiable."""

from itertools import product

import torch


def matrix(conv):
    return conv.weight[:, :, 0, 0]


def heads_of(vector, heads):
    return vector.reshape(heads, -1)


def places(x):
    return list(product(range(x.shape[1]), range(x.shape[2])))


def gathered(x, at, made):
    """`at(i, j)` for every cell of one picture, as features x rows x columns."""
    return torch.stack([at(i, j) for i, j in places(x)], -1).reshape(made, *x.shape[1:])


def convolution(layer, x, conv=None, depthwise=False):
    conv = conv or layer.convolution
    half = conv.kernel_size[0] // 2

    def at(i, j):
        total = 0
        for a, b in product(range(-half, half + 1), repeat=2):
            if 0 <= i + a < x.shape[1] and 0 <= j + b < x.shape[2]:
                w = conv.weight[:, :, a + half, b + half]
                cell = x[:, i + a, j + b]
                total = total + (w[:, 0] * cell if depthwise else w @ cell)
        return total

    return gathered(x, at, conv.out_channels)


def depthwise(layer, x):
    return convolution(layer, x, depthwise=True)


def non_local(layer, x):
    theta, phi, g, out = (matrix(item) for item in (layer.query, layer.key, layer.value, layer.out))

    def at(i, j):
        q = theta @ x[:, i, j]
        f = torch.stack([q @ (phi @ x[:, m, n]) for m, n in places(x)])
        f = f.exp() / f.exp().sum() if layer.pair == "gaussian" else f / len(f)
        y = sum(w * (g @ x[:, m, n]) for w, (m, n) in zip(f, places(x), strict=True))
        return out @ y + x[:, i, j]

    return gathered(x, at, x.shape[0])


def attended(layer, x, i, j, near, logit, value):
    """The heads' answers for one cell, beside each other: `logit(head, q, k, m, n)`, `value(head, v, m, n)`."""
    heads = layer.heads
    q = heads_of(matrix(layer.query) @ x[:, i, j], heads)
    result = []
    for h in range(heads):
        ks = [heads_of(matrix(layer.key) @ x[:, m, n], heads)[h] for m, n in near]
        vs = [heads_of(matrix(layer.value) @ x[:, m, n], heads)[h] for m, n in near]
        e = torch.stack([logit(q[h], k, m - i, n - j) for k, (m, n) in zip(ks, near, strict=True)]).exp()
        w = e / e.sum()
        result.append(sum(a * value(v, m - i, n - j) for a, v, (m, n) in zip(w, vs, near, strict=True)))
    return torch.cat(result)


def plain(v, down, across):
    return v


def global_attention(layer, x):
    def logit(q, k, down, across):
        return q @ k / len(q) ** 0.5

    def at(i, j):
        return matrix(layer.out) @ attended(layer, x, i, j, places(x), logit, plain)

    return gathered(x, at, x.shape[0])


def augmented(layer, x):
    def logit(q, k, down, across):
        r_h = layer.down[down + len(layer.down) // 2]
        r_w = layer.across[across + len(layer.across) // 2]
        return q @ (k + r_w + r_h) / len(q) ** 0.5

    def at(i, j):
        return matrix(layer.out) @ attended(layer, x, i, j, places(x), logit, plain)

    return torch.cat([convolution(layer, x), gathered(x, at, layer.attended)])


def stand_alone(layer, x):
    half = layer.kernel // 2

    def logit(q, k, down, across):
        return q @ k + q @ torch.cat([layer.down[down + half], layer.across[across + half]])

    def at(i, j):
        near = [(m, n) for m, n in places(x) if abs(m - i) <= half and abs(n - j) <= half]
        return attended(layer, x, i, j, near, logit, plain)

    return gathered(x, at, x.shape[0])


def axis(layer, x, along):
    middle = len(layer.of_queries) // 2

    def logit(q, k, down, across):
        offset = (down, across)[along] + middle
        return q @ k + q @ layer.of_queries[offset] + k @ layer.of_keys[offset]

    def value(v, down, across):
        return v + layer.of_values[(down, across)[along] + middle]

    def at(i, j):
        near = [(m, n) for m, n in places(x) if (n == j if along == 0 else m == i)]
        return attended(layer, x, i, j, near, logit, value)

    return gathered(x, at, x.shape[0])


def axial(layer, x):
    return axis(layer.width, axis(layer.height, x, 0), 1)


REFERENCES = {
    "convolution": convolution,
    "depthwise": depthwise,
    "non-local": non_local,
    "non-local-dot": non_local,
    "augmented": augmented,
    "stand-alone": stand_alone,
    "axial": axial,
    "global": global_attention,
    "global-fused": global_attention,
}
