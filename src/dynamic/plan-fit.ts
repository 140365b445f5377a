/** Whether a plan, which anyone can edit, is one of the graph that carries it. */
import { UserError } from "../base/errors.ts";
import type { Dim, Graph, Shape } from "../graph/types.ts";
import { type Inference, inferGraph } from "../ops/inference.ts";
import { macsOf } from "./macs.ts";
import type { DynamicPlan, Region } from "./plan.ts";

/** Names of all nodes that the region stands for, the sum and what follows it among them. */
export function nodesOfRegion(region: Region): readonly string[] {
  if (region.kind !== "spatial") return region.nodes;
  return [...region.nodes, ...(region.sum === undefined ? [] : [region.sum]), ...region.after];
}

/**
 * Shapes that cannot be inferred are taken as they are.
 *
 * @throws UserError where names are doubled or not in the graph, or shapes and MACs cannot be the plan's
 */
export function checkFit(graph: Graph, plan: DynamicPlan, title: string): void {
  const refuse = (what: string, hint = "convert the network anew: tidemark dynamic convert") => {
    throw new UserError(`${title}: ${what}`, { hint });
  };
  const lost = absent(graph, plan);
  if (lost !== undefined)
    refuse(
      `its plan names ${lost}, which the graph does not have`,
      "a tool has rewritten the file; convert the network anew",
    );
  const { exits, regions, denseMacs } = plan;
  for (const [what, all] of [
    ["exits", exits],
    ["regions", regions],
  ] as const) {
    const names = all.map(({ name }) => name);
    const [first, second] = doubled(names) ?? [];
    if (first !== undefined)
      refuse(
        `its plan has two ${what} named ${names[first]}: ${what}[${first}] and ${what}[${second}]`,
        "give each its own name, or convert the network anew",
      );
  }
  for (const region of regions) {
    const nodes = nodesOfRegion(region);
    const [first, second] = doubled(nodes) ?? [];
    if (first !== undefined)
      refuse(
        `region ${region.name} of its plan has the node ${nodes[first]} twice, as number ${first + 1} and ${second! + 1} of ${nodes.length}`,
        "name each node once, or convert the network anew",
      );
  }
  if (denseMacs <= 0)
    refuse(
      `its plan says that the dense network has ${denseMacs} multiply-accumulates; the way to the last classifier alone has ${macsOf({ ...graph, outputs: [graph.outputs[0]!] })}`,
      "write the dense network's number (tidemark show), or convert anew",
    );
  const shapes = new Shapes(graph);
  const own = shapes.of(graph.outputs[0]!.name);
  for (const { name, logits } of exits) {
    const wrong = shapes.differing(logits, [shapes.batch, own?.[1] ?? ANY]);
    if (wrong !== undefined)
      refuse(
        `exit ${name} of its plan reads its logits from ${logits}, which is ${wrong.is}, expected ${wrong.expected} as the network's own output ${graph.outputs[0]!.name}`,
        "name the value of the exit's own logits, or convert the network anew",
      );
  }
  for (const region of regions) {
    const wrong = shapes.differing(region.score, shapes.ofScore(region));
    if (wrong !== undefined)
      refuse(
        `${region.kind} region ${region.name} of its plan is decided by ${region.score}, which is ${wrong.is}, expected ${wrong.expected}`,
        "name the value of the region's own score, or convert the network anew",
      );
  }
}

/** The first value or node that the graph lacks. */
function absent(graph: Graph, { exits, regions }: DynamicPlan): string | undefined {
  const values = new Set(graph.nodes.flatMap((node) => node.outputs));
  const nodes = new Set(graph.nodes.map((node) => node.name));
  const value = [
    ...exits.map((exit) => exit.logits),
    ...regions.flatMap((each) => [
      each.score,
      each.output,
      ...(each.kind === "spatial" ? [each.result] : []),
    ]),
  ].find((name) => !values.has(name));
  if (value !== undefined) return `the value ${value}`;
  const node = regions.flatMap(nodesOfRegion).find((name) => !nodes.has(name));
  return node === undefined ? undefined : `the node ${node}`;
}

/** Places of the first name that comes again. */
function doubled(names: readonly string[]): readonly [number, number] | undefined {
  const again = names.findIndex((name, i) => names.indexOf(name) < i);
  return again < 0 ? undefined : [names.indexOf(names[again]!), again];
}

/** A dimension of which nothing is known. */
const ANY = undefined;
type Known = Dim | typeof ANY;

class Shapes {
  readonly batch: Known;
  readonly #inference: Inference;

  constructor(graph: Graph) {
    this.#inference = inferGraph(graph, {});
    this.batch = graph.inputs[0]?.shape?.[0];
  }

  of(value: string): Shape | undefined {
    return this.#inference.types.get(value)?.shape;
  }

  ofScore(region: Region): readonly Known[] {
    const one = [this.batch, 1];
    if (region.kind === "layer") return one;
    if (region.kind === "channels") return [this.batch, this.of(region.input)?.[1]];
    const blocks = (size: Known) =>
      typeof size === "number" ? Math.ceil(size / region.block) : ANY;
    const [, , height, width] = this.of(region.output) ?? [];
    return [...one, blocks(height), blocks(width)];
  }

  /** Undefined where the value's shape is the expected one, or may be. */
  differing(
    value: string,
    expected: readonly Known[],
  ): { readonly is: string; readonly expected: string } | undefined {
    const shape = this.of(value);
    if (shape === undefined) return undefined;
    const fits =
      shape.length === expected.length &&
      shape.every(
        (dim, i) => this.#isOpen(dim) || this.#isOpen(expected[i]) || dim === expected[i],
      );
    return fits ? undefined : { is: textOf(shape), expected: textOf(expected) };
  }

  #isOpen(dim: Known): boolean {
    return dim === ANY || (typeof dim === "string" && this.#inference.dataDependent.has(dim));
  }
}

const textOf = (shape: readonly Known[]) => `[${shape.map((dim) => dim ?? "?").join(", ")}]`;
