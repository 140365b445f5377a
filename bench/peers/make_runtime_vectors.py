"""Small networks of torchvision's families as PyTorch's own exporter writes them, with PyTorch's outputs.

Writes test/data/runtime/NAME.onnx.gz and outputs.json. Made with torch 1.13.1 and torchvision 0.14.1 (the
last of PyTorch's exporters that write what most files in the wild hold); weights and inputs repeat a
pattern of 1021 normal numbers, scaled so that signals keep their size.

    python bench/peers/make_runtime_vectors.py
"""
import gzip
import io
import json
import math
import warnings
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torchvision.models import efficientnet, mobilenetv3, shufflenetv2, swin_transformer
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.densenet import DenseNet
from torchvision.models.mnasnet import MNASNet
from torchvision.models.regnet import BlockParams, RegNet
from torchvision.models.vision_transformer import VisionTransformer

warnings.filterwarnings("ignore")
SIDE = 32
OUT = Path(__file__).parents[2] / "test/data/runtime"
torch.manual_seed(0)
PATTERN = torch.randn(1021)


def pattern(shape):
    n = math.prod(shape)
    return PATTERN.repeat(n // len(PATTERN) + 1)[:n].reshape(shape)


def vit():
    return VisionTransformer(image_size=SIDE, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=10)


def swin():
    # Windows of 2 on 8x8 and 4x4 patches: the second block of each stage shifts them.
    return swin_transformer.SwinTransformer(patch_size=[4, 4], embed_dim=8, depths=[2, 2], num_heads=[1, 2], window_size=[2, 2], num_classes=10)


def convnext():
    settings = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)]
    return ConvNeXt(settings, num_classes=10)


def efficientnet_():
    conf = efficientnet.MBConvConfig
    settings = [
        conf(1, 3, 1, 8, 8, 1, width_mult=1.0, depth_mult=1.0),
        conf(4, 5, 2, 8, 16, 2, width_mult=1.0, depth_mult=1.0),
        efficientnet.FusedMBConvConfig(2, 3, 2, 16, 16, 1),
    ]
    return efficientnet.EfficientNet(settings, dropout=0.2, num_classes=10, last_channel=32)


def mobilenet_v3():
    conf = partial(mobilenetv3.InvertedResidualConfig, width_mult=1.0)
    settings = [
        conf(8, 3, 8, 8, True, "RE", 2, 1),
        conf(8, 5, 24, 16, True, "HS", 2, 1),
        conf(16, 5, 32, 16, True, "HS", 1, 1),
    ]
    return mobilenetv3.MobileNetV3(settings, last_channel=32, num_classes=10)


def shufflenet():
    return shufflenetv2.ShuffleNetV2([2, 2, 2], [8, 16, 16, 32, 32], num_classes=10)


def mnasnet():
    net = MNASNet(0.1, num_classes=10)
    # The published head is 1280 wide whatever the width.
    net.layers[14] = nn.Conv2d(net.layers[14].in_channels, 24, 1, bias=False)
    net.layers[15] = nn.BatchNorm2d(24)
    net.classifier[1] = nn.Linear(24, 10)
    return net


def regnet():
    return RegNet(BlockParams.from_init_params(depth=4, w_0=8, w_a=8.0, w_m=2.0, group_width=8, se_ratio=0.25), num_classes=10)


def densenet():
    return DenseNet(growth_rate=4, block_config=(2, 2), num_init_features=8, bn_size=2, num_classes=10)


class Recurrent(nn.Module):
    """Rows as a sequence: LSTM, Resize, Pad, einsum, masked softmax, gather."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3 * SIDE // 2, 12, bidirectional=True)
        self.gru = nn.GRU(24, 8)
        self.up = nn.ConvTranspose2d(3, 3, 3, stride=2, padding=1, output_padding=1, groups=3)
        self.norm = nn.GroupNorm(3, 3)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = nn.functional.interpolate(x, scale_factor=0.5, mode="bilinear", align_corners=False)
        x = nn.functional.hardswish(self.norm(self.up(x)))
        x = nn.functional.avg_pool2d(nn.functional.pad(x, (1, 1, 0, 0), mode="reflect"), 2, ceil_mode=True)[:, :, :, :-1]
        rows = x.permute(2, 0, 1, 3).flatten(2)
        rows, _ = self.lstm(rows)
        scores = torch.einsum("sbd,tbd->bst", rows, rows) / math.sqrt(rows.shape[-1])
        mask = torch.triu(torch.ones(scores.shape[-1], scores.shape[-1]), 1).bool()
        rows = torch.einsum("bst,tbd->sbd", scores.masked_fill(mask, -1e4).softmax(-1), rows)
        rows, _ = self.gru(rows)
        top = rows.topk(3, dim=0).values
        return self.head(top.mean(0) + rows[-1] * torch.where(rows[0] > 0, rows[0], rows[0].exp() - 1))


NETWORKS = {
    "vit": vit,
    "swin": swin,
    "convnext": convnext,
    "efficientnet": efficientnet_,
    "mobilenet_v3": mobilenet_v3,
    "shufflenet": shufflenet,
    "mnasnet": mnasnet,
    "regnet": regnet,
    "densenet": densenet,
    "recurrent": Recurrent,
}


def scale(net):
    for name, value in net.state_dict().items():
        if value.dtype != torch.float32 or "coords" in name:
            continue
        if "running_var" in name:
            value.copy_(pattern(value.shape).abs() + 0.5)
        elif value.dim() >= 2:
            value.copy_(pattern(value.shape) * 1.2 / math.sqrt(max(1, value[0].numel())))
        elif "weight" in name or "layer_scale" in name:
            value.copy_(1 + 0.1 * pattern(value.shape))
        else:
            value.copy_(0.1 * pattern(value.shape))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, build in NETWORKS.items():
        net = build().eval()
        with torch.no_grad():
            scale(net)
        x = pattern((3, 3, SIDE, SIDE))
        file = io.BytesIO()
        torch.onnx.export(
            net, x[:1], file, opset_version=16, input_names=["input"],
            output_names=["output"], dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        )
        with torch.no_grad():
            # In double precision the reference has no rounding of its own.
            expected[name] = [[float(f"{v:.8g}") for v in row] for row in net.double()(x.double()).tolist()]
        packed = gzip.compress(file.getvalue(), mtime=0)
        (OUT / f"{name}.onnx.gz").write_bytes(packed)
        print(name, len(file.getvalue()), len(packed))
    meta = {"torch": torch.__version__, "pattern": [float(f"{v:.9g}") for v in PATTERN.tolist()], "side": SIDE}
    (OUT / "outputs.json").write_text(json.dumps({**meta, "output": expected}) + "\n")


main()
