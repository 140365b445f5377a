/** How many channels this processor's kernels take in a block. */
import { GraphBuilder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/types.ts";
import type { DenseTensor, Session } from "../types.ts";
import { NCHWC } from "./rewriter.ts";

/** More than any processor's block. */
const CHANNELS = 64;

/**
 * Asks the engine to bring 64 channels of two positions into blocks, and reads off where the second
 * position went: 16 with AVX-512, 8 with AVX. Undefined where it has no such kernels.
 *
 * @param open opens a graph on the CPU, as it is
 */
export async function blockSize(
  open: (graph: Graph) => Promise<Session>,
): Promise<number | undefined> {
  const builder = new GraphBuilder({ name: "block size", opsets: { [NCHWC]: 1 } });
  builder.input("x", [1, CHANNELS, 1, 2]);
  const y = builder.add("ReorderInput", ["x"], {}, { domain: NCHWC });
  builder.output(y, [1, CHANNELS, 1, 2]);
  try {
    const session = await open(builder.build());
    // Element 2 c + p is position p of channel c.
    const data = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
    const x: DenseTensor = { dtype: "float32", dims: [1, CHANNELS, 1, 2], data };
    const out = (await session.run({ x }))[y]!.data as Float32Array;
    await session.release();
    const block = out.indexOf(1);
    const whole = block > 1 && CHANNELS % block === 0;
    return whole && out.every((v, i) => v === expected(i, block)) ? block : undefined;
  } catch {
    // An engine without these kernels refuses the graph or the run: it works in the plain layout.
    return undefined;
  }
}

/** Block, then position, then channel within the block. */
function expected(i: number, block: number): number {
  const channel = Math.floor(i / (2 * block)) * block + (i % block);
  const position = Math.floor(i / block) % 2;
  return 2 * channel + position;
}
