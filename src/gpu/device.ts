/**
 * A device as data: what a GPU is (figures with their sources) and what was fitted to measurements
 * of it. Files in `devices/` and a user's own file are read by the same parser.
 */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { defaultParameters, type Parameters } from "./calibration/parameters.ts";
import { budgetByDataSheet, throttle } from "./clock.ts";
import { type SmLimits, smResources } from "./occupancy.ts";
import type { Precision } from "./types.ts";

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

/** Figures that a device file may hold, each with its unit. */
const UNITS = {
  smCount: "SM",
  lanesPerSm: "FP32 lanes",
  baseMhz: "MHz",
  boostMhz: "MHz",
  tensorBoostMhz: "MHz",
  fp32Tflops: "TFLOP/s",
  fp16Tflops: "TFLOP/s",
  bf16Tflops: "TFLOP/s",
  tf32Tflops: "TFLOP/s",
  int8Tops: "TOP/s",
  memoryGb: "GB",
  dramGbs: "GB/s",
  dramMeasuredGbs: "GB/s",
  l2Mb: "MiB",
  tdpWatts: "W",
  sharedKbPerSm: "KiB",
  sharedKbPerBlock: "KiB",
  sharedKbReserved: "KiB",
  sharedUnitBytes: "B",
  registersPerSm: "32-bit registers",
  registersPerBlock: "32-bit registers",
  registerUnitPerWarp: "32-bit registers",
  warpGranularity: "warps",
  maxBlocksPerSm: "blocks",
  maxThreadsPerSm: "threads",
  launchUs: "us",
  sustainedMhz: "MHz",
} as const;
export type FigureName = keyof typeof UNITS;

const REQUIRED: readonly FigureName[] = [
  "smCount",
  "lanesPerSm",
  "boostMhz",
  "fp32Tflops",
  "dramGbs",
  "l2Mb",
  "tdpWatts",
  "sharedKbPerSm",
  "sharedKbPerBlock",
  "sharedKbReserved",
  "sharedUnitBytes",
  "registersPerSm",
  "registersPerBlock",
  "registerUnitPerWarp",
  "warpGranularity",
  "maxBlocksPerSm",
  "maxThreadsPerSm",
];

const figureSchema = z.strictObject({
  value: z.number().nonnegative(),
  unit: z.string(),
  source: z.string(),
  confidence: z.enum(["high", "medium", "low"]),
});
export type Figure = z.infer<typeof figureSchema>;

const fitSchema = z.strictObject({
  /** e.g. `neusight-linear`. */
  data: z.string(),
  family: z.string(),
  precision: z.string(),
  rows: z.number().int().positive(),
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

const calibrationSchema = z.strictObject({
  /** Clock that the board holds under FP32 load, where it was measured or fitted. */
  sustainedMhz: z.number().positive().optional(),
  /** Host time of one simple operator in eager mode on the machine that measured, microseconds. */
  hostUsPerOp: z.number().positive().optional(),
  /** Fitted values; every other parameter has its architecture's default. */
  parameters: z.record(z.string(), z.number()),
  fittedOn: z.array(fitSchema).min(1),
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
    throw new UserError(`${origin}: ${issue.path.join(".") || "top level"}: ${issue.message}`, {
      hint: "compare it with a shipped device file (tidemark devices rtx-2080-ti --format json)",
    });
  }
  const data = parsed.data;
  const figures = checkFigures(data.figures, data.sources, origin);
  const value = (name: FigureName): number => figures[name]!.value;
  const optional = (name: FigureName): number | undefined => figures[name]?.value;
  checkConsistency(figures, origin);

  const smCount = value("smCount");
  const boostMhz = value("boostMhz");
  const tensorBoostMhz = optional("tensorBoostMhz") ?? boostMhz;
  const sustained = data.calibration?.sustainedMhz ?? optional("sustainedMhz");
  if (sustained !== undefined && sustained > 1.3 * boostMhz) {
    throw new UserError(
      `${origin}: sustainedMhz ${sustained} is far above figures.boostMhz ${boostMhz}`,
      { hint: "give both in MHz" },
    );
  }
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
    figures,
    sources: data.sources,
    notes: data.notes,
  };
}

/** The same board with other parameters, for fitting. */
export function withParameters(device: Device, parameters: Partial<Parameters>): Device {
  return { ...device, parameters: { ...device.parameters, ...parameters } };
}

function hasTensorCores(computeCapability: string | null): boolean {
  return computeCapability !== null && Number(computeCapability) >= 7;
}

function checkFigures(
  figures: Readonly<Record<string, Figure>>,
  sources: Readonly<Record<string, string>>,
  origin: string,
): Partial<Record<FigureName, Figure>> {
  for (const [name, figure] of Object.entries(figures)) {
    const unit = (UNITS as Record<string, string>)[name];
    if (unit === undefined) {
      throw new UserError(`${origin}: figures.${name} is not a known figure`, {
        hint: `known: ${Object.keys(UNITS).join(", ")}`,
      });
    }
    if (figure.unit !== unit) {
      throw new UserError(`${origin}: figures.${name} is in "${figure.unit}", expected "${unit}"`);
    }
    if (figure.value === 0 && name !== "sharedKbReserved") {
      throw new UserError(`${origin}: figures.${name} is 0, expected a positive number`, {
        hint: "leave out a figure that is not known, or that the device does not have",
      });
    }
    if (sources[figure.source] === undefined) {
      throw new UserError(
        `${origin}: figures.${name} names source "${figure.source}", which sources does not hold`,
        { hint: `add sources.${figure.source}, or use one of ${Object.keys(sources).join(", ")}` },
      );
    }
  }
  for (const name of REQUIRED) {
    const figure = figures[name];
    if (figure === undefined) {
      throw new UserError(`${origin}: figures.${name} (${UNITS[name]}) is missing`);
    }
  }
  return figures as Partial<Record<FigureName, Figure>>;
}

const WHOLE = [
  "smCount",
  "lanesPerSm",
  "sharedUnitBytes",
  "registersPerSm",
  "registersPerBlock",
  "registerUnitPerWarp",
  "warpGranularity",
  "maxBlocksPerSm",
  "maxThreadsPerSm",
] as const satisfies readonly FigureName[];

/** What any device with compute shaders has (Vulkan 1.0, "Required Limits"), registers by the thread. */
const LEAST = {
  sharedKbPerBlock: 16,
  registersPerBlock: 128 * 16,
  maxThreadsPerSm: 128,
} as const satisfies Partial<Record<FigureName, number>>;

/** Figures that no GPU can have, alone or together. */
function checkConsistency(figures: Partial<Record<FigureName, Figure>>, origin: string): void {
  const value = (name: FigureName): number | undefined => figures[name]?.value;
  const atMost = (low: FigureName, high: FigureName): void => {
    const a = value(low);
    const b = value(high);
    if (a !== undefined && b !== undefined && a > b) {
      throw new UserError(`${origin}: figures.${low} ${a} is above figures.${high} ${b}`, {
        hint: "correct the one that is wrong",
      });
    }
  };
  atMost("sharedKbPerBlock", "sharedKbPerSm");
  atMost("sharedKbReserved", "sharedKbPerBlock");
  atMost("registersPerBlock", "registersPerSm");
  atMost("baseMhz", "boostMhz");
  atMost("dramMeasuredGbs", "dramGbs");
  for (const name of WHOLE) {
    const v = value(name)!;
    if (!Number.isSafeInteger(v)) {
      throw new UserError(`${origin}: figures.${name} ${v} is not a whole number`);
    }
  }
  for (const [name, least] of Object.entries(LEAST)) {
    const v = value(name as FigureName)!;
    if (v < least)
      throw new UserError(`${origin}: figures.${name} is ${v}, expected ${least} or more`, {
        hint: `every GPU has more; the unit is ${UNITS[name as FigureName]}`,
      });
  }
  const peak = (2 * value("smCount")! * value("lanesPerSm")! * value("boostMhz")!) / 1e6;
  const stated = value("fp32Tflops")!;
  if (Math.abs(peak / stated - 1) > 0.1) {
    throw new UserError(
      `${origin}: figures.fp32Tflops ${stated} contradicts 2 x smCount x lanesPerSm x boostMhz = ${peak.toPrecision(4)} TFLOP/s`,
      { hint: "check smCount, lanesPerSm (FP32 lanes in one SM), boostMhz and fp32Tflops" },
    );
  }
}

function checkParameters(
  parameters: Readonly<Record<string, number>>,
  architecture: Architecture,
  origin: string,
): Partial<Parameters> {
  const known = defaultParameters(architecture, 64);
  for (const [name, value] of Object.entries(parameters)) {
    if (!Object.hasOwn(known, name)) {
      throw new UserError(`${origin}: calibration.parameters.${name} is not a known parameter`, {
        hint: `known: ${Object.keys(known).join(", ")}`,
      });
    }
    if (!Number.isFinite(value) || value < 0) {
      throw new UserError(
        `${origin}: calibration.parameters.${name} is ${value}, expected a number of 0 or more`,
      );
    }
  }
  return parameters as Partial<Parameters>;
}
