/** Proxies in a child process. */
import { UserError } from "../../base/errors.ts";
import { zeros } from "../../graph/tensor.ts";
import type { Graph } from "../../graph/types.ts";
import { readOnnx, writeOnnx } from "../../onnx/index.ts";
import type { ChildPool, RequestOptions } from "../child/pool.ts";
import { builtModule, childTask } from "../child/task.ts";
import { proxyNamed, proxyScores } from "./index.ts";
import { layerWeights } from "./initial-weights.ts";
import type { ProxyOptions } from "./types.ts";

interface ScoreInput {
  readonly model: Uint8Array;
  readonly names: readonly string[];
  readonly options: Omit<ProxyOptions, "engine">;
}

const SCORE = childTask<ScoreInput, Record<string, number>>(
  builtModule(import.meta.url, "./tasks.ts"),
  "scoreInChild",
);

export async function scoreInChild({ model, names, options }: ScoreInput) {
  return proxyScores(readOnnx(model).graph, names, options);
}

/**
 * As `proxyScores`, in a process of the pool: a crash there fails this network alone.
 *
 * @throws UserError as `proxyScores`, and where the process dies or takes too long
 */
export function isolatedProxyScores(
  pool: ChildPool,
  network: Graph,
  names: readonly string[],
  { engine, ...options }: ProxyOptions,
  request: RequestOptions = {},
): Promise<Record<string, number>> {
  if (engine !== undefined)
    throw new UserError("an engine cannot be given to another process", {
      hint: "leave it out: the child opens its own",
    });
  names.forEach(proxyNamed);
  const graph = options.weights === "given" ? network : withoutWeights(network);
  return pool.run(
    SCORE,
    { model: writeOnnx(graph), names, options },
    { what: network.name, ...request },
  );
}

/** Weights that are drawn anew need not be made here first, which takes as long as to draw them. */
function withoutWeights(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  for (const name of layerWeights(graph)) {
    const { dtype, dims } = initializers.get(name)!;
    initializers.set(name, zeros(dtype, dims));
  }
  return { ...graph, initializers };
}
