/** One side of the view, computed: a network on a device, kernel by kernel. */
import { UserError } from "../../../../src/base/errors.ts";
import { suggest } from "../../../../src/base/suggest.ts";
import { bindBatch } from "../../../../src/gpu/batch.ts";
import type { Device } from "../../../../src/gpu/device.ts";
import { predict, type ScheduledKernel } from "../../../../src/gpu/predict.ts";
import type { Prediction } from "../../../../src/gpu/types.ts";
import type { Graph } from "../../../../src/graph/types.ts";
import type { Analysis } from "../../../../src/ops/types.ts";
import { type TimelineModel, timelineModel } from "../../timeline/model.ts";
import type { Settings } from "./settings.ts";

export interface Side {
  readonly title: string;
  readonly graph: Graph;
  readonly device: Device;
  readonly settings: Settings;
  readonly prediction: Prediction;
  readonly kernels: readonly ScheduledKernel[];
  readonly timeline: TimelineModel;
}

/** @throws UserError where the device is unknown or lacks the precision, or the batch does not fit */
export function evaluate(
  graph: Graph,
  title: string,
  settings: Settings,
  devices: readonly Device[],
): Side {
  const device = deviceNamed(settings.device, devices);
  const { batch, precision, host } = settings;
  const { analysis } = bindBatch(graph, batch);
  const kernels: ScheduledKernel[] = [];
  const prediction = predict(analysis, {
    device,
    batch,
    precision,
    host,
    onKernel: (scheduled) => kernels.push(scheduled),
  });
  const timeline = timelineModel(
    kernels,
    device.smCount,
    prediction.latencyMs,
    outputSizes(analysis),
  );
  return { title, graph, device, settings, prediction, kernels, timeline };
}

function deviceNamed(wanted: string, devices: readonly Device[]): Device {
  const found = devices.find((d) => d.id === wanted || d.aliases.includes(wanted));
  if (found !== undefined) return found;
  const meant = suggest(
    wanted,
    devices.map((d) => d.id),
  );
  throw new UserError(`no device '${wanted}'`, {
    hint:
      meant === undefined
        ? "choose one of the list, or open a device file"
        : `did you mean ${meant}?`,
  });
}

/**
 * The size of what a node puts out, without batch and channels: what a stage is named after. Of
 * vectors `1x1`; undefined for the shapes between that attention makes of its own.
 */
function outputSizes({ nodes }: Analysis): (node: string) => string | undefined {
  const sizes = new Map<string, string | undefined>();
  for (const { node, outputs } of nodes) {
    const shape = outputs[0]?.shape;
    sizes.set(
      node.name,
      shape === undefined || shape.length === 3
        ? undefined
        : shape.length < 3
          ? "1x1"
          : shape.slice(2).join("x"),
    );
  }
  return (name) => sizes.get(name);
}

/** e.g. `resnet50, GeForce RTX 2080 Ti, fp32, batch 32, eager host`. */
export function sideText({ title, device, settings }: Side): string {
  const { precision, batch, host } = settings;
  return `${title}, ${device.name}, ${precision}, batch ${batch}, ${host} host`;
}
