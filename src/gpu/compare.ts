/**
 * Two predictions, kernel by kernel: the first is the baseline. Launches that share a node are one
 * unit (a fused launch stands against the launches it replaces); what shares none is aligned in order
 * between its neighbours, contraction with contraction and pooling with pooling, so that two
 * different networks can be compared too.
 */
import type { Kernel, Limiter, Prediction } from "./types.ts";

/** One side of a unit. */
export interface UnitSide {
  readonly nodes: readonly string[];
  readonly kernels: readonly Kernel[];
  readonly timeUs: number;
  readonly flops: number;
  readonly dramBytes: number;
  /** The limiter and the kernel of most of the time. */
  readonly limiter: Limiter;
  readonly longest: Kernel;
}

export interface ComparedUnit {
  readonly a: UnitSide | null;
  readonly b: UnitSide | null;
  /** By a node's name that both have, or by its place and kind; null where one side has none. */
  readonly alignedBy: "name" | "order" | null;
  /** b - a; what one side lacks counts as zero. */
  readonly deltaUs: number;
}

export interface ComparedTotal {
  readonly what: string;
  readonly a: number;
  readonly b: number;
}

export interface Comparison {
  readonly totals: readonly ComparedTotal[];
  /** Largest difference first. */
  readonly units: readonly ComparedUnit[];
}

export function comparePredictions(a: Prediction, b: Prediction): Comparison {
  const units = align(launchesOf(a), launchesOf(b));
  units.sort((x, y) => Math.abs(y.deltaUs) - Math.abs(x.deltaUs));
  return { totals: totals(a, b), units };
}

interface Launch {
  readonly nodes: readonly string[];
  readonly kernels: readonly Kernel[];
}

/** Kernels of the same nodes, one after another, are of one launch group. */
function launchesOf(prediction: Prediction): Launch[] {
  const out: { nodes: readonly string[]; kernels: Kernel[] }[] = [];
  let before = "";
  for (const kernel of prediction.kernels) {
    const key = kernel.nodes.join("\n");
    if (out.length > 0 && key === before) out.at(-1)!.kernels.push(kernel);
    else out.push({ nodes: kernel.nodes, kernels: [kernel] });
    before = key;
  }
  return out;
}

function align(a: readonly Launch[], b: readonly Launch[]): ComparedUnit[] {
  const shared = sharedUnits(a, b);
  const units = shared.map((s) => unit(side(a, s.a), side(b, s.b), "name"));
  const taken = {
    a: new Set(shared.flatMap((s) => s.a)),
    b: new Set(shared.flatMap((s) => s.b)),
  };
  const chain = increasing(shared.map((s) => [s.a[0]!, s.b[0]!] as const));
  let from: readonly [number, number] = [-1, -1];
  for (const to of [...chain, [a.length, b.length] as const]) {
    const restA = between(from[0], to[0]).filter((i) => !taken.a.has(i));
    const restB = between(from[1], to[1]).filter((i) => !taken.b.has(i));
    const pairs = alignInOrder(
      restA.map((i) => a[i]!),
      restB.map((i) => b[i]!),
    );
    const pairedA = new Set(pairs.map(([i]) => i));
    const pairedB = new Set(pairs.map(([, j]) => j));
    for (const [i, j] of pairs)
      units.push(unit(side(a, [restA[i]!]), side(b, [restB[j]!]), "order"));
    restA.forEach((i, at) => {
      if (!pairedA.has(at)) units.push(unit(side(a, [i]), null, null));
    });
    restB.forEach((j, at) => {
      if (!pairedB.has(at)) units.push(unit(null, side(b, [j]), null));
    });
    from = to;
  }
  return units;
}

/** Launches of both sides that are joined by names of nodes, as indices in order. */
function sharedUnits(
  a: readonly Launch[],
  b: readonly Launch[],
): { readonly a: readonly number[]; readonly b: readonly number[] }[] {
  const parent = Array.from({ length: a.length + b.length }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  const holder = new Map<string, number>();
  [...a, ...b].forEach((launch, i) => {
    for (const node of launch.nodes) {
      if (node === "") continue;
      const other = holder.get(node);
      if (other === undefined) holder.set(node, i);
      else parent[root(i)] = root(other);
    }
  });
  const groups = new Map<number, { a: number[]; b: number[] }>();
  for (let i = 0; i < parent.length; i++) {
    const key = root(i);
    const group = groups.get(key) ?? { a: [], b: [] };
    groups.set(key, group);
    if (i < a.length) group.a.push(i);
    else group.b.push(i - a.length);
  }
  return [...groups.values()].filter((g) => g.a.length > 0 && g.b.length > 0);
}

/** A longest chain of pairs that increases on both sides (patience sorting). */
function increasing(
  pairs: readonly (readonly [number, number])[],
): readonly (readonly [number, number])[] {
  const sorted = [...pairs].sort((x, y) => x[0] - y[0]);
  const tails: number[] = [];
  const before: number[] = [];
  sorted.forEach(([, value], i) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (sorted[tails[mid]!]![1] < value) low = mid + 1;
      else high = mid;
    }
    before.push(low > 0 ? tails[low - 1]! : -1);
    tails[low] = i;
  });
  const chain: (readonly [number, number])[] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i]!) chain.push(sorted[i]!);
  return chain.reverse();
}

/** Larger than this, the table of an exact alignment does not pay. Cells. */
const MOST_CELLS = 4e6;

/** The order-preserving pairing of the greatest likeness (Needleman and Wunsch, gaps at no cost). */
function alignInOrder(
  a: readonly Launch[],
  b: readonly Launch[],
): readonly (readonly [number, number])[] {
  const width = b.length + 1;
  if (a.length === 0 || b.length === 0) return [];
  if ((a.length + 1) * width > MOST_CELLS) return inSteps(a, b);
  const best = new Float64Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const like = likeness(a[i]!, b[j]!);
      const pair = like > 0 ? like + best[(i + 1) * width + j + 1]! : 0;
      best[i * width + j] = Math.max(pair, best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  const pairs: (readonly [number, number])[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const here = best[i * width + j]!;
    const like = likeness(a[i]!, b[j]!);
    if (like > 0 && here === like + best[(i + 1) * width + j + 1]!) pairs.push([i++, j++]);
    else if (here === best[(i + 1) * width + j]!) i++;
    else j++;
  }
  return pairs;
}

/** Each launch with the next one of its kind. */
function inSteps(a: readonly Launch[], b: readonly Launch[]): [number, number][] {
  const pairs: [number, number][] = [];
  let j = 0;
  for (let i = 0; i < a.length && j < b.length; i++) {
    const found = b.findIndex((launch, at) => at >= j && likeness(a[i]!, launch) > 0);
    if (found < 0) continue;
    pairs.push([i, found]);
    j = found + 1;
  }
  return pairs;
}

const NOT_CONTRACTIONS = new Set(["copy", "pointwise", "reduce", "pool"]);

function kind(launch: Launch): string {
  const { algorithm } = launch.kernels.at(-1)!;
  return NOT_CONTRACTIONS.has(algorithm) || algorithm === "depthwise" ? algorithm : "contraction";
}

/** 0: not to be compared. Equal work counts more than an equal kind. */
function likeness(a: Launch, b: Launch): number {
  if (kind(a) !== kind(b)) return 0;
  const flops = (l: Launch) => l.kernels.reduce((s, k) => s + k.flops, 0);
  const [x, y] = [flops(a), flops(b)];
  const close = Math.max(x, y) === 0 ? 1 : Math.min(x, y) / Math.max(x, y);
  return 1 + close;
}

function side(launches: readonly Launch[], indices: readonly number[]): UnitSide {
  const own = indices.map((i) => launches[i]!);
  const kernels = own.flatMap((l) => l.kernels);
  const byLimiter = new Map<Limiter, number>();
  for (const k of kernels) byLimiter.set(k.limiter, (byLimiter.get(k.limiter) ?? 0) + k.timeUs);
  return {
    nodes: own.flatMap((l) => l.nodes),
    kernels,
    timeUs: kernels.reduce((s, k) => s + k.timeUs, 0),
    flops: kernels.reduce((s, k) => s + k.flops, 0),
    dramBytes: kernels.reduce((s, k) => s + k.dramBytes, 0),
    limiter: [...byLimiter].reduce((x, y) => (y[1] > x[1] ? y : x))[0],
    longest: kernels.reduce((x, y) => (y.timeUs > x.timeUs ? y : x)),
  };
}

function unit(
  a: UnitSide | null,
  b: UnitSide | null,
  alignedBy: ComparedUnit["alignedBy"],
): ComparedUnit {
  return { a, b, alignedBy, deltaUs: (b?.timeUs ?? 0) - (a?.timeUs ?? 0) };
}

/** Strictly between two indices. */
function between(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from - 1) }, (_, i) => from + 1 + i);
}

function totals(a: Prediction, b: Prediction): ComparedTotal[] {
  const of = (what: string, figure: (p: Prediction) => number): ComparedTotal => ({
    what,
    a: figure(a),
    b: figure(b),
  });
  const sumOf = (p: Prediction, figure: (k: Kernel) => number) =>
    p.kernels.reduce((s, k) => s + figure(k), 0);
  return [
    of("latencyMs", (p) => p.latencyMs),
    of("latencyMsPerInput", (p) => p.latencyMs / p.batch),
    of("gpuMs", (p) => p.gpuMs),
    of("hostMs", (p) => p.hostMs),
    of("kernels", (p) => p.kernels.length),
    of("flops", (p) => sumOf(p, (k) => k.flops)),
    of("dramBytes", (p) => sumOf(p, (k) => k.dramBytes)),
    of("smUtilization", (p) => {
      const us = sumOf(p, (k) => k.timeUs);
      return us === 0 ? 0 : sumOf(p, (k) => k.timeUs * k.smUtilization) / us;
    }),
  ];
}
