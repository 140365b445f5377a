/** What a region of a network is made of: its nodes, the feature maps that it reads, its one result. */
import { UserError } from "../../base/errors.ts";
import type { Analysis, AnalyzedNode } from "../../ops/types.ts";
import { programOf } from "../program.ts";
import { type SubProgram, subProgram } from "./subprogram.ts";

/** A value of the network as [batch, channels, height, width]. */
export interface FeatureMap {
  readonly value: string;
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface RegionStructure {
  readonly name: string;
  /** The region's nodes, on whole maps. */
  readonly program: SubProgram;
  /** Feature maps from outside, in the order in which they are first read. */
  readonly inputs: readonly FeatureMap[];
  readonly output: FeatureMap;
  /** Feature maps by the name of their value, the region's own included. */
  readonly maps: ReadonlyMap<string, FeatureMap>;
  /** The last addition adds one of `inputs` that has the output's shape. */
  readonly residual: FeatureMap | undefined;
}

/**
 * @param names nodes of the network
 * @throws UserError where a node is missing or is no convolution or elementwise node of feature maps,
 * or where other than one of the results is read outside
 */
export function regionStructure(
  analysis: Analysis,
  names: readonly string[],
  name: string,
): RegionStructure {
  const wanted = new Set(names);
  const all = programOf(analysis);
  const program = subProgram(all, (i) => wanted.has(all.nodes[i]!.node.name));
  const found = new Set(program.nodes.map((n) => n.node.name));
  const missing = names.find((n) => !found.has(n));
  if (names.length === 0 || missing !== undefined)
    throw wrong(
      name,
      missing === undefined ? "no nodes" : `the network computes no node ${missing}`,
      "give names of nodes as `tidemark show` prints them",
    );
  const made = new Set(program.nodes.flatMap((n) => n.node.outputs));
  const running = new Set(all.nodes.flatMap((n) => n.node.outputs));
  for (const input of analysis.graph.inputs) running.add(input.name);
  const maps = new Map<string, FeatureMap>();
  const inputs: FeatureMap[] = [];
  for (const node of program.nodes) {
    checkKind(node, name);
    const output = featureMap(node, node.node.outputs[0]!, node.outputs[0]?.shape, name);
    maps.set(output.value, output);
    node.node.inputs.forEach((value, i) => {
      if (!running.has(value)) return;
      if (node.work.kind === "conv" && i > 0)
        throw wrong(
          name,
          `node ${node.node.name} (${node.node.op}) computes its weight ${value} at run time`,
          "leave it out: convolutions on blocks have constant weights",
        );
      if (maps.has(value)) return;
      const map = featureMap(node, value, node.inputs[i]?.shape, name);
      maps.set(value, map);
      if (!made.has(value)) inputs.push(map);
    });
    checkElementwise(node, maps, name);
  }
  checkReaders(analysis, program, name);
  const output = maps.get(onlyOutput(analysis, program, made, name))!;
  return { name, program, inputs, output, maps, residual: residualOf(program, inputs, output) };
}

function onlyOutput(
  analysis: Analysis,
  program: SubProgram,
  made: ReadonlySet<string>,
  name: string,
): string {
  const own = new Set(program.nodes.map((n) => n.node.name));
  const left = new Set(analysis.graph.outputs.map((o) => o.name).filter((v) => made.has(v)));
  for (const { node, folded } of analysis.nodes) {
    if (folded || own.has(node.name)) continue;
    for (const value of node.inputs) if (made.has(value)) left.add(value);
  }
  if (left.size === 1) return [...left][0]!;
  throw wrong(
    name,
    `${left.size} results are read outside (${[...left].join(", ") || "none"}), expected one`,
    "choose nodes that end in one feature map, e.g. a residual block with its addition",
  );
}

/** On blocks, a result without readers has no extent. */
function checkReaders(analysis: Analysis, program: SubProgram, name: string): void {
  const read = new Set(analysis.graph.outputs.map((o) => o.name));
  for (const { node } of analysis.nodes) for (const value of node.inputs) read.add(value);
  for (const { node } of program.nodes)
    if (!read.has(node.outputs[0]!))
      throw wrong(
        name,
        `nothing reads the result of node ${node.name} (${node.op})`,
        "leave it out of the region",
      );
}

function checkKind({ node, work }: AnalyzedNode, name: string): void {
  const conv = work.kind === "conv" && !work.transposed && !work.deformable;
  if (conv || work.kind === "pointwise" || work.kind === "view") return;
  throw wrong(
    name,
    `node ${node.name} (${node.op}) cannot be computed on blocks`,
    "leave it out: regions hold convolutions and elementwise nodes, the rest stays dense",
  );
}

/** Every map that an elementwise node reads has the shape of its result. */
function checkElementwise(
  { node, work }: AnalyzedNode,
  maps: ReadonlyMap<string, FeatureMap>,
  name: string,
): void {
  if (work.kind === "conv") return;
  const output = maps.get(node.outputs[0]!)!;
  for (const value of node.inputs) {
    const map = maps.get(value);
    if (map === undefined || sameShape(map, output)) continue;
    throw wrong(
      name,
      `node ${node.name} (${node.op}) reads ${shapeText(map)} for a result of ${shapeText(output)}`,
      "leave it out: on blocks an elementwise node reads maps of one shape",
    );
  }
}

function featureMap(
  { node }: AnalyzedNode,
  value: string,
  shape: readonly (number | string)[] | undefined,
  name: string,
): FeatureMap {
  if (shape?.length === 4 && shape.every((d) => typeof d === "number" && d >= 1)) {
    const [batch, channels, height, width] = shape as readonly [number, number, number, number];
    return { value, batch, channels, height, width };
  }
  throw wrong(
    name,
    `node ${node.name} (${node.op}): ${value} is [${shape?.join(", ") ?? "?"}], expected a feature map [batch, channels, height, width]`,
    "leave the node out, or bind the free dimensions",
  );
}

function residualOf(
  program: SubProgram,
  inputs: readonly FeatureMap[],
  output: FeatureMap,
): FeatureMap | undefined {
  const last = program.nodes.findLast((n) => n.epilogue === "add");
  return inputs.find((map) => last?.node.inputs.includes(map.value) && sameShape(map, output));
}

export function sameShape(a: FeatureMap, b: FeatureMap): boolean {
  return (
    a.batch === b.batch && a.channels === b.channels && a.height === b.height && a.width === b.width
  );
}

function shapeText(map: FeatureMap): string {
  return `[${map.batch}, ${map.channels}, ${map.height}, ${map.width}]`;
}

function wrong(region: string, message: string, hint: string): UserError {
  return new UserError(`region ${region}: ${message}`, { hint, exitCode: 2 });
}
