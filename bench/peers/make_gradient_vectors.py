"""Gradients of small networks by PyTorch's autograd, in double precision.

Writes test/data/ops/gradients/pytorch.json: for each network the loss, and the gradient by each
tensor. Inputs and weights are not stored: both sides make them by `wave`. The test builds the same
networks as ONNX graphs (test/ops/gradients/networks.ts).

    python bench/peers/make_gradient_vectors.py
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

OUT = Path(__file__).parents[2] / "test/data/ops/gradients/pytorch.json"


def wave(seed, *shape):
    """Values in (-1, 1) without order, the same on both sides: sin of a steep line."""
    n = math.prod(shape)
    values = [math.sin(seed * 7.31 + i * 2.399963) for i in range(n)]
    data = np.array(values, dtype=np.float32).reshape(shape).astype(np.float64)
    return torch.tensor(data, requires_grad=True)


def residual():
    p = {
        "x": wave(1, 3, 4, 6, 6),
        "w1": wave(2, 6, 4, 3, 3),
        "s1": wave(3, 6),
        "b1": wave(4, 6),
        "w2": wave(5, 6, 6, 3, 3),
        "s2": wave(6, 6),
        "b2": wave(7, 6),
        "ws": wave(8, 6, 4, 1, 1),
        "fc": wave(9, 5, 6),
        "bias": wave(10, 5),
    }
    mean, var = torch.full((6,), 0.25, dtype=torch.float64), torch.full((6,), 2.0, dtype=torch.float64)

    h = F.conv2d(p["x"], p["w1"], stride=2, padding=1)
    h = F.relu(F.batch_norm(h, mean, var, p["s1"], p["b1"], training=True, momentum=0.125))
    h = F.conv2d(h, p["w2"], padding=1)
    h = F.batch_norm(h, None, None, p["s2"], p["b2"], training=True)
    h = F.relu(h + F.conv2d(p["x"], p["ws"], stride=2))
    logits = F.linear(h.mean((2, 3)), p["fc"], p["bias"])
    loss = F.cross_entropy(logits, torch.tensor([1, 4, 0]), label_smoothing=0.1)
    # PyTorch's running variance is over n - 1 elements of a channel, ONNX's over n = 3 * 3 * 3.
    var = 0.875 * 2.0 + (var - 0.875 * 2.0) * 26 / 27
    return p, loss, {"mean": mean, "var": var}


def inverted():
    """Inverted residual with squeeze-and-excitation, as in MobileNetV3."""
    p = {
        "x": wave(11, 2, 3, 7, 7),
        "expand": wave(12, 6, 3, 1, 1),
        "depth": wave(13, 6, 1, 5, 5),
        "squeeze": wave(14, 2, 6, 1, 1),
        "excite": wave(15, 6, 2, 1, 1),
        "project": wave(16, 4, 6, 1, 1),
    }
    h = F.hardswish(F.conv2d(p["x"], p["expand"]))
    h = F.hardswish(F.conv2d(h, p["depth"], stride=2, padding=2, groups=6))
    s = F.relu(F.conv2d(F.adaptive_avg_pool2d(h, 1), p["squeeze"]))
    h = h * F.hardsigmoid(F.conv2d(s, p["excite"]))
    h = F.conv2d(h, p["project"])
    return p, (h * h).mean(), {}


def transformer():
    """An encoder block that normalizes first, with two heads."""
    p = {
        "x": wave(21, 2, 4, 6),
        "n1": wave(22, 6),
        "m1": wave(23, 6),
        "qkv": wave(24, 6, 18),
        "out": wave(25, 6, 6),
        "n2": wave(26, 6),
        "m2": wave(27, 6),
        "up": wave(28, 6, 8),
        "down": wave(29, 8, 6),
    }
    h = F.layer_norm(p["x"], (6,), p["n1"], p["m1"])
    q, k, v = (h @ p["qkv"]).split(6, dim=2)
    heads = [t.reshape(2, 4, 2, 3).transpose(1, 2) for t in (q, k, v)]
    scores = torch.einsum("bhqd,bhkd->bhqk", heads[0], heads[1]) / math.sqrt(3)
    mixed = F.softmax(scores, dim=-1) @ heads[2]
    x = p["x"] + mixed.transpose(1, 2).reshape(2, 4, 6) @ p["out"]
    h = F.layer_norm(x, (6,), p["n2"], p["m2"])
    x = x + F.gelu(h @ p["up"]) @ p["down"]
    return p, torch.logsumexp(x, dim=(1, 2)).mean(), {}


def unet():
    """One level down and up again: max pool, bilinear and transposed upsampling, concatenation."""
    p = {
        "x": wave(31, 1, 2, 8, 8),
        "a": wave(32, 3, 2, 3, 3),
        "b": wave(33, 4, 3, 3, 3),
        "up": wave(34, 4, 2, 3, 3),
        "slope": wave(35, 4),
        "last": wave(36, 1, 9, 1, 1),
    }
    top = F.elu(F.conv2d(F.pad(p["x"], (1, 1, 1, 1), mode="reflect"), p["a"]))
    low = F.conv2d(F.max_pool2d(top, 3, stride=2, padding=1), p["b"], padding=2, dilation=2)
    low = F.prelu(low, p["slope"])
    one = F.conv_transpose2d(low, p["up"], stride=2, padding=1, output_padding=1)
    two = F.interpolate(low, scale_factor=2, mode="bilinear", align_corners=False)
    h = F.conv2d(torch.cat([top, one, two], dim=1), p["last"])
    loss = F.softplus(h).mean()
    return p, loss, {}


def segmentation():
    """Class weights, ignored labels, pools with padding, group normalization, nearest upsampling."""
    p = {
        "x": wave(41, 2, 3, 5, 5),
        "w": wave(42, 4, 3, 3, 3),
        "scale": wave(43, 4),
        "shift": wave(44, 4),
        "head": wave(45, 3, 4, 1, 1),
    }
    h = F.conv2d(p["x"], p["w"], padding=1)
    h = F.silu(F.group_norm(h, 2, p["scale"], p["shift"]))
    h = F.avg_pool2d(h, 3, stride=2, padding=1, count_include_pad=False)
    h = F.interpolate(h, scale_factor=2, mode="nearest")
    h = F.avg_pool2d(h, 2, stride=1)
    logits = F.conv2d(h, p["head"])
    labels = torch.tensor([(i * 7) % 4 for i in range(50)]).reshape(2, 5, 5)
    labels[labels == 3] = -1
    weights = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    return p, F.cross_entropy(logits, labels, weight=weights, ignore_index=-1), {}


def audio():
    """One dimension: dilated and transposed convolutions, instance normalization, an L1 loss."""
    p = {
        "x": wave(51, 2, 3, 11),
        "a": wave(52, 4, 3, 3),
        "scale": wave(53, 4),
        "shift": wave(54, 4),
        "b": wave(55, 4, 2, 4),
        "target": wave(56, 2, 2, 22),
    }
    h = F.conv1d(p["x"], p["a"], padding=2, dilation=2)
    h = F.instance_norm(h, None, None, p["scale"], p["shift"])
    h = F.leaky_relu(h, 0.2)
    h = F.conv_transpose1d(h, p["b"], stride=2, padding=1)
    return p, (torch.tanh(h) - p["target"]).abs().mean(), {}


def volume():
    """Three dimensions, with a mean over overlapping windows and a maximum over all of space."""
    p = {"x": wave(61, 1, 2, 4, 4, 4), "w": wave(62, 4, 1, 2, 2, 2), "v": wave(63, 3, 4, 3, 1, 2)}
    h = F.conv3d(p["x"], p["w"], stride=(1, 2, 1), padding=1, groups=2)
    h = F.avg_pool3d(F.softsign(h), (2, 1, 2), stride=1)
    h = F.conv3d(h, p["v"], dilation=(1, 1, 2))
    return p, h.amax((2, 3, 4)).prod(1).sum(), {}


def text():
    """An embedding, gathered twice, sorted and summed along the sequence."""
    p = {"table": wave(71, 6, 4), "gate": wave(72, 4, 4), "power": wave(73, 4)}
    tokens = torch.tensor([[0, 3, 3], [5, 1, 0]])
    h = F.embedding(tokens, p["table"])
    h = torch.cumsum(h, dim=1) * torch.sigmoid(h @ p["gate"])
    top = torch.topk(h, 2, dim=2).values
    powers = torch.exp(h).pow(p["power"])
    mask = h > 0.1
    loss = top.sum() + torch.where(mask, powers, h * h).mean() + torch.norm(h) + F.mish(h).sum()
    return p, loss, {}


def numbers(t):
    return [float(f"{v:.8g}") for v in t.detach().reshape(-1).tolist()]


cases = {}
for make in (residual, inverted, transformer, unet, segmentation, audio, volume, text):
    p, loss, state = make()
    names = list(p)
    grads = torch.autograd.grad(loss, [p[n] for n in names])
    cases[make.__name__] = {
        "loss": loss.item(),
        "gradients": {n: numbers(g) for n, g in zip(names, grads)},
        "state": {n: numbers(s) for n, s in state.items()},
    }

OUT.parent.mkdir(parents=True, exist_ok=True)
origin = f"bench/peers/make_gradient_vectors.py, PyTorch {torch.__version__.split('+')[0]}, float64"
lines = [f'  "{name}": {json.dumps(case)}' for name, case in cases.items()]
OUT.write_text('{\n  "origin": "' + origin + '",\n' + ",\n".join(lines) + "\n}\n")
print(OUT, OUT.stat().st_size)
