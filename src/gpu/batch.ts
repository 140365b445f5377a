/** Binds the batch size: as the network's free dimension, or in place of a fixed one. */
import { UserError } from "../base/errors.ts";
import type { Graph, Value } from "../graph/types.ts";
import { analyze } from "../ops/analyze.ts";
import type { Analysis } from "../ops/types.ts";

export interface Bound {
  readonly analysis: Analysis;
  readonly batch: number;
}

/**
 * Analyses a network at a batch size. The batch is axis 0 of the inputs.
 *
 * @param batch default: what the network fixes, else 1
 * @param bind further free dimensions by name
 * @throws UserError where a fixed batch contradicts `batch` and cannot be replaced
 */
export function bindBatch(
  subject: Graph | Analysis,
  batch: number | undefined,
  bind: Readonly<Record<string, number>> = {},
): Bound {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1))
    throw new UserError(`batch ${batch}, expected a whole number of at least 1`, { exitCode: 2 });
  const analysis = "graph" in subject ? subject : undefined;
  const graph = "graph" in subject ? subject.graph : subject;
  const dimension = batchDimension(graph);
  if (dimension === undefined || typeof dimension === "number") {
    const own = dimension ?? 1;
    if (batch === undefined || batch === own)
      return { analysis: analysis ?? analyze(graph, { bind }), batch: own };
    return { analysis: rebatched(graph, own, batch, bind), batch };
  }
  const asked = Object.hasOwn(bind, dimension) ? bind[dimension] : undefined;
  if (batch !== undefined && asked !== undefined && asked !== batch)
    throw new UserError(
      `batch ${batch} was asked for, and ${asked} for dimension ${dimension}, which is the batch`,
      { hint: "give one of the two", exitCode: 2 },
    );
  const size = batch ?? asked ?? analysis?.bound[dimension] ?? 1;
  if (analysis?.bound[dimension] === size) return { analysis, batch: size };
  return {
    analysis: analyze(graph, { bind: { ...analysis?.bound, ...bind, [dimension]: size } }),
    batch: size,
  };
}

/** Axis 0 of the first input that has one. */
function batchDimension(graph: Graph): number | string | undefined {
  return graph.inputs.find((i) => i.shape !== undefined && i.shape.length > 0)?.shape?.[0];
}

function rebatched(
  graph: Graph,
  own: number,
  batch: number,
  bind: Readonly<Record<string, number>>,
): Analysis {
  const resized = (value: Value): Value =>
    value.shape?.[0] === own ? { ...value, shape: [batch, ...value.shape.slice(1)] } : value;
  const contradiction = (cause?: unknown): UserError =>
    new UserError(
      `${graph.name}: the network fixes its batch to ${own}, batch ${batch} was asked for`,
      {
        hint: `leave the batch at ${own}, or export the network with a free batch dimension`,
        cause,
      },
    );
  let analysis: Analysis;
  try {
    analysis = analyze(
      {
        ...graph,
        inputs: graph.inputs.map(resized),
        outputs: graph.outputs.map((o) => ({ ...o, shape: undefined })),
        declared: new Map(),
      },
      { bind },
    );
  } catch (error) {
    if (error instanceof UserError) throw contradiction(error);
    throw error;
  }
  // A Reshape to a fixed first size passes inference but no longer keeps images apart.
  for (const output of graph.outputs) {
    const now = analysis.types.get(output.name)?.shape?.[0];
    if (output.shape?.[0] === own && now !== undefined && now !== batch) throw contradiction();
  }
  return analysis;
}
