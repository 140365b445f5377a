/**
 * A device as data: what a GPU is (figures with their sources) and what was fitted to measurements
 * of it. Files in `devices/` and a user's own file are read by the same parser.
 */
import { z } from "zod";
import { checkParameters } from "./calibration/parameter-ranges.ts";
import { defaultParameters, type Parameters } from "./calibration/parameters.ts";
import { budgetByDataSheet, throttle } from "./clock.ts";
import { checkCapability, checkRates, hasTensorCores } from "./compute-capability.ts";
import {
  checkCudaLimits,
  checkFigures,
  type Figure,
  type FigureName,
  figureSchema,
  wrongDevice,
} from "./figures.ts";
import { BASIS_SIZE, type Correction, FEATURES } from "./kernels/correction.ts";
import { type SmLimits, smResources } from "./occupancy.ts";
import type { Precision } from "./types.ts";

export type { Figure, FigureName } from "./figures.ts";

export const VENDORS = ["nvidia", "qualcomm", "arm", "apple", "other"] as const;
export const ARCHITECTURES = [
  "maxwell",
  "pascal",
  "volta",
  "turing",
  "ampere",
  "ada",
  "hopper",
  "blackwell",
  "adreno",
  "mali",
  "apple",
  "other",
] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

const fitSchema = z.strictObject({
  /** e.g. `neusight-linear`. */
  data: z.string(),
  family: z.string(),
  precision: z.string(),
  rows: z.number().int().positive(),
  /** Distinct shapes among the rows. */
  shapes: z.number().int().positive().optional(),
  heldOutRows: z.number().int().nonnegative(),
  /** Errors on rows held out of the fit, as fractions. */
  heldOutMape: z.number().nonnegative(),
  heldOutMedianApe: z.number().nonnegative(),
  /** Error on the same rows before the fit. */
  mapeBefore: z.number().nonnegative().optional(),
  /** Time that the measuring program adds to every kernel: host dispatch between its two events. */
  harnessUs: z.number().nonnegative(),
  /** Where it grew while the program ran: startUs + growthUs position^power, position from 0 to 1. */
  harnessDrift: z
    .strictObject({
      startUs: z.number().nonnegative(),
      growthUs: z.number().nonnegative(),
      power: z.number().positive(),
    })
    .optional(),
});

const correctionSchema = z.strictObject({
  kind: z.string(),
  rows: z.number().int().positive(),
  crossValidated: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).readonly(),
  center: z.array(z.number()).length(FEATURES.length).readonly(),
  scale: z.array(z.number().positive()).length(FEATURES.length).readonly(),
  weights: z
    .array(z.number())
    .length(BASIS_SIZE + 1)
    .readonly(),
});

const calibrationSchema = z.strictObject({
  /** Clock that the board holds under FP32 load, where it was measured or fitted. */
  sustainedMhz: z.number().positive().optional(),
  /** Host time of one simple operator in eager mode on the machine that measured, microseconds. */
  hostUsPerOp: z.number().min(0.01).max(1e4).optional(),
  /** Fitted values; every other parameter has its architecture's default. */
  parameters: z.record(z.string(), z.number()),
  fittedOn: z.array(fitSchema).min(1),
  /** Learned corrections of the model with these parameters. */
  corrections: z.array(correctionSchema).optional(),
  /** Parameters that the fit would have driven further. */
  atBounds: z
    .array(z.strictObject({ parameter: z.string(), value: z.number(), bound: z.number() }))
    .optional(),
  /** What speaks against a fit that was forced. */
  objections: z.array(z.string()).optional(),
  method: z.string(),
  /** Of the fit, ISO 8601. */
  date: z.string().optional(),
  /** Names of the tables. */
  files: z.array(z.string()).optional(),
});
export type Calibration = z.infer<typeof calibrationSchema>;

const deviceSchema = z.strictObject({
  schema: z.literal("tidemark-device/1"),
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be kebab-case, e.g. rtx-2080-ti"),
  name: z.string().min(1),
  aliases: z.array(z.string()).default([]),
  vendor: z.enum(VENDORS),
  architecture: z.enum(ARCHITECTURES),
  chip: z.string().optional(),
  /** NVIDIA's compute capability, e.g. `7.5`; null for other vendors. */
  computeCapability: z
    .string()
    .regex(/^\d+\.\d$/)
    .nullable(),
  /** A part of a system on a chip: its power figure is the whole module's. */
  integrated: z.boolean().default(false),
  figures: z.record(z.string(), figureSchema),
  sources: z.record(z.string(), z.string()),
  notes: z.array(z.string()).default([]),
  calibration: calibrationSchema.optional(),
});

/** Names of one device: upper and lower case, spaces, `-` and `_` do not matter. */
export function normalDeviceName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, "");
}

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly vendor: (typeof VENDORS)[number];
  readonly architecture: Architecture;
  readonly chip: string | undefined;
  /** On one chip with the host's processor, as a Jetson or a telephone. */
  readonly integrated: boolean;
  readonly computeCapability: string | null;
  readonly smCount: number;
  readonly lanesPerSm: number;
  readonly boostMhz: number;
  /** Clock that the power limit leaves with every FP32 lane in use. */
  readonly clockMhz: number;
  /** Clock at which matrix units are rated; differs from boost on Hopper. */
  readonly tensorBoostMhz: number;
  /** Multiply-accumulates that one SM issues in a clock; absent: not supported in hardware. */
  readonly macsPerClock: Readonly<Partial<Record<Precision, number>>>;
  /** Precisions that run on matrix units. */
  readonly tensor: Readonly<Record<Precision, boolean>>;
  readonly dramBytesPerUs: number;
  readonly l2Bytes: number;
  readonly tdpWatts: number;
  readonly limits: SmLimits;
  readonly parameters: Parameters;
  readonly calibrated: boolean;
  readonly calibration: Calibration | undefined;
  /** At most one for each kind of work. An array, because a report carries its devices as JSON. */
  readonly corrections: readonly Correction[];
  /** Every figure with unit, source and confidence, as the file has them. */
  readonly figures: Readonly<Partial<Record<FigureName, Figure>>>;
  readonly sources: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/**
 * Reads a device from parsed JSON.
 *
 * @param origin the file's name, for messages
 * @throws UserError where a figure is missing, unknown, in a wrong unit, or contradicts another
 */
export function parseDevice(json: unknown, origin = "device file"): Device {
  const parsed = deviceSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw wrongDevice(
      origin,
      `${issue.path.join(".") || "top level"}: ${issue.message}`,
      "compare it with a shipped device file (tidemark devices rtx-2080-ti --format json)",
    );
  }
  const data = parsed.data;
  const figures = checkFigures(data.figures, data.sources, origin);
  const value = (name: FigureName): number => figures[name]!.value;
  const optional = (name: FigureName): number | undefined => figures[name]?.value;
  if (data.vendor === "nvidia") checkCudaLimits(figures, origin);
  checkCapability(data.computeCapability, data.architecture, origin);
  checkRates(figures, data.computeCapability, data.architecture, origin);

  const smCount = value("smCount");
  const boostMhz = value("boostMhz");
  const tensorBoostMhz = optional("tensorBoostMhz") ?? boostMhz;
  const sustained = data.calibration?.sustainedMhz ?? optional("sustainedMhz");
  if (sustained !== undefined && !(sustained >= 0.05 * boostMhz && sustained <= 1.3 * boostMhz))
    throw wrongDevice(
      origin,
      `sustainedMhz ${sustained} is far from figures.boostMhz ${boostMhz}, expected ${0.05 * boostMhz} to ${1.3 * boostMhz}`,
      "give both in MHz",
    );
  const defaults = defaultParameters(data.architecture, value("lanesPerSm"));
  const measuredGbs = optional("dramMeasuredGbs");
  const parameters: Parameters = {
    ...defaults,
    ...(measuredGbs === undefined ? {} : { dramEfficiency: measuredGbs / value("dramGbs") }),
    powerBudget:
      defaults.powerBudget *
      budgetByDataSheet({
        architecture: data.architecture,
        integrated: data.integrated,
        smCount,
        lanesPerSm: value("lanesPerSm"),
        boostMhz,
        tdpWatts: value("tdpWatts"),
      }),
    // Measured with empty kernels, where the board was; a fit to real kernels knows better.
    ...(optional("launchUs") === undefined ? {} : { launchUs: optional("launchUs")! }),
    ...checkParameters(data.calibration?.parameters ?? {}, data.architecture, origin),
    // A clock that was read off the board says what its limit allows under full load.
    ...(sustained === undefined ? {} : { powerBudget: (sustained / boostMhz) ** 3 }),
  };
  const lanes = value("lanesPerSm");
  const fp16 = optional("fp16Tflops");
  const hasTensor = hasTensorCores(data.computeCapability);
  const rate = (tflops: number | undefined, mhz: number): number | undefined =>
    tflops === undefined ? undefined : (tflops * 1e6) / (2 * smCount * mhz);
  const fp16Rate = rate(fp16, hasTensor ? tensorBoostMhz : boostMhz);
  const tf32 = rate(optional("tf32Tflops"), tensorBoostMhz);
  const bf16 = rate(optional("bf16Tflops"), tensorBoostMhz);
  const int8 = rate(optional("int8Tops"), hasTensor ? tensorBoostMhz : boostMhz);
  return {
    id: data.id,
    name: data.name,
    aliases: data.aliases,
    vendor: data.vendor,
    architecture: data.architecture,
    chip: data.chip,
    integrated: data.integrated,
    computeCapability: data.computeCapability,
    smCount,
    lanesPerSm: lanes,
    boostMhz,
    clockMhz: boostMhz * throttle(1, parameters.powerBudget),
    tensorBoostMhz,
    macsPerClock: {
      fp32: lanes,
      // Without fast half arithmetic the libraries store halves and compute in FP32.
      fp16: fp16Rate !== undefined && fp16Rate > lanes ? fp16Rate : lanes,
      ...(tf32 === undefined ? {} : { tf32 }),
      ...(bf16 === undefined ? {} : { bf16 }),
      ...(int8 === undefined ? {} : { int8 }),
    },
    tensor: {
      fp32: false,
      tf32: tf32 !== undefined,
      fp16: hasTensor && fp16 !== undefined,
      bf16: bf16 !== undefined,
      int8: hasTensor && int8 !== undefined && (data.computeCapability ?? "") >= "7.2",
    },
    dramBytesPerUs: value("dramGbs") * 1e3,
    l2Bytes: value("l2Mb") * 2 ** 20,
    tdpWatts: value("tdpWatts"),
    limits: smResources(value),
    parameters,
    calibrated: data.calibration !== undefined,
    calibration: data.calibration,
    corrections: data.calibration?.corrections ?? [],
    figures,
    sources: data.sources,
    notes: data.notes,
  };
}

/** The same board with other parameters, for fitting; without corrections, which were of the old ones. */
export function withParameters(device: Device, parameters: Partial<Parameters>): Device {
  return {
    ...device,
    parameters: { ...device.parameters, ...parameters },
    corrections: [],
  };
}
