/** The curves of all regions of a network, or of regions that are given by their sizes. */
import { UserError } from "../../base/errors.ts";
import { bindBatch } from "../../gpu/batch.ts";
import type { Device } from "../../gpu/device.ts";
import {
  type DynamicRegion,
  type MaskSpec,
  type Moves,
  regionIn,
  regionOf,
} from "../../gpu/dynamic/index.ts";
import type { Graph } from "../../graph/types.ts";
import { blockSide } from "./block-side.ts";
import { type CurveRequest, curveOf, type RegionCurve, type Where } from "./curve.ts";
import type { RegionSize } from "./region-size.ts";
import { type FoundRegion, regionsOf } from "./regions.ts";

export interface CurveSettings {
  readonly devices: readonly Device[];
  /** Side of a block; undefined: as {@link blockSide} has it, for each region. */
  readonly block: number | undefined;
  readonly mask: MaskSpec;
  readonly moves: Moves;
  readonly where: Where;
  readonly request: CurveRequest;
}

export interface CurveSurvey {
  readonly batch: number;
  readonly regions: readonly FoundRegion[];
  /** Branches that cannot be computed on blocks. */
  readonly left: readonly { readonly name: string; readonly op: string }[];
  /** Of the network's multiply-accumulates, those in regions; undefined where there is no network. */
  readonly share: number | undefined;
  /** Region by region, device by device. */
  readonly curves: readonly RegionCurve[];
}

/** @throws UserError where the network has no region, or one cannot be computed with such blocks */
export function surveyNetwork(
  network: Graph,
  wanted: number | undefined,
  settings: CurveSettings,
): CurveSurvey {
  const { analysis, batch } = bindBatch(network, wanted);
  const found = regionsOf(analysis);
  if (found.regions.length === 0)
    throw new UserError(
      `${network.name} has no residual block with an identity shortcut and no convolutions that keep their shape`,
      {
        hint:
          found.left.length > 0
            ? `${found.left.length} branches hold what cannot be computed on blocks, e.g. ${found.left[0]!.op} in that of ${found.left[0]!.name}`
            : "give the sizes of a region: --region 64x56x56",
        exitCode: 2,
      },
    );
  const curves = curvesOf(found.regions, settings, (region, device) =>
    regionIn(
      analysis,
      { ...regionSettings(region, settings), nodes: region.nodes },
      {
        ...settings.where,
        device,
        batch,
      },
    ),
  );
  return { batch, ...found, curves };
}

/** @throws UserError for sizes or blocks that cannot be, or a region that is given twice */
export function surveySizes(
  sizes: readonly RegionSize[],
  batch: number,
  settings: CurveSettings,
): CurveSurvey {
  const names = sizes.map((size) => size.name ?? "region");
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new UserError(`region '${twice}' is given twice`, { hint: "give it once", exitCode: 2 });
  const [first] = settings.devices;
  const regions = sizes.map((size, i): FoundRegion => {
    const { channels, height, width } = size;
    const at = { ...regionSettings({ name: names[i]!, height, width }, settings) };
    const region = regionOf({ ...size, ...at, batch }, { ...settings.where, device: first! });
    return {
      name: names[i]!,
      kind: "sizes",
      stage: 0,
      nodes: [],
      channels,
      height,
      width,
      times: 1,
      macs: region.dense.macs,
    };
  });
  const curves = curvesOf(regions, settings, (region, device) => {
    const size = sizes[regions.indexOf(region)]!;
    return regionOf(
      { ...size, ...regionSettings(region, settings), batch },
      { ...settings.where, device },
    );
  });
  return { batch, regions, left: [], share: undefined, curves };
}

function curvesOf(
  regions: readonly FoundRegion[],
  { devices, request }: CurveSettings,
  regionAt: (region: FoundRegion, device: Device) => DynamicRegion,
): readonly RegionCurve[] {
  return regions.flatMap((region) =>
    devices.map((device) => curveOf(regionAt(region, device), request)),
  );
}

function regionSettings(
  { name, height, width }: Pick<FoundRegion, "name" | "height" | "width">,
  { block, mask, moves }: CurveSettings,
) {
  const sides = [height, width].map((side) => (block === undefined ? blockSide(side) : block));
  return { name, block: sides as [number, number], mask, moves };
}
