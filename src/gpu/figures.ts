/**
 * The figures of a device file: which there are, in which units, between which limits, and which
 * contradict one another.
 */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";

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

export const figureSchema = z.strictObject({
  value: z.number(),
  unit: z.string(),
  source: z.string(),
  confidence: z.enum(["high", "medium", "low"]),
});
export type Figure = z.infer<typeof figureSchema>;

/** What is wrong with a device file, which is named by whoever uses it: wrong usage. */
export function wrongDevice(origin: string, what: string, hint?: string): UserError {
  return new UserError(`${origin}: ${what}`, {
    ...(hint === undefined ? {} : { hint }),
    exitCode: 2,
  });
}

/**
 * Least and most of each figure: far beyond any GPU from a watch to a rack, so that what lies outside
 * is a slip of the unit or of the keyboard.
 */
const RANGES: Readonly<Record<FigureName, readonly [least: number, most: number]>> = {
  smCount: [1, 4096],
  lanesPerSm: [1, 4096],
  baseMhz: [10, 10_000],
  boostMhz: [10, 10_000],
  tensorBoostMhz: [10, 10_000],
  fp32Tflops: [1e-4, 1e4],
  fp16Tflops: [1e-4, 1e5],
  bf16Tflops: [1e-4, 1e5],
  tf32Tflops: [1e-4, 1e5],
  int8Tops: [1e-4, 1e5],
  memoryGb: [0.01, 1e4],
  dramGbs: [0.1, 1e5],
  dramMeasuredGbs: [0.1, 1e5],
  l2Mb: [0.001, 4096],
  tdpWatts: [0.1, 1e4],
  sharedKbPerSm: [16, 4096],
  // What any device with compute shaders has (Vulkan 1.0, "Required Limits"), registers by the thread.
  sharedKbPerBlock: [16, 4096],
  sharedKbReserved: [0, 64],
  sharedUnitBytes: [1, 16_384],
  registersPerSm: [128 * 16, 2 ** 22],
  registersPerBlock: [128 * 16, 2 ** 22],
  registerUnitPerWarp: [1, 16_384],
  warpGranularity: [1, 64],
  maxBlocksPerSm: [1, 1024],
  maxThreadsPerSm: [128, 65_536],
  launchUs: [0.01, 1e5],
  sustainedMhz: [10, 10_000],
};

/**
 * The figures of a file that no others contradict.
 *
 * @throws UserError for a figure that is missing, unknown, in a wrong unit, out of range, or that
 * contradicts another: the file, the figure, both values
 */
export function checkFigures(
  figures: Readonly<Record<string, Figure>>,
  sources: Readonly<Record<string, string>>,
  origin: string,
): Partial<Record<FigureName, Figure>> {
  for (const [name, figure] of Object.entries(figures)) checkFigure(name, figure, sources, origin);
  for (const name of REQUIRED)
    if (figures[name] === undefined)
      throw wrongDevice(origin, `figures.${name} (${UNITS[name]}) is missing`);
  const known = figures as Partial<Record<FigureName, Figure>>;
  checkConsistency(known, origin);
  return known;
}

function checkFigure(
  name: string,
  { value, unit, source }: Figure,
  sources: Readonly<Record<string, string>>,
  origin: string,
): void {
  if (!isFigureName(name)) {
    const meant = suggest(name, Object.keys(UNITS));
    throw wrongDevice(
      origin,
      `figures.${name} is not a known figure${meant === undefined ? "" : `, did you mean ${meant}?`}`,
      `known: ${Object.keys(UNITS).join(", ")}`,
    );
  }
  if (unit !== UNITS[name])
    throw wrongDevice(origin, `figures.${name} is in "${unit}", expected "${UNITS[name]}"`);
  const [least, most] = RANGES[name];
  if (!(value >= least && value <= most))
    throw wrongDevice(
      origin,
      `figures.${name} is ${value}, expected ${least} to ${most} ${unit}`,
      "correct it; leave out a figure that is not known, or that the device does not have",
    );
  if (!Object.hasOwn(sources, source))
    throw wrongDevice(
      origin,
      `figures.${name} names source "${source}", which sources does not hold`,
      `add sources.${source}, or use one of ${Object.keys(sources).join(", ")}`,
    );
}

function isFigureName(name: string): name is FigureName {
  return Object.hasOwn(UNITS, name);
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

/** The first is never above the second, in the second's unit. */
const AT_MOST: readonly (readonly [low: FigureName, high: FigureName, factor: number])[] = [
  ["sharedKbPerBlock", "sharedKbPerSm", 1],
  ["sharedKbReserved", "sharedKbPerBlock", 1],
  ["sharedUnitBytes", "sharedKbPerBlock", 1 / 1024],
  ["registersPerBlock", "registersPerSm", 1],
  ["registerUnitPerWarp", "registersPerBlock", 1],
  ["baseMhz", "boostMhz", 1],
  ["dramMeasuredGbs", "dramGbs", 1],
];

/** Figures that no GPU can have together. */
function checkConsistency(figures: Partial<Record<FigureName, Figure>>, origin: string): void {
  const value = (name: FigureName): number | undefined => figures[name]?.value;
  for (const [low, high, factor] of AT_MOST) {
    const a = value(low);
    const b = value(high);
    if (a !== undefined && b !== undefined && a * factor > b)
      throw wrongDevice(
        origin,
        `figures.${low} ${a} ${factor === 1 ? "" : `${UNITS[low]} `}is above figures.${high} ${b}${factor === 1 ? "" : ` ${UNITS[high]}`}`,
        "correct the one that is wrong",
      );
  }
  for (const name of WHOLE) {
    const v = value(name)!;
    if (!Number.isSafeInteger(v))
      throw wrongDevice(origin, `figures.${name} ${v} is not a whole number`);
  }
  const peak = (2 * value("smCount")! * value("lanesPerSm")! * value("boostMhz")!) / 1e6;
  const stated = value("fp32Tflops")!;
  if (Math.abs(peak / stated - 1) > 0.1)
    throw wrongDevice(
      origin,
      `figures.fp32Tflops ${stated} contradicts 2 x smCount x lanesPerSm x boostMhz = ${peak.toPrecision(4)} TFLOP/s`,
      "check smCount, lanesPerSm (FP32 lanes in one SM), boostMhz and fp32Tflops",
    );
}

/** Threads of the largest block that CUDA has on every GPU since compute capability 2.0. */
const CUDA_BLOCK = 1024;

/** What CUDA promises of every GPU. @throws UserError */
export function checkCudaLimits(
  figures: Partial<Record<FigureName, Figure>>,
  origin: string,
): void {
  const threads = figures.maxThreadsPerSm!.value;
  if (threads < CUDA_BLOCK || threads % 32 !== 0)
    throw wrongDevice(
      origin,
      `figures.maxThreadsPerSm is ${threads}, and an NVIDIA GPU's block has up to ${CUDA_BLOCK} threads in warps of 32`,
      "give the threads that one SM holds, a multiple of 32 of at least 1024",
    );
}
