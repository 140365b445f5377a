/** The GPU of a profile: from the profile's own words, or the device that the user names. */
import type { Device } from "../device.ts";
import { type SmLimits, WARP } from "../occupancy.ts";
import { smLimitsOf } from "./capability.ts";
import type { LaunchGroup, ReportedBoard } from "./recording.ts";

export interface Board {
  /** Index of the GPU in the profile. */
  readonly index: number;
  readonly name: string;
  readonly computeCapability: string | undefined;
  /** Undefined: the profile does not tell, and no device was named. */
  readonly smCount: number | undefined;
  readonly limits: SmLimits | undefined;
  readonly from: "profile" | "option";
}

/** Two statements about one GPU that cannot both be true. */
export interface Contradiction {
  readonly what: string;
  readonly profile: string;
  readonly other: string;
  /** Which of the two the report uses. */
  readonly used: "profile" | "other";
}

export interface ResolvedBoard {
  readonly board: Board;
  readonly contradictions: readonly Contradiction[];
}

/** More SMs than any GPU; what is beyond is damage. */
const MOST_SMS = 1024;

export function resolveBoard(
  index: number,
  reported: ReportedBoard | undefined,
  groups: readonly LaunchGroup[],
  device: Device | undefined,
): ResolvedBoard {
  const contradictions: Contradiction[] = [];
  const told = plausible(reported?.smCount, MOST_SMS);
  if (reported?.smCount !== undefined && told === undefined)
    contradictions.push({
      what: "SM count",
      profile: String(reported.smCount),
      other: `a GPU has 1 to ${MOST_SMS}`,
      used: "other",
    });
  const derived = smCountOfLaunches(groups);
  const smCount = told ?? derived;
  if (told !== undefined && derived !== undefined && told !== derived)
    contradictions.push({
      what: "SM count",
      profile: `${told} in its device properties`,
      other: `${derived} by its blocks for each SM`,
      used: "profile",
    });
  const { limits, differences } = limitsOf(reported);
  contradictions.push(...differences);
  const own: Board = {
    index,
    name: reported?.name ?? "a GPU that the profile does not name",
    computeCapability: reported?.computeCapability,
    smCount,
    limits,
    from: "profile",
  };
  if (device === undefined) return { board: own, contradictions };
  contradictions.push(...against(device, own));
  return {
    board: {
      index,
      name: device.name,
      computeCapability: device.computeCapability ?? undefined,
      smCount: device.smCount,
      limits: device.limits,
      from: "option",
    },
    contradictions,
  };
}

/** What the named device says differently. */
function against(device: Device, own: Board): Contradiction[] {
  const pairs: readonly [string, string | number | undefined, string | number | undefined][] = [
    ["compute capability", own.computeCapability, device.computeCapability ?? undefined],
    ["SM count", own.smCount, device.smCount],
    ["threads of an SM", warps(own.limits), warps(device.limits)],
    ["registers of an SM", own.limits?.registersPerSm, device.limits.registersPerSm],
    ["shared memory of an SM", own.limits?.sharedBytesPerSm, device.limits.sharedBytesPerSm],
  ];
  return pairs
    .filter(([, a, b]) => a !== undefined && b !== undefined && a !== b)
    .map(([what, a, b]) => ({
      what,
      profile: String(a),
      other: `${b} of --device ${device.id}`,
      used: "other",
    }));
}

function warps(limits: SmLimits | undefined): number | undefined {
  return limits === undefined ? undefined : limits.maxWarpsPerSm * WARP;
}

/** The compute capability's limits, with what the profile itself says in their place. */
function limitsOf(reported: ReportedBoard | undefined): {
  readonly limits: SmLimits | undefined;
  readonly differences: readonly Contradiction[];
} {
  const capability = reported?.computeCapability;
  // A wavefront of AMD's has 64 lanes: another machine, with other limits.
  const nvidia = reported?.warpSize === undefined || reported.warpSize === WARP;
  const known = capability === undefined || !nvidia ? undefined : smLimitsOf(capability);
  if (reported === undefined || known === undefined) return { limits: undefined, differences: [] };
  const differences: Contradiction[] = [];
  const take = (what: string, own: number | undefined, table: number): number => {
    if (own === undefined || own === table) return table;
    const ok = own > 0 && own <= 4 * table;
    differences.push({
      what,
      profile: String(own),
      other: `${table} of compute capability ${capability}`,
      used: ok ? "profile" : "other",
    });
    return ok ? own : table;
  };
  const threads = take("threads of an SM", reported.maxThreadsPerSm, known.maxWarpsPerSm * WARP);
  return {
    limits: {
      ...known,
      maxWarpsPerSm: Math.floor(threads / WARP),
      registersPerSm: take("registers of an SM", reported.registersPerSm, known.registersPerSm),
      registersPerBlock: take(
        "registers of a block",
        reported.registersPerBlock,
        known.registersPerBlock,
      ),
      sharedBytesPerSm: take(
        "shared memory of an SM",
        reported.sharedBytesPerSm,
        known.sharedBytesPerSm,
      ),
      sharedBytesPerBlock: take(
        "shared memory of a block",
        reported.sharedBytesPerBlock,
        known.sharedBytesPerBlock,
      ),
    },
    differences,
  };
}

/**
 * Kineto prints blocks / SMs; Nsight Compute blocks / (SMs x resident blocks) with two decimals,
 * which tells the SM count where the launch has waves enough.
 */
function smCountOfLaunches(groups: readonly LaunchGroup[]): number | undefined {
  let best: { smCount: number; uncertainty: number } | undefined;
  for (const { first } of groups) {
    const [x, y, z] = first.grid;
    const blocks = x * y * z;
    const { gridBlocksPerSm, wavesPerSm } = first.reported;
    const resident = residentByLimits(first.reported.blockLimits);
    const perSm =
      gridBlocksPerSm !== undefined && gridBlocksPerSm > 0
        ? { value: gridBlocksPerSm, step: 1e-6 }
        : wavesPerSm !== undefined && wavesPerSm > 0 && resident !== undefined && resident > 0
          ? { value: wavesPerSm * resident, step: 0.005 * resident }
          : undefined;
    if (perSm === undefined) continue;
    const sms = blocks / perSm.value;
    const uncertainty = (sms * perSm.step) / perSm.value;
    if (uncertainty < 0.4 && (best === undefined || uncertainty < best.uncertainty))
      best = { smCount: Math.round(sms), uncertainty };
  }
  return best === undefined ? undefined : plausible(best.smCount, MOST_SMS);
}

/** Resident blocks of an SM by the profiler's own limits; undefined where one of them is missing. */
export function residentByLimits(
  limits: NonNullable<LaunchGroup["first"]["reported"]["blockLimits"]> | undefined,
): number | undefined {
  const all = limits === undefined ? [] : Object.values(limits);
  const known = all.filter((n): n is number => n !== undefined && n > 0);
  return known.length === all.length && known.length > 0 ? Math.min(...known) : undefined;
}

function plausible(value: number | undefined, most: number): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= most
    ? value
    : undefined;
}
