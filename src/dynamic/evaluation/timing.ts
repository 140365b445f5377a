/** Time of the deployed network beside the dense one, on the same images and in turn. */
import { median } from "../../base/stats.ts";
import type { Graph } from "../../graph/types.ts";
import { Batches, type Normalization, type SampleView } from "../../runtime/data/index.ts";
import { nodeEngine } from "../../runtime/node-engine.ts";
import type { DenseTensor, Session } from "../../runtime/types.ts";

export interface TimingOptions {
  readonly batch: number;
  /** Batches of different images. */
  readonly batches: number;
  /** Times that all of them are run by each side. */
  readonly rounds: number;
  readonly threads: number;
  readonly normalization: Normalization;
}

export interface SideTime {
  readonly name: string;
  /** Mean over the images of a round, median over the rounds, ms an image. */
  readonly msPerImage: number;
  /** The slowest batch: its median over the rounds, ms an image. */
  readonly worstMsPerImage: number;
  /** The first side's `msPerImage` over this one's: above 1, this one is faster. */
  readonly speedup: number;
  /** The least and the most of the same ratio within each round; `speedup` lies between them. */
  readonly speedupRange: readonly [number, number];
}

/**
 * @param sides graphs of one input of the same shape, the dense network first
 */
export async function timeSides(
  sides: readonly { readonly name: string; readonly graph: Graph }[],
  view: SampleView,
  { batch, batches, rounds, threads, normalization }: TimingOptions,
): Promise<readonly SideTime[]> {
  const source = new Batches(view, { batch, normalization, last: "drop" });
  const images: DenseTensor[] = Array.from(
    { length: Math.min(batches, source.perEpoch) },
    (_, i) => {
      const { dims, dtype, data } = source.fill(0, i).images;
      return { dims, dtype, data: (data as Float32Array).slice() };
    },
  );
  const open: Session[] = [];
  try {
    for (const { graph } of sides) open.push(await nodeEngine.open(graph, { threads }));
    const feeds = sides.map(({ graph }) => {
      const name = graph.inputs[0]!.name;
      return images.map((tensor) => ({ [name]: tensor }));
    });
    /** [side][round][batch], ms. */
    const taken = sides.map((): number[][] => []);
    for (let round = -1; round < rounds; round++) {
      const row = sides.map((): number[] => []);
      for (const [i] of images.entries())
        for (const s of sides.keys()) {
          // Another side begins each time.
          const side = (s + i + Math.max(0, round)) % sides.length;
          const began = performance.now();
          await open[side]!.run(feeds[side]![i]!);
          row[side]![i] = performance.now() - began;
        }
      if (round >= 0) for (const [s, times] of row.entries()) taken[s]!.push(times);
    }
    return sideTimes(
      sides.map(({ name }) => name),
      taken,
      batch,
    );
  } finally {
    for (const session of open) await session.release();
  }
}

/**
 * @param taken ms of each batch, [side][round][batch]
 * @param batch images in each
 */
export function sideTimes(
  names: readonly string[],
  taken: readonly (readonly (readonly number[])[])[],
  batch: number,
): readonly SideTime[] {
  const perRound = taken.map((rows) =>
    rows.map((times) => times.reduce((a, b) => a + b, 0) / (times.length * batch)),
  );
  const first = perRound[0]!;
  return names.map((name, s) => {
    const own = perRound[s]!;
    const ratios = own.map((ms, r) => first[r]! / ms);
    return {
      name,
      msPerImage: median(own),
      worstMsPerImage: Math.max(
        ...taken[s]![0]!.map((_, i) => median(taken[s]!.map((times) => times[i]!)) / batch),
      ),
      speedup: median(first) / median(own),
      speedupRange: [Math.min(...ratios), Math.max(...ratios)],
    };
  });
}
