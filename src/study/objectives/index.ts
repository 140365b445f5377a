/** The kinds of objectives. A new one is a file here and a line in this list. */
import type { ObjectiveKind } from "../kinds.ts";
import { accuracy } from "./accuracy.ts";
import { column } from "./column.ts";
import { flops, macs, params } from "./counts.ts";
import { dynamic } from "./dynamic.ts";
import { gpuMs, latencyMs } from "./latency.ts";
import { module } from "./module.ts";
import { proxy } from "./proxy.ts";

export const OBJECTIVES: readonly ObjectiveKind[] = [
  latencyMs,
  gpuMs,
  params,
  macs,
  flops,
  accuracy,
  proxy,
  dynamic,
  column,
  module,
];
