/** What the GPU core model predicts for a design's network on a device. */
import { z } from "zod";
import { HOST_MODES, PRECISIONS } from "../../gpu/types.ts";
import { isDeviceFile, loadDevice } from "../devices.ts";
import { defineObjective, each } from "../kinds.ts";
import { noNetworks } from "./networks.ts";

export const DEFAULT_DEVICE = "rtx-2080-ti";

const predicted = (kind: "latency_ms" | "gpu_ms", field: "latencyMs" | "gpuMs", summary: string) =>
  defineObjective({
    kind,
    summary,
    schema: z.strictObject({
      device: z
        .string()
        .min(1)
        .default(DEFAULT_DEVICE)
        .describe("id, alias or name (`tidemark devices`), or the path of a device file"),
      batch: z.int().min(1).max(1_048_576).default(256).describe("images in a batch"),
      precision: z.enum(PRECISIONS).default("fp32"),
      host: z.enum(HOST_MODES).default("eager"),
      tuned: z
        .boolean()
        .default(false)
        .describe("eager: the library measures and takes its fastest algorithm (cudnn.benchmark)"),
      hostUsPerOp: z
        .number()
        .positive()
        .optional()
        .describe("host time of one simple operator on your machine, microseconds"),
    }),
    paths: ["device"],
    isPath: isDeviceFile,
    checks: { device: loadDevice },
    async build(name, setting, space) {
      if (!space.predictor)
        throw noNetworks(name, kind, ", or name a measured column of the table");
      const predictor = space.predictor(setting);
      return {
        unit: "ms",
        goal: "minimize",
        cost: "computed",
        source: `predict ${JSON.stringify(setting)}`,
        field,
        notes: predictor.notes.map((note) => `${name}: ${note}`),
        evaluate: (designs) => each(designs, (design) => ({ ...predictor.predict(design) })),
      };
    },
  });

export const latencyMs = predicted("latency_ms", "latencyMs", "predicted time of one batch");
export const gpuMs = predicted("gpu_ms", "gpuMs", "predicted time that the GPU itself is busy");
