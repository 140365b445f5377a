/** What a dynamic network computed of given images: where each left, and which blocks were on. */
import { UserError } from "../../base/errors.ts";
import { nodeEngine } from "../../runtime/node-engine.ts";
import type { DenseTensor } from "../../runtime/types.ts";
import { masked, withOutputs } from "../masked.ts";
import type { DynamicNetwork } from "../plan.ts";
import { confidencesOf, exitOf, firstExits, type SeenRegion, seenOf, seenOutputs } from "./seen.ts";

export interface RegionTrace extends SeenRegion {
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
  const whole = masked(network);
  const session = await nodeEngine.open(withOutputs(whole.graph, seenOutputs(whole)));
  try {
    const outputs = await session.run({ [whole.graph.inputs[0]!.name]: images });
    const first = firstExits(network);
    return Array.from({ length: count }, (_, i): Trace => {
      const { logits, regions } = seenOf(network, whole, outputs, i);
      const exit = exitOf(network.plan, confidencesOf(network.plan, logits));
      return {
        exit,
        logits: logits[exit]!,
        regions: regions.map((region, r) => ({ ...region, reached: first[r]! <= exit })),
      };
    });
  } finally {
    await session.release();
  }
}
