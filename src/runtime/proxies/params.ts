import { analyze } from "../../ops/analyze.ts";
import type { ZeroCostProxy } from "./types.ts";

export const params: ZeroCostProxy = {
  name: "params",
  description: "number of parameters",
  source: "a baseline of NAS-Bench-Suite-Zero (Krishnakumar et al. 2022)",
  score: async ({ network }) => analyze(network).totals.params,
};
