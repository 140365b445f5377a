"""Zero-cost proxies of a small network as PyTorch computes them, for test/runtime/proxies.

The definitions are those of the authors' code (Abdelfattah et al. 2021, foresight/pruners/measures;
NASLib, naslib/predictors/utils/pruners/measures). Made with torch 1.13.1. Writes
test/data/runtime/proxies/network.onnx and scores.json.

    python bench/peers/make_proxy_vectors.py
"""
import copy
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

OUT = Path(__file__).parents[2] / "test/data/runtime/proxies"
BATCH, SIDE, CLASSES = 8, 12, 5
torch.manual_seed(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.a = nn.Sequential(
            nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.BatchNorm2d(8), nn.ReLU6(), nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8)
        )
        self.down = nn.Sequential(nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12), nn.ReLU())
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        return self.head(self.down(x + self.a(x)).mean((2, 3)))


net = Net()
x = torch.round(torch.randn(BATCH, 3, SIDE, SIDE) * 1000) / 1000
y = torch.randint(CLASSES, (BATCH,))
layers = lambda n: [m for m in n.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]


def loss_gradients():
    n = copy.deepcopy(net).double().train()
    nn.functional.cross_entropy(n(x.double()), y).backward()
    return layers(n)


def synflow():
    n = copy.deepcopy(net).double()
    for module in list(n.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
    for p in n.state_dict().values():
        p.abs_()
    n(torch.ones(1, 3, SIDE, SIDE).double()).sum().backward()
    return sum((m.weight * m.weight.grad).abs().sum().item() for m in layers(n))


def jacob_cov():
    n = copy.deepcopy(net).double().train()
    images = x.double().requires_grad_(True)
    out = n(images)
    out.backward(torch.ones_like(out))
    v = np.linalg.eigvals(np.corrcoef(images.grad.reshape(BATCH, -1).numpy())).real
    k = 1e-5
    return -np.sum(np.log(v + k) + 1.0 / (v + k))


def nwot():
    n = copy.deepcopy(net).double().train()
    total = np.zeros((BATCH, BATCH))

    def hook(module, inputs, output):
        nonlocal total
        code = (inputs[0].reshape(BATCH, -1) > 0).double().numpy()
        total += code @ code.T + (1 - code) @ (1 - code).T

    for m in n.modules():
        if isinstance(m, (nn.ReLU, nn.ReLU6)):
            m.register_forward_hook(hook)
    n(x.double())
    return np.linalg.slogdet(total)[1]


scores = {
    "grad_norm": sum(m.weight.grad.norm().item() for m in loss_gradients()),
    "snip": sum((m.weight * m.weight.grad).abs().sum().item() for m in loss_gradients()),
    "synflow": float(np.log1p(synflow())),
    "jacob_cov": float(jacob_cov()),
    "nwot": float(nwot()),
    "params": sum(p.numel() for p in net.parameters()),
}
OUT.mkdir(parents=True, exist_ok=True)
torch.onnx.export(
    net.eval(), x, str(OUT / "network.onnx"), opset_version=16, input_names=["input"], output_names=["output"],
    dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
    # Normalisation stays a node of its own.
    training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
)
record = {"torch": torch.__version__, "scores": scores, "images": [round(v, 3) for v in x.flatten().tolist()], "dims": list(x.shape), "labels": y.tolist()}
(OUT / "scores.json").write_text(json.dumps(record, default=float) + "\n")
print(scores)
