/**
 * Early exits as nested Ifs: after each exit the inputs that it is not sure of are gathered into a
 * smaller batch, the next part runs on those, and its answers are scattered over the exit's. Where none
 * is left, the rest is not run at all.
 */
import { UserError } from "../../base/errors.ts";
import { graphAttribute, int, ints } from "../../graph/attribute.ts";
import { reads } from "../../graph/check.ts";
import { renameReads } from "../../graph/edit.ts";
import type { Dim, Graph, Value } from "../../graph/types.ts";
import type { Exit } from "../plan.ts";
import { type Part, partsOf } from "./parts.ts";
import { batchAfter, type Scope, scopeOf, type Types } from "./scope.ts";

/** The output that says where each input left: index of the exit, the number of exits for the end. */
export const EXIT = "exit";

/** ONNX's numbers of the types. */
const INT64 = 7;
const BOOL = 9;

/** Values of one scope. */
interface Answers {
  /** float32 [batch, classes] */
  readonly logits: string;
  /** int64 [batch] */
  readonly codes: string | undefined;
}

/**
 * @param graph with the logits as first output
 * @param types of the values before regions were put in; every value that crosses an exit has one
 * @returns the network with the outputs `logits` (under their old name) and `exit`, int64 [batch]
 * @throws UserError where a value that crosses an exit does not have the batch as first dimension
 */
export function deployExits(graph: Graph, exits: readonly Exit[], types: Types): Graph {
  const [last] = graph.outputs;
  const parts = partsOf(graph, [...exits.map((exit) => exit.logits), last!.name]);
  const scope = scopeOf(graph, "exits");
  const first = parts[0]!;
  const builder = new Nested(graph, exits, parts, types);
  scope.nodes.push(...first.nodes);
  builder.declareIn(scope, first);
  const { logits, codes } = builder.after(scope, 0, builder.batch);
  const kept = new Map(graph.initializers);
  for (const name of builder.moved) kept.delete(name);
  for (const [name, tensor] of scope.initializers) kept.set(name, tensor);
  // The last logits' own value is computed inside; outside it is given another name.
  const out = scope.add("Identity", "logits", [logits], {}, scope.fresh("logits"));
  const exit = scope.add("Identity", EXIT, [codes!], {}, EXIT);
  return {
    ...graph,
    nodes: scope.nodes,
    initializers: kept,
    outputs: [
      builder.answer(out, "logits", builder.batch),
      builder.answer(exit, "codes", builder.batch),
    ],
    declared: scope.declared,
  };
}

class Nested {
  /** Constants that went into a body. */
  readonly moved = new Set<string>();
  readonly #graph: Graph;
  readonly #exits: readonly Exit[];
  readonly #parts: readonly Part[];
  readonly #types: Types;
  readonly #opset: number;

  constructor(graph: Graph, exits: readonly Exit[], parts: readonly Part[], types: Types) {
    this.#graph = graph;
    this.#exits = exits;
    this.#parts = parts;
    this.#types = types;
    this.#opset = graph.opsets.get("") ?? graph.opsets.get("ai.onnx") ?? 13;
  }

  /** What the graph's batch is called. */
  get batch(): Dim {
    return this.#graph.inputs[0]!.shape![0]!;
  }

  /** Logits or codes of `rows` inputs as an output. */
  answer(name: string, what: keyof Answers, rows: Dim): Value {
    if (what === "codes") return { name, dtype: "int64", shape: [rows] };
    const classes = this.#types.get(this.#parts[0]!.logits)!.shape![1]!;
    return { name, dtype: "float32", shape: [rows, classes] };
  }

  /**
   * What follows once the part's logits are there, in the same scope.
   *
   * @param rows what the batch of this scope is called
   * @param names what earlier values are called in this scope
   * @returns where each input of this scope left, undefined where all do so at the end
   */
  after(
    scope: Scope,
    i: number,
    rows: Dim,
    names: ReadonlyMap<string, string> = new Map(),
  ): Answers {
    const { logits } = this.#parts[i]!;
    const exit = this.#exits[i];
    if (exit === undefined) return { logits, codes: undefined };
    const unsure = this.#unsure(scope, logits, exit);
    // i where it is sure, i + 1 where not: that is right already if the next part is the last.
    const beyond = scope.add("Cast", "beyond", [unsure], { to: int(INT64) });
    const codes = i === 0 ? beyond : scope.add("Add", "code", [beyond, scope.integer("index", i)]);
    // [inputs, 1], as GatherND and ScatterND both read it: every node more is felt at batch 1.
    const found = scope.add("NonZero", "found", [unsure]);
    const left = scope.add("Transpose", "left", [found], { perm: ints(1, 0) });
    const count = scope.add("Size", "count", [found]);
    const some = scope.add("Cast", "some", [count], { to: int(BOOL) });
    const before = { logits, codes };
    const further = this.#further(scope, i + 1, left, before, { rows, names });
    const results = further.outputs.map(({ name }) => scope.fresh(`${name}/result`));
    scope.addMany("If", `after ${exit.name}`, [some], results, {
      then_branch: graphAttribute(further),
      else_branch: graphAttribute(this.#done(scope, before, results.length, rows)),
    });
    return { logits: results[0]!, codes: results[1] ?? codes };
  }

  /** What is declared of the values of a part. */
  declareIn(scope: Scope, { nodes }: Part): void {
    for (const name of nodes.flatMap((node) => node.outputs)) {
      const type = this.#graph.declared.get(name);
      if (type !== undefined) scope.declared.set(name, type);
    }
  }

  /** Which inputs go on, bool [batch]. */
  #unsure(scope: Scope, logits: string, { threshold, temperature }: Exit): string {
    const scaled =
      temperature === 1
        ? logits
        : scope.add("Div", "scaled", [logits, scope.number("temperature", temperature)]);
    const probabilities = scope.add("Softmax", "softmax", [scaled], { axis: int(1) });
    const keepdims = int(0);
    const confidence =
      this.#opset >= 18
        ? scope.add("ReduceMax", "confidence", [probabilities, scope.integers(1)], { keepdims })
        : scope.add("ReduceMax", "confidence", [probabilities], { keepdims, axes: ints(1) });
    // Not "less": a confidence that is no number is not sure.
    const sure = [confidence, scope.number("threshold", threshold)];
    return scope.add("Not", "unsure", [scope.add("GreaterOrEqual", "sure", sure)]);
  }

  #further(
    outer: Scope,
    i: number,
    left: string,
    before: Answers,
    { rows: outerRows, names }: { readonly rows: Dim; readonly names: ReadonlyMap<string, string> },
  ): Graph {
    const scope = outer.inner(`exits/${i}`);
    const inner = new Map(names);
    const part = this.#parts[i]!;
    for (const value of this.#crossing(i)) {
      const from = names.get(value) ?? value;
      const gathered = scope.add("GatherND", `left ${value}`, [from, left]);
      scope.declare(gathered, this.#types.get(value)!, batchAfter(i));
      inner.set(value, gathered);
    }
    this.declareIn(scope, part);
    scope.nodes.push(...part.nodes.map((node) => renameReads(node, inner)));
    for (const name of this.#constantsOf(i)) {
      scope.initializers.set(name, this.#graph.initializers.get(name)!);
      this.moved.add(name);
    }
    const after = this.after(scope, i, batchAfter(i), inner);
    const put = (what: string, over: string, by: string) =>
      scope.add("ScatterND", `put ${what}`, [over, left, by]);
    const outputs = [this.answer(put("logits", before.logits, after.logits), "logits", outerRows)];
    if (after.codes !== undefined)
      outputs.push(this.answer(put("codes", before.codes!, after.codes), "codes", outerRows));
    return scope.body(`after ${this.#exits[i - 1]!.name}`, outputs);
  }

  #done(outer: Scope, { logits, codes }: Answers, outputs: number, rows: Dim): Graph {
    const scope = outer.inner(`${outer.prefix}/all done`);
    const same = [
      this.answer(scope.add("Identity", "logits", [logits]), "logits", rows),
      this.answer(scope.add("Identity", "codes", [codes!]), "codes", rows),
    ];
    return scope.body("all done", same.slice(0, outputs));
  }

  /** Values of earlier parts that this one or a later one reads, one number an input each. */
  #crossing(i: number): readonly string[] {
    const computed = new Set([this.#graph.inputs[0]!.name]);
    for (const part of this.#parts.slice(0, i))
      for (const node of part.nodes) for (const name of node.outputs) computed.add(name);
    const crossing = new Set<string>();
    for (const part of this.#parts.slice(i))
      for (const node of part.nodes)
        for (const name of reads(node)) if (computed.has(name)) crossing.add(name);
    return [...crossing].filter((name) => {
      const shape = this.#types.get(name)?.shape;
      const batch = this.#graph.inputs[0]!.shape![0];
      if (shape?.[0] === batch) return true;
      // Shapes and other numbers that do not depend on the inputs are the same for all.
      if (shape?.every((dim) => typeof dim === "number")) return false;
      throw new UserError(
        `${this.#graph.name}: ${name} crosses the exit ${this.#exits[i - 1]!.name}, and its shape [${shape?.join(", ") ?? "?"}] does not begin with the batch`,
        { hint: "choose another place for the exit: exits:at=1" },
      );
    });
  }

  /** Constants that no part but this one reads. */
  #constantsOf(i: number): readonly string[] {
    const elsewhere = new Set(
      this.#parts.flatMap((part, k) =>
        k === i ? [] : part.nodes.flatMap((node) => [...reads(node)]),
      ),
    );
    const own = new Set(this.#parts[i]!.nodes.flatMap((node) => [...reads(node)]));
    return [...own].filter((name) => this.#graph.initializers.has(name) && !elsewhere.has(name));
  }
}
