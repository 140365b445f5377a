/** From a design to its network and its prediction, in Node and in the page. */
import { type PredictOptions, predict } from "../gpu/predict.ts";
import type { Prediction } from "../gpu/types.ts";
import type { Graph } from "../graph/types.ts";
import {
  buildNetwork,
  CELL_EDGES,
  type CellOperation,
  cellCode,
  nasBench201,
} from "../zoo/index.ts";
import type { NetworkSpace, Timing } from "./data.ts";
import type { Scalar } from "./encode.ts";
import { formatNumber } from "./number.ts";

export function networkOf(space: NetworkSpace, design: Readonly<Record<string, Scalar>>): Graph {
  switch (space.kind) {
    case "nasbench201": {
      const cell = CELL_EDGES.map(([from, to]) => design[`e${from}${to}`] as CellOperation);
      const { classes, resolution } = space;
      return nasBench201(cellCode(cell), { classes, resolution });
    }
    case "zoo":
      return buildNetwork(space.network, {
        ...space.fixed,
        ...(design as Record<string, string | number>),
      });
  }
}

export function predictDesign(
  space: NetworkSpace,
  design: Readonly<Record<string, Scalar>>,
  timing: Timing,
): Prediction {
  const { device, batch, precision, host, more } = timing;
  const options: PredictOptions = { ...more, device, batch, precision, host };
  return predict(networkOf(space, design), options);
}

/** e.g. `GeForce RTX 2080 Ti, fp32, batch 256, eager host`. */
export function timingText({ device, precision, batch, host, more }: Timing): string {
  const rest = Object.entries(more).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [device.name, precision, `batch ${formatNumber(batch)}`, `${host} host`, ...rest].join(
    ", ",
  );
}
