/**
 * NVIDIA's compute capability: which an architecture has, and what a GPU of it cannot be.
 * After the CUDA C++ Programming Guide, "Compute Capabilities" and "Arithmetic Instructions".
 */
import type { Architecture } from "./device.ts";
import { type Figure, type FigureName, wrongDevice } from "./figures.ts";

/** Least and most of each architecture; of an architecture that is not here nothing is known. */
const CAPABILITIES: Readonly<Partial<Record<Architecture, readonly [number, number]>>> = {
  maxwell: [5, 5.3],
  pascal: [6, 6.2],
  volta: [7, 7.2],
  turing: [7.5, 7.5],
  ampere: [8, 8.8],
  ada: [8.9, 8.9],
  hopper: [9, 9],
  blackwell: [10, 12.1],
};

const OTHER_VENDORS: ReadonlySet<Architecture> = new Set(["adreno", "mali", "apple"]);

/** Chips that compute halves at a small share of the rate of FP32, or not at all. */
const SLOW_HALVES: ReadonlySet<string> = new Set(["5.0", "5.2", "6.1"]);
/** Data sheets round, and some state rates at another clock. */
const ROUNDING = 0.9;

export function hasTensorCores(computeCapability: string | null): boolean {
  return computeCapability !== null && Number(computeCapability) >= 7;
}

/** @throws UserError for a compute capability that no GPU of the architecture has */
export function checkCapability(
  computeCapability: string | null,
  architecture: Architecture,
  origin: string,
): void {
  if (OTHER_VENDORS.has(architecture) && computeCapability !== null)
    throw wrongDevice(
      origin,
      `computeCapability is ${computeCapability}, and architecture ${architecture} is not NVIDIA's`,
      "give computeCapability null, or the architecture that it is of",
    );
  const range = CAPABILITIES[architecture];
  if (range === undefined) return;
  const [least, most] = range;
  const capability = Number(computeCapability ?? Number.NaN);
  if (capability >= least && capability <= most) return;
  const expected = least === most ? least.toFixed(1) : `${least.toFixed(1)} to ${most.toFixed(1)}`;
  throw wrongDevice(
    origin,
    `computeCapability is ${computeCapability}, and architecture ${architecture} has ${expected}`,
    "correct the one that is wrong: kernels and matrix units are chosen by them",
  );
}

/** @throws UserError for rates that no GPU of the architecture has beside its FP32 rate */
export function checkRates(
  figures: Readonly<Partial<Record<FigureName, Figure>>>,
  computeCapability: string | null,
  architecture: Architecture,
  origin: string,
): void {
  if (architecture === "other") return;
  const capability = Number(computeCapability ?? Number.NaN);
  const fp32 = figures.fp32Tflops!.value;
  for (const name of ["fp16Tflops", "bf16Tflops", "tf32Tflops"] as const) {
    const rate = figures[name]?.value;
    if (rate === undefined) continue;
    if (name !== "fp16Tflops" && capability < 8)
      throw wrongDevice(
        origin,
        `figures.${name} is ${rate}, and compute capability ${computeCapability} has no such arithmetic`,
        `leave figures.${name} out`,
      );
    if (SLOW_HALVES.has(computeCapability ?? "") || rate >= ROUNDING * fp32) continue;
    throw wrongDevice(
      origin,
      `figures.${name} ${rate} is below figures.fp32Tflops ${fp32}, which no GPU of architecture ${architecture}${computeCapability === null ? "" : ` and compute capability ${computeCapability}`} has`,
      `correct the one that is wrong, or leave figures.${name} out`,
    );
  }
}
