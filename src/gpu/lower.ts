/** From a group of nodes that share a launch to its kernels and its host time. */
import type { AnalyzedNode } from "../ops/types.ts";
import type { Device } from "./device.ts";
import { eagerUs, type HostFigures, isNormalization } from "./host.ts";
import { planKernels, type TimedKernel } from "./kernels/index.ts";
import { untunedChoice } from "./library.ts";
import { bytesPerElement } from "./precision.ts";
import type { Precision } from "./types.ts";

/** What the timeline needs of a group. */
export interface Launch {
  readonly nodes: readonly AnalyzedNode[];
  /** Host time until the first kernel is issued, microseconds. */
  readonly hostUs: number;
  readonly kernels: readonly TimedKernel[];
}

export interface Target {
  readonly device: Device;
  readonly precision: Precision;
  readonly host: HostFigures;
  /** Whether the library measured its algorithms for each shape and took the fastest. */
  readonly tuned: boolean;
  /** Tensors lie in memory as batch, height, width, channels; default: as PyTorch's, channels first. */
  readonly channelsLast?: boolean | undefined;
}

/** @param members nodes of one group in order; each but the first reads the one before it */
export function lower(members: readonly AnalyzedNode[], target: Target): Launch {
  const kernels = plan(members, target);
  const { host } = target;
  return {
    nodes: members,
    hostUs: host.fuses ? (kernels.length > 0 ? host.usPerOp : 0) : eagerUs(members[0]!, host),
    kernels,
  };
}

function plan(members: readonly AnalyzedNode[], target: Target): readonly TimedKernel[] {
  const { device, precision } = target;
  const anchor = members[0]!;
  const followers = members.slice(1);
  switch (anchor.work.kind) {
    case "view":
    case "gap":
      return [];
    case "conv":
    case "matmul": {
      const layout = target.channelsLast === true ? { channelsLast: true } : {};
      if (followers.length === 0) {
        const choice = target.tuned ? undefined : untunedChoice(anchor.work, device, precision);
        return planKernels(anchor.work, device, precision, {
          ...layout,
          ...(choice === undefined ? {} : { choice }),
        });
      }
      return planKernels(anchor.work, device, precision, {
        ...layout,
        epilogueBytes:
          bytesPerElement(precision) *
          followers.reduce((sum, f) => sum + readElements(f) - writtenElements(f), 0),
        // Scale and shift of a normalization are in the weights already.
        epilogueFlops: followers.reduce((n, f) => n + (f.epilogue === "affine" ? 0 : f.flops), 0),
      });
    }
    case "pointwise": {
      const last = members.at(-1)!;
      const flops = members.reduce((sum, m) => sum + m.flops, 0);
      const elements = writtenElements(last);
      return planKernels(
        { kind: "pointwise", elements, flopsPerElement: elements === 0 ? 0 : flops / elements },
        device,
        precision,
        {
          traffic: {
            readElements: followers.reduce(
              (sum, f) => sum + readElements(f) - writtenElements(f),
              readElements(anchor),
            ),
            writtenElements: elements,
          },
          perChannel: isNormalization(anchor),
        },
      );
    }
    case "pool":
    case "reduce":
    case "copy":
      return planKernels(anchor.work, device, precision, {
        traffic: {
          readElements:
            readElements(anchor) * (anchor.work.kind === "reduce" ? anchor.work.passes : 1),
          writtenElements: writtenElements(anchor),
        },
      });
  }
}

const BYTES_OF: Readonly<Record<string, number>> = {
  float64: 8,
  int64: 8,
  uint64: 8,
  complex64: 8,
  complex128: 16,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** The analysis counts bytes of the graph's own types; a prediction may run in another precision. */
function readElements(node: AnalyzedNode): number {
  return node.bytesRead / (BYTES_OF[node.inputs[0]?.dtype ?? "float32"] ?? 4);
}

function writtenElements(node: AnalyzedNode): number {
  return node.bytesWritten / (BYTES_OF[node.outputs[0]?.dtype ?? "float32"] ?? 4);
}
