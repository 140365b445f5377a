/** What regions computed of images, from the network itself. */
import { Batches, type Normalization, type SampleView } from "../../runtime/data/index.ts";
import { tracesOf } from "../evaluation/traces.ts";
import type { DynamicNetwork } from "../plan.ts";
import type { MasksOf } from "./masks.ts";

/** Images that one run takes. */
const BATCH = 64;

/** Runs the masked network on the images that are asked for. A region that an image left before is off. */
export function tracedMasks(
  network: DynamicNetwork,
  { set, indices }: SampleView,
  normalization: Normalization,
): MasksOf {
  return async (images) => {
    if (images.length === 0) return [];
    const own = { set, indices: Int32Array.from(images, (image) => indices[image]!) };
    const batches = new Batches(own, { batch: Math.min(BATCH, images.length), normalization });
    const found = [];
    for (let i = 0; i < batches.perEpoch; i++)
      found.push(...(await tracesOf(network, batches.fill(0, i).images)));
    return found.map(({ exit, regions }) => ({
      exit,
      masks: regions
        .filter((region) => region.kind === "spatial")
        .map(({ name, rows, columns, mask, reached }) => ({
          region: name,
          rows,
          columns,
          active: Uint8Array.from(mask, (on) => (reached && on > 0 ? 1 : 0)),
        })),
    }));
  };
}
