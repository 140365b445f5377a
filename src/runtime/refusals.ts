/** What ONNX Runtime says when it refuses a graph or a run, as an error that a person can act on. */
import { UserError } from "../base/errors.ts";
import type { Graph, Node } from "../graph/types.ts";

/** One of ONNX Runtime's complaints, and ours for it. */
interface Refusal {
  readonly pattern: RegExp;
  readonly why: (match: RegExpExecArray, graph: Graph, engine: string) => string;
  readonly hint: string;
}

const OLDER_OPSET = "export the model with an older operator set";
const OTHER_OPERATOR =
  "replace the node by operators of ONNX, or export the model with a newer operator set";

const OPEN_REFUSALS: readonly Refusal[] = [
  {
    pattern: /No Op registered for (\S+) with domain_version of (\d+)/,
    why: (m, graph, engine) => unknownOperator(graph, engine, m[1]!, named(m.input)),
    hint: OTHER_OPERATOR,
  },
  {
    // An empty domain is ONNX's own.
    pattern: /(?:^|\s)([^\s:]*):(\S+?)\(-?\d+\) is not a registered function\/op/,
    why: (m, graph, engine) => unknownOperator(graph, engine, m[2]!, undefined, m[1]),
    hint: OTHER_OPERATOR,
  },
  {
    pattern: /Could not find an implementation for (\S+)\((\d+)\) node with name '([^']*)'/,
    why: ([, op, version, name], graph, engine) =>
      `${name} (${op}): ${engine} has no kernel for ${op} ${version} on ${inputTypes(graph, name!)}`,
    hint: "use an element type that it has, mostly float32, or another operator",
  },
  {
    pattern:
      /Type '(\S+)' of input parameter \((\S+)\) of operator \((\S+)\) in node \((.*?)\) is invalid/,
    why: ([, type, input, op, node]) =>
      `${node} (${op}): input ${input} is a ${type}, which ${op} does not take`,
    hint: "put a Cast before the node, or use another operator",
  },
  {
    pattern: /Current official support for domain (\S+) is till opset (\d+)/,
    why: ([, domain, newest], graph, engine) =>
      `operator set ${graph.opsets.get(domain === "ai.onnx" ? "" : domain!)} of ${domain} is newer than ${engine} runs, ${newest}`,
    hint: OLDER_OPSET,
  },
  {
    pattern: /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    why: ([, version, newest], graph, engine) =>
      `operator set ${graph.opsets.get("")} or an element type needs ONNX format version ${version}, ${engine} reads up to ${newest}`,
    hint: OLDER_OPSET,
  },
  {
    pattern: /Failed to get a WebGPU adapter|WebGPU.*adapter/i,
    why: (_, __, engine) => `${engine} finds no GPU that WebGPU can use`,
    hint:
      "install the GPU's driver and, on Linux, the Vulkan loader (Debian, Ubuntu: apt install libvulkan1), or use\n" +
      "the provider cpu. To try without a GPU: apt install chromium, and set\n" +
      "VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json",
  },
  {
    pattern: /bad_alloc|Failed to allocate memory|out of memory/i,
    why: (m) => `not enough memory to load the network: ${plain(m.input)}`,
    hint: "free memory, or take a smaller network",
  },
];

/** The error of opening a session. */
export function openError(error: unknown, graph: Graph, engine: string): Error {
  if (error instanceof UserError || !(error instanceof Error)) return error as Error;
  for (const { pattern, why, hint } of OPEN_REFUSALS) {
    const match = pattern.exec(error.message);
    if (match !== null)
      return new UserError(`${graph.name}: ${why(match, graph, engine)}`, { hint, cause: error });
  }
  return new UserError(`${graph.name}: ${engine} refuses it: ${plain(error.message)}`, {
    hint: "check the node that it names against ONNX's definition of the operator",
    cause: error,
  });
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

/** The sentence alone, without the place in C++ and the codes around it. */
function plain(message: string): string {
  return message
    .replace(/(?:\/\S*)?\/?onnxruntime\/core\/\S+:\d+ /g, "")
    .replace(/^Exception during initialization: /, "")
    .replace(/^Can't create a session\. ERROR_CODE: \d+, ERROR_MESSAGE: /, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The node's name, where the message quotes the node. */
function named(message: string): string | undefined {
  return /\("([^"]*)", \S+, "[^"]*", -?\d+\)/.exec(message)?.[1];
}

function unknownOperator(
  graph: Graph,
  engine: string,
  op: string,
  name: string | undefined,
  domain?: string,
): string {
  const node = graph.nodes.find(
    (n) => n.op === op && n.name === (name ?? n.name) && n.domain === (domain ?? n.domain),
  );
  const where = domain ?? node?.domain ?? "";
  const version = graph.opsets.get(where);
  return `${node === undefined ? op : `${node.name} (${op})`}: ${engine} has no operator ${op} in ${where || "ai.onnx"}${version === undefined ? "" : ` ${version}`}`;
}

function inputTypes(graph: Graph, name: string): string {
  const node: Node | undefined = graph.nodes.find((n) => n.name === name);
  const known = node?.inputs
    .map(
      (value) =>
        graph.initializers.get(value)?.dtype ??
        graph.inputs.find((i) => i.name === value)?.dtype ??
        graph.declared.get(value)?.dtype,
    )
    .filter((dtype) => dtype !== undefined);
  return known === undefined || known.length === 0 ? "these types" : known.join(", ");
}
