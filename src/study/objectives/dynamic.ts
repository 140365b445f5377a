/**
 * What a dynamic design comes to: it is trained, its thresholds are set for the accuracy that they may
 * lose, and it is evaluated on samples that neither has seen, in a child process.
 */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { predictedTime } from "../../dynamic/evaluation/predicted.ts";
import { dynamicForm } from "../../dynamic/training/maker.ts";
import { HOST_MODES, PRECISIONS } from "../../gpu/types.ts";
import { writeOnnx } from "../../onnx/index.ts";
import { builtModule, childTask } from "../../runtime/child/index.ts";
import type { Score } from "../../runtime/training/trainer.ts";
import type { Design } from "../../search/types.ts";
import { isDeviceFile, loadDevice } from "../devices.ts";
import { type BuiltSpace, type DynamicDesigns, defineObjective, each } from "../kinds.ts";
import { checkDesigns } from "./accuracy-check.ts";
import { inChild, type Outcome } from "./accuracy-children.ts";
import { AccuracyFiles } from "./accuracy-files.ts";
import { channelsOf } from "./accuracy-reference.ts";
import type { TrainInput } from "./accuracy-task.ts";
import type { DynamicInput, DynamicScore } from "./dynamic-task.ts";

const TRAIN = childTask<TrainInput, Outcome<Score>>(
  builtModule(import.meta.url, "./accuracy-task.ts"),
  "trainDesign",
);
const EVALUATE = childTask<DynamicInput, Outcome<DynamicScore>>(
  builtModule(import.meta.url, "./dynamic-task.ts"),
  "evaluateDynamic",
);

/** Units by measure, and which way is better. */
const MEASURES = {
  accuracy: { unit: "%", goal: "maximize" },
  average_macs: { unit: "MAC", goal: "minimize" },
  worst_macs: { unit: "MAC", goal: "minimize" },
  average_ms: { unit: "ms", goal: "minimize" },
  worst_ms: { unit: "ms", goal: "minimize" },
} as const;
type MeasureName = keyof typeof MEASURES;
const NAMES = Object.keys(MEASURES) as MeasureName[];

export const dynamic = defineObjective({
  kind: "dynamic",
  summary: `of a dynamic design: ${NAMES.join(", ")}`,
  schema: z.strictObject({
    measure: z.enum(NAMES).optional().describe("default: the objective's name"),
    device: z
      .string()
      .min(1)
      .optional()
      .describe("times: predicted on it; default: measured on this machine's CPU"),
    batch: z.int().min(1).max(65_536).default(1).describe("times: images in a batch"),
    precision: z.enum(PRECISIONS).default("fp32").describe("of a predicted time"),
    host: z.enum(HOST_MODES).default("eager").describe("of a predicted time"),
    rounds: z.int().min(1).max(1000).default(5).describe("of a measured time"),
    images: z.int().min(1).max(100_000).default(64).describe("of a measured time"),
  }),
  paths: ["device"],
  isPath: isDeviceFile,
  checks: { device: (device) => device === undefined || loadDevice(device) },
  async build(name, setting, space) {
    const designs = space.dynamic;
    if (designs === undefined)
      throw new UserError(`objective '${name}' (dynamic) needs a space of dynamic networks`, {
        hint: "use a dynamic space, or another kind of objective",
        exitCode: 2,
      });
    const measure = setting.measure ?? NAMES.find((each) => each === name);
    if (measure === undefined)
      throw new UserError(`objective '${name}' (dynamic) does not say what it measures`, {
        hint: `add measure: ${NAMES.join(" | ")}`,
        exitCode: 2,
      });
    const timed = measure === "average_ms" || measure === "worst_ms";
    if (!timed && setting.device !== undefined)
      throw new UserError(`objective '${name}': device has no effect on ${measure}`, {
        hint: "leave it out, or measure average_ms or worst_ms",
        exitCode: 2,
      });
    const { training } = designs;
    const { batch, rounds, images } = setting;
    const device = timed && setting.device !== undefined ? loadDevice(setting.device) : undefined;
    const time = timed && device === undefined ? { batch, rounds, images } : undefined;
    const files = new AccuracyFiles({ ...training, dynamic: 1 });
    const { precision, host } = setting;
    return {
      ...MEASURES[measure],
      cost: "expensive",
      source: `dynamic ${JSON.stringify([device?.id ?? null, device && { batch, precision, host }, time])}`,
      field: measure,
      notes: [
        `${name}: trained on ${training.data} for ${training.recipe.epochs} epochs; one half of the samples held back sets the thresholds, the other is scored`,
        ...(time ? [`${name}: measured on this machine; it differs from run to run`] : []),
        ...(device
          ? [
              `${name}: predicted on ${device.id}, ${precision}, batch ${batch}; regions count as far as they were on, channels as kept`,
            ]
          : []),
      ],
      prepare: () =>
        checkDesigns(space, (design) => designs.network(design).graph, {
          name,
          data: training.data,
          read: training.read,
          recipe: training.recipe,
          maker: dynamicForm(training.form),
        }),
      evaluate: (wanted, { folder }) =>
        each(wanted, async (design) => {
          const score = await scoreOf(space, designs, files, design, folder, time);
          const values = {
            accuracy: +(100 * score.accuracy).toPrecision(12),
            average_macs: score.averageMacs,
            worst_macs: score.worstMacs,
          };
          if (score.averageMs !== undefined && score.worstMs !== undefined)
            return { ...values, average_ms: score.averageMs, worst_ms: score.worstMs };
          if (device === undefined) return values;
          const { expectedMs, worstMs } = predictedTime(
            designs.network(design),
            designs.dense,
            score.exits,
            batch,
            { device, precision, host },
            score.on.map((shares) => Float32Array.from(shares)),
          );
          return { ...values, average_ms: expectedMs, worst_ms: worstMs };
        }),
      retain: (folder, kept) =>
        files.retain(folder, [...kept, ...kept.map((design) => designs.structure(design))]),
    };
  },
});

/** Designs of one structure share its training; each has a checkpoint of its own. */
async function scoreOf(
  space: BuiltSpace,
  designs: DynamicDesigns,
  files: AccuracyFiles,
  design: Design,
  folder: string,
  time: DynamicInput["time"],
): Promise<DynamicScore> {
  const { data, read, recipe, form, weights, threads, minutes } = designs.training;
  const structure = designs.structure(design);
  const { graph } = designs.network(design);
  const own = files.of(folder, structure);
  const limit = minutes === undefined ? {} : { timeLimitMs: minutes * 60_000 };
  const reference = { data, read, channels: channelsOf(graph) };
  const text = space.space.describe(design);
  await inChild(
    TRAIN,
    {
      ...reference,
      network: writeOnnx(graph),
      recipe,
      form,
      threads,
      weights,
      until: recipe.epochs,
      files: { ...own, checkpoint: files.of(folder, design).checkpoint },
      design: structure,
      parent: null,
    },
    { what: `training ${text}`, ...limit },
  );
  return inChild(
    EVALUATE,
    {
      ...reference,
      network: own.network,
      recipe,
      threads,
      drop: designs.drop(design),
      ...(time && { time }),
    },
    { what: `evaluating ${text}`, ...limit },
  );
}
