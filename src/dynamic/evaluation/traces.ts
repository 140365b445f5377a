/** What a dynamic network computed of given images: where each left, and which blocks were on. */
import { UserError } from "../../base/errors.ts";
import { nodeEngine } from "../../runtime/node-engine.ts";
import type { DenseTensor } from "../../runtime/types.ts";
import { partsOf } from "../deploy/parts.ts";
import { masked, withOutputs } from "../masked.ts";
import type { DynamicNetwork } from "../plan.ts";
import { surenessOf } from "./confidence.ts";

export interface RegionTrace {
  /** Of the plan. */
  readonly name: string;
  readonly kind: "layer" | "spatial" | "channels";
  /** Blocks [rows, columns] for `spatial`, [1, 1] for `layer`, [1, channels] for `channels`. */
  readonly rows: number;
  readonly columns: number;
  /** 1 where it was on, 0 where not. */
  readonly mask: Float32Array;
  /** False where the image left before it, and nothing of it was computed. */
  readonly reached: boolean;
}

export interface Trace {
  /** Index of the exit that the image left at, the number of exits for the end. */
  readonly exit: number;
  readonly logits: Float32Array;
  readonly regions: readonly RegionTrace[];
}

/**
 * @param images float32 [batch, channels, height, width], normalised as in training
 * @throws UserError where there are no images
 */
export async function tracesOf(
  network: DynamicNetwork,
  images: DenseTensor,
): Promise<readonly Trace[]> {
  const count = images.dims[0] ?? 0;
  if (count === 0)
    throw new UserError(`the images are [${images.dims.join(", ")}]: there are none to trace`, {
      hint: "give one at least",
    });
  const { graph, logits, masks } = masked(network);
  const session = await nodeEngine.open(withOutputs(graph, [...new Set([...logits, ...masks])]));
  try {
    const outputs = await session.run({ [graph.inputs[0]!.name]: images });
    const rowOf = (name: string, i: number) => {
      const { dims, data } = outputs[name]!;
      const size = dims.slice(1).reduce((a, b) => a * b, 1);
      return (data as Float32Array).slice(i * size, (i + 1) * size);
    };
    const { exits, regions } = network.plan;
    const first = firstExits(network);
    return Array.from({ length: count }, (_, i): Trace => {
      const own = logits.map((name) => rowOf(name, i));
      const at = exits.findIndex(({ threshold, temperature }, k) => {
        const { confidence } = surenessOf(own[k]!, Int32Array.of(0), own[k]!.length, temperature);
        return confidence[0]! >= threshold;
      });
      const exit = at < 0 ? exits.length : at;
      return {
        exit,
        logits: own[exit]!,
        regions: regions.map(({ name, kind }, r) => {
          const [rows, columns] = outputs[masks[r]!]!.dims.slice(1).slice(-2);
          const size = columns === undefined ? [1, rows!] : [rows!, columns];
          return {
            name,
            kind,
            rows: size[0]!,
            columns: size[1]!,
            mask: rowOf(masks[r]!, i),
            reached: first[r]! <= exit,
          };
        }),
      };
    });
  } finally {
    await session.release();
  }
}

/** For each region, the exit by which it has run, by index. */
function firstExits(network: DynamicNetwork): readonly number[] {
  const parts = partsOf(network.graph, [
    ...network.plan.exits.map((exit) => exit.logits),
    network.graph.outputs[0]!.name,
  ]);
  return network.plan.regions.map(({ nodes }) =>
    parts.findIndex((part) => part.nodes.some(({ name }) => name === nodes[0])),
  );
}
