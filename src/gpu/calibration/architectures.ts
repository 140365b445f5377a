/** torchvision's and timm's names of the architectures that the zoo builds layer for layer. */
import type { ParameterValue } from "../../zoo/index.ts";

export interface Architecture {
  readonly network: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

const counts = (name: string, numbers: readonly number[]): Record<string, number> =>
  Object.fromEntries(numbers.map((n, i) => [`${name}${i + 1}`, n]));

/** The depths of ResNet with bottlenecks, and with basic blocks. */
const BOTTLENECKS = new Map<string, readonly number[]>([
  ["resnet26", [2, 2, 2, 2]],
  ["resnet50", [3, 4, 6, 3]],
  ["resnet101", [3, 4, 23, 3]],
  ["resnet152", [3, 8, 36, 3]],
  ["resnet200", [3, 24, 36, 3]],
]);
const BASIC = new Map<string, readonly number[]>([
  ["resnet18", [2, 2, 2, 2]],
  ["resnet34", [3, 4, 6, 3]],
]);
const VGG = new Map<string, readonly number[]>([
  ["vgg11", [1, 1, 2, 2, 2]],
  ["vgg13", [2, 2, 2, 2, 2]],
  ["vgg16", [2, 2, 3, 3, 3]],
  ["vgg19", [2, 2, 4, 4, 4]],
]);

/** Undefined where the zoo cannot build exactly this. */
export function architectureOf(name: string): Architecture | undefined {
  const bottlenecks = BOTTLENECKS.get(name);
  if (bottlenecks !== undefined) {
    return { network: "resnet50", parameters: counts("blocks", bottlenecks) };
  }
  const basic = BASIC.get(name);
  if (basic !== undefined) return { network: "resnet18", parameters: counts("blocks", basic) };
  const vgg = VGG.get(name.replace(/_bn$/, ""));
  if (vgg !== undefined) {
    const normalized = name.endsWith("_bn") ? "yes" : "no";
    return { network: "vgg16", parameters: { ...counts("convolutions", vgg), normalized } };
  }
  if (name === "mobilenet_v2") return { network: "mobilenet_v2", parameters: {} };
  const width = /^mobilenetv2_(\d\d\d)$/.exec(name);
  return width === null
    ? undefined
    : { network: "mobilenet_v2", parameters: { width: Number(width[1]) / 100 } };
}
