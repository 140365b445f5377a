"""PyTorch's side of bench/train-step.mjs: training steps and inference of ResNet-20 and a VGG-like net
at 32x32 on the CPU. Reads a request a line, {net, batch, threads, layout, mode, steps}; answers with
milliseconds by the wall clock and of CPU time for each step, and the process's peak memory."""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def conv_bn(c_in, c_out, kernel=3, stride=1):
    conv = nn.Conv2d(c_in, c_out, kernel, stride, (kernel - 1) // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c_out))


class Block(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.a, self.b = conv_bn(c_in, c_out, 3, stride), conv_bn(c_out, c_out)
        same = stride == 1 and c_in == c_out
        self.shortcut = nn.Identity() if same else conv_bn(c_in, c_out, 1, stride)

    def forward(self, x):
        return F.relu(self.b(F.relu(self.a(x))) + self.shortcut(x))


def resnet20():
    widths, layers, c = [16, 32, 64], [conv_bn(3, 16), nn.ReLU()], 16
    for stage, width in enumerate(widths):
        for i in range(3):
            layers.append(Block(c, width, 2 if stage > 0 and i == 0 else 1))
            c = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 10))


def vgg_like():
    layers, c = [], 3
    for width in [32, 64, 128]:
        for _ in range(2):
            layers += [conv_bn(c, width), nn.ReLU()]
            c = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(c * 16, 10))


NETS = {"resnet20": resnet20, "vgg-like": vgg_like}
LAYOUTS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}


def prepare(net, batch, layout, mode, **_):
    torch.manual_seed(0)
    model = NETS[net]().to(memory_format=LAYOUTS[layout])
    x = torch.randn(batch, 3, 32, 32).to(memory_format=LAYOUTS[layout])
    y = torch.randint(10, (batch,))
    if mode == "inference":
        model.eval()
        return torch.inference_mode()(lambda: model(x))
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)

    def step():
        opt.zero_grad()
        F.cross_entropy(model(x), y).backward()
        opt.step()

    return step


def main():
    prepared = {}
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        key = tuple(request[k] for k in ("net", "batch", "layout", "mode"))
        if key not in prepared:
            prepared.clear()
            prepared[key] = prepare(**request)
            prepared[key]()
        ms, cpu = [], []
        for _ in range(request["steps"]):
            wall, process = time.perf_counter(), time.process_time()
            prepared[key]()
            ms.append((time.perf_counter() - wall) * 1e3)
            cpu.append((time.process_time() - process) * 1e3)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"ms": ms, "cpu": cpu, "peakMib": peak / 1024, "version": torch.__version__}), flush=True)


main()
