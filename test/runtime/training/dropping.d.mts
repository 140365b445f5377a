import type { Graph } from "../../../src/graph/types.ts";
import type { TrainingForm } from "../../../src/runtime/training/index.ts";

export function dropping(network: Graph): TrainingForm;
