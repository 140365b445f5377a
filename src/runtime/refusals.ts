/** What ONNX Runtime says when it refuses a graph or a run, as an error that a person can act on. */
import { UserError } from "../base/errors.ts";
import type { Graph, Node } from "../graph/types.ts";

/** Only the part behind the C++ location that ONNX Runtime puts first. */
function plain(message: string): string {
  return message
    .replace(/(?:\/\S*)?\/?onnxruntime\/core\/\S+:\d+ /g, "")
    .replace(/^Exception during initialization: /, "")
    .replace(/\s+/g, " ")
    .trim();
}

const cannotRun = (graph: Graph, why: string, hint: string, cause: unknown) =>
  new UserError(`${graph.name}: ${why}`, { hint, cause });

/** The error of opening a session. */
export function openError(error: unknown, graph: Graph, engine: string): Error {
  if (error instanceof UserError || !(error instanceof Error)) return error as Error;
  const { message } = error;
  const unknownOp =
    /\("([^"]*)", (\S+), "([^"]*)", -?\d+\).*No Op registered for \S+ with domain_version of (\d+)/s.exec(
      message,
    );
  if (unknownOp !== null) {
    const [, node, op, domain, version] = unknownOp;
    return cannotRun(
      graph,
      `${node} (${op}): ${engine} has no operator ${op} in ${domain || "ai.onnx"} ${version}`,
      OPERATOR_HINT,
      error,
    );
  }
  const unknownFunction = /(?:^|: )([^\s:]*):?(\S+)\(-?\d+\) is not a registered function\/op/.exec(
    message,
  );
  if (unknownFunction !== null) {
    const [, domain = "", op = ""] = unknownFunction;
    const node = graph.nodes.find((n) => n.op === op && n.domain === domain);
    return cannotRun(
      graph,
      `${node ? `${node.name} (${op})` : op}: ${engine} has no operator ${op} in ${domain || "ai.onnx"} ${graph.opsets.get(domain) ?? ""}`.trim(),
      OPERATOR_HINT,
      error,
    );
  }
  const missing =
    /Could not find an implementation for (\S+)\((\d+)\) node with name '([^']*)'/.exec(message);
  if (missing !== null) {
    const [, op, version, name] = missing;
    const node = graph.nodes.find((n) => n.name === name);
    return cannotRun(
      graph,
      `${name} (${op}): ${engine} has no kernel for ${op} ${version} on ${inputTypes(graph, node)}`,
      "use an element type that it has, mostly float32, or another operator",
      error,
    );
  }
  const type =
    /Type '(\S+)' of input parameter \((\S+)\) of operator \((\S+)\) in node \((.*?)\) is invalid/.exec(
      message,
    );
  if (type !== null)
    return cannotRun(
      graph,
      `${type[4]} (${type[3]}): input ${type[2]} is a ${type[1]}, which ${type[3]} does not take`,
      "put a Cast before the node, or use another operator",
      error,
    );
  const opset = /Current official support for domain (\S+) is till opset (\d+)/.exec(message);
  if (opset !== null)
    return cannotRun(
      graph,
      `operator set ${graph.opsets.get(opset[1] === "ai.onnx" ? "" : opset[1]!)} of ${opset[1]} is newer than ${engine} runs, ${opset[2]}`,
      "export the model with an older operator set",
      error,
    );
  const format = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(
    message,
  );
  if (format !== null)
    return cannotRun(
      graph,
      `operator set ${graph.opsets.get("")} or an element type needs ONNX format version ${format[1]}, ${engine} reads up to ${format[2]}`,
      "export the model with an older operator set",
      error,
    );
  if (/bad_alloc|Failed to allocate memory|out of memory/i.test(message))
    return cannotRun(
      graph,
      `not enough memory to load the network: ${plain(message)}`,
      "free memory, or take a smaller network",
      error,
    );
  return cannotRun(
    graph,
    `${engine} refuses it: ${plain(message)}`,
    "check the node that it names against ONNX's definition of the operator",
    error,
  );
}

const OPERATOR_HINT =
  "replace the node by operators of ONNX, or export the model with a newer operator set";

function inputTypes(graph: Graph, node: Node | undefined): string {
  const types = node?.inputs.map(
    (name) =>
      graph.initializers.get(name)?.dtype ??
      graph.inputs.find((i) => i.name === name)?.dtype ??
      graph.declared.get(name)?.dtype,
  );
  const known = types?.filter((t) => t !== undefined);
  return known === undefined || known.length === 0 ? "these types" : known.join(", ");
}

/** The error of a run; feeds were checked before, so a node inside failed. */
export function runError(error: unknown, graphName: string, engine: string): Error {
  if (error instanceof UserError || !(error instanceof Error)) return error as Error;
  const { message } = error;
  const node = /while running (\S+) node\. Name:'([^']*)' Status Message: (.*)/s.exec(message);
  const why =
    node === null
      ? `${engine} failed: ${plain(message)}`
      : `${node[2]} (${node[1]}): ${plain(node[3]!)}`;
  const memory = /bad_alloc|Failed to allocate memory|out of memory/i.test(message);
  return new UserError(`${graphName}: ${why}`, {
    hint: memory
      ? "not enough memory: take a smaller batch"
      : "check the sizes that are fed against what the node can take",
    cause: error,
  });
}
