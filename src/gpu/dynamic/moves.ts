/**
 * Gather and scatter of blocks, as SBNet's `sparse_gather` and `sparse_scatter` do it (Ren et al., CVPR
 * 2018): one kernel for each map, one thread an element, indices of blocks read once. Streams of the
 * engine, with the DRAM bytes of the sectors that they touch (`sectors.ts`).
 */
import { planStream } from "../kernels/memory.ts";
import type { Launch, Target } from "../lower.ts";
import { bytesPerElement } from "../precision.ts";
import type { BlockGrid } from "./blocks.ts";
import type { Extent } from "./extents.ts";
import { dramBytes, touchedBytes } from "./sectors.ts";
import type { FeatureMap } from "./structure.ts";
import { streamLaunch } from "./synthetic.ts";
import type { Scatter } from "./types.ts";

/** Position of a block: one 64-bit integer, as ONNX's indices are. */
export const INDEX_BYTES = 8;

/** Reads `extent` positions of `n` blocks from a map, halo included, into a dense stack. */
export function gatherLaunch(
  region: string,
  map: FeatureMap,
  extent: Extent,
  n: number,
  target: Target,
): Launch {
  const { device } = target;
  const bytes = bytesPerElement(target.precision);
  const touched = touchedBytes({
    blocks: n,
    channels: map.channels,
    rows: Math.min(extent[0], map.height),
    columns: Math.min(extent[1], map.width),
    mapColumns: map.width,
    bytesPerElement: bytes,
    channelsLast: target.channelsLast === true,
  });
  const elements = n * map.channels * extent[0] * extent[1];
  const kernel = planStream(
    {
      name: "gather_blocks",
      algorithm: "copy",
      readBytes: dramBytes(touched, mapBytes(map, bytes), device) + n * INDEX_BYTES,
      writtenBytes: bytes * elements,
      threads: elements,
      flops: 0,
      efficiency: 1,
    },
    device,
  );
  return streamLaunch(`${region}/gather ${map.value}`, "GatherND", [kernel], target);
}

/**
 * Writes a stack of `n` blocks of the output to its map, after what gives the other positions their
 * values; undefined where there is nothing to write.
 */
export function scatterLaunch(
  region: string,
  map: FeatureMap,
  grid: BlockGrid,
  n: number,
  scatter: Scatter,
  target: Target,
): Launch | undefined {
  const { device } = target;
  const bytes = bytesPerElement(target.precision);
  const whole = mapBytes(map, bytes);
  const kernels = [];
  if (scatter !== "in-place") {
    const copies = scatter === "copy";
    kernels.push(
      planStream(
        {
          name: copies ? "copy_map" : "fill_zeros",
          algorithm: "copy",
          readBytes: copies ? whole : 0,
          writtenBytes: whole,
          // Vectors of 16 bytes, as PyTorch's fills and copies.
          threads: Math.ceil(whole / 16),
          flops: 0,
          efficiency: 1,
        },
        device,
      ),
    );
  }
  if (n > 0) {
    const touched = touchedBytes({
      blocks: n,
      channels: map.channels,
      // What lies on the map, on average over the blocks.
      rows: map.height / grid.rows,
      columns: map.width / grid.columns,
      mapColumns: map.width,
      bytesPerElement: bytes,
      channelsLast: target.channelsLast === true,
    });
    const elements = n * map.channels * grid.block[0] * grid.block[1];
    kernels.push(
      planStream(
        {
          name: "scatter_blocks",
          algorithm: "copy",
          readBytes: bytes * elements + n * INDEX_BYTES,
          writtenBytes: dramBytes(touched, whole, device),
          threads: elements,
          flops: 0,
          efficiency: 1,
        },
        device,
      ),
    );
  }
  return kernels.length === 0
    ? undefined
    : streamLaunch(`${region}/scatter ${map.value}`, "ScatterND", kernels, target);
}

export function mapBytes(map: FeatureMap, bytesPerElement: number): number {
  return map.batch * map.channels * map.height * map.width * bytesPerElement;
}
