"""PyTorch's training steps, step by step, for test/runtime/training: a small network, the same first
weights and batches, optimisers, schedules, clipping, label smoothing and averages by PyTorch itself.

Computed in float64 from float32 weights and batches, so that what is compared is the formula and not
PyTorch's own rounding.

    python bench/peers/make_training_vectors.py > test/data/runtime/training/pytorch-steps.json
"""

import base64
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

BATCH, CLASSES, STEPS, SIZE = 4, 5, 6, 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(6)
        self.shortcut = nn.Conv2d(4, 6, 1, stride=2, bias=True)
        self.fc = nn.Linear(6 * 2 * 2, CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)) + self.shortcut(x))
        return self.fc(F.max_pool2d(x, 2).flatten(1))


def floats(tensor):
    array = np.ascontiguousarray(tensor.detach().numpy().astype("<f4"))
    return {"dims": list(array.shape), "base64": base64.b64encode(array.tobytes()).decode()}


def sgd(**options):
    return lambda p: torch.optim.SGD(p, **options)


def warm_cosine(opt, warmup, final, lr):
    rise = lr_scheduler.LinearLR(opt, start_factor=1 / warmup, total_iters=warmup - 1)
    wave = lr_scheduler.CosineAnnealingLR(opt, T_max=STEPS - warmup, eta_min=final * lr)
    return lr_scheduler.SequentialLR(opt, [rise, wave], milestones=[warmup])


# Each with the options of `trainingStep` that mean the same.
CASES = {
    "sgd": (
        {
            "optimizer": {"name": "sgd", "momentum": 0.9, "weightDecay": 5e-4},
            "schedule": {"name": "constant", "learningRate": 0.1},
        },
        sgd(lr=0.1, momentum=0.9, weight_decay=5e-4),
        None,
    ),
    "sgd without momentum": (
        {
            "optimizer": {"name": "sgd", "momentum": 0},
            "schedule": {"name": "constant", "learningRate": 0.1},
        },
        sgd(lr=0.1),
        None,
    ),
    "nesterov, one-cycle, clipped": (
        {
            "optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True, "weightDecay": 1e-3},
            "schedule": {"name": "one-cycle", "learningRate": 0.2, "steps": STEPS, "rise": 0.4},
            "clipNorm": 0.5,
        },
        sgd(lr=0.2, momentum=0.9, nesterov=True, weight_decay=1e-3),
        lambda opt: lr_scheduler.OneCycleLR(
            opt, max_lr=0.2, total_steps=STEPS, pct_start=0.4, cycle_momentum=False
        ),
    ),
    "adamw, cosine, smoothed, averaged": (
        {
            "optimizer": {"name": "adamw", "weightDecay": 0.05},
            "schedule": {
                "name": "cosine",
                "learningRate": 0.01,
                "steps": STEPS,
                "warmup": 2,
                "final": 0.1,
            },
            "labelSmoothing": 0.1,
            "emaDecay": 0.8,
        },
        lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.05),
        lambda opt: warm_cosine(opt, 2, 0.1, 0.01),
    ),
    "soft labels, smoothed": (
        {
            "optimizer": {"name": "sgd", "momentum": 0.5},
            "schedule": {"name": "constant", "learningRate": 0.05},
            "labels": "soft",
            "labelSmoothing": 0.2,
        },
        sgd(lr=0.05, momentum=0.5),
        None,
    ),
}


def run(options, make_optimizer, make_schedule, first, batches):
    net = Net()
    net.load_state_dict(first)
    net = net.double()
    opt = make_optimizer(net.parameters())
    schedule = make_schedule(opt) if make_schedule else None
    average = None
    if "emaDecay" in options:
        average = AveragedModel(
            net, multi_avg_fn=get_ema_multi_avg_fn(options["emaDecay"]), use_buffers=True
        )
        # Its first update copies; ours starts from the first weights, as a later update does.
        average.n_averaged += 1
    steps = []
    for images, labels, soft in batches:
        target = soft.double() if options.get("labels") == "soft" else labels
        logits = net(images.double())
        loss = F.cross_entropy(logits, target, label_smoothing=options.get("labelSmoothing", 0))
        opt.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), options.get("clipNorm", float("inf")))
        wanted = target.argmax(1) if target.ndim == 2 else target
        steps.append(
            {
                "loss": loss.item(),
                "correct": int((logits.argmax(1) == wanted).sum()),
                "gradientNorm": norm.item(),
                "learningRate": opt.param_groups[0]["lr"],
            }
        )
        opt.step()
        if average:
            average.update_parameters(net)
        if schedule:
            schedule.step()
    out = {"options": options, "steps": steps, "weights": state(net)}
    if average:
        out["averaged"] = state(average.module)
    return out


def state(net):
    return {k: floats(v) for k, v in net.state_dict().items() if "num_batches" not in k}


def main():
    torch.manual_seed(7)
    first = Net().state_dict()
    # Not the trivial ones, so that a mix-up shows.
    for key in first:
        if "bn" in key and "num_batches" not in key:
            first[key] = torch.rand_like(first[key]) + 0.5
    batches = [
        (
            torch.randn(BATCH, 3, SIZE, SIZE),
            torch.randint(CLASSES, (BATCH,)),
            torch.softmax(torch.randn(BATCH, CLASSES), 1),
        )
        for _ in range(STEPS)
    ]
    json.dump(
        {
            "origin": f"bench/peers/make_training_vectors.py, PyTorch {torch.__version__.split('+')[0]}, float64",
            "first": {k: floats(v) for k, v in first.items() if "num_batches" not in k},
            "batches": [
                {"images": floats(i), "labels": l.tolist(), "soft": floats(s)} for i, l, s in batches
            ],
            "cases": {name: run(*case, first, batches) for name, case in CASES.items()},
        },
        sys.stdout,
    )


main()
