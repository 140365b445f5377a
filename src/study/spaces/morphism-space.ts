/**
 * Networks by their lineage: a base, and the steps that lead from it to the design. Designs whose
 * networks differ in names and weights alone, e.g. by two steps in another order, are one.
 */
import { invariant, UserError } from "../../base/errors.ts";
import type { Rng } from "../../base/rng.ts";
import type { Graph } from "../../graph/types.ts";
import { analyze } from "../../ops/analyze.ts";
import type { Analysis } from "../../ops/types.ts";
import type { Design, Space } from "../../search/types.ts";
import { Network } from "../../zoo/morphisms/network.ts";
import {
  applyStep,
  applySteps,
  formatStep,
  formatSteps,
  morphismNamed,
  parseSteps,
  type Step,
} from "../../zoo/morphisms/steps.ts";
import { structureOf } from "../../zoo/morphisms/structure.ts";

export interface MorphismLimits {
  readonly steps: number;
  readonly params?: number | undefined;
  readonly macs?: number | undefined;
}

/** Which designs are one: those of one structure, or only those of the same steps. */
export const IDENTITIES = ["structure", "steps"] as const;
export type Identity = (typeof IDENTITIES)[number];

export interface MorphismSpaceOptions {
  /** Names of those allowed. */
  readonly morphisms: readonly string[];
  readonly limits: MorphismLimits;
  readonly identity: Identity;
  /** Of weights that are drawn anew. */
  readonly seed: number;
}

/** The design's one parameter. */
const STEPS = "steps";
/** The design without steps: an empty cell would look like a missing value. */
const BASE = "base";
/** Steps of a random design: further out its weights are those of the base no more. */
const RANDOM_STEPS = 3;
/** Draws of a morphism, a place and values before a network counts as one that none fits. */
const DRAWS = 200;
/** Networks kept: parents are asked for many children, and a stage's objectives for the same designs. */
const REMEMBERED = 256;

interface Member {
  readonly network: Network;
  readonly analysis: () => Analysis;
  readonly structure: () => string;
}

export class MorphismSpace implements Space {
  readonly size = Number.POSITIVE_INFINITY;
  readonly start: readonly Design[] = [{ [STEPS]: BASE }];
  readonly #base: Graph;
  readonly #options: MorphismSpaceOptions;
  readonly #known = new Map<string, Member>();

  /** @throws UserError where the base breaks the limits, or no morphism fits it */
  constructor(base: Graph, options: MorphismSpaceOptions) {
    this.#base = base;
    this.#options = options;
    this.#checkLimits([]);
    const network = this.network(this.start[0]!);
    if (options.morphisms.every((name) => morphismNamed(name).places(network).length === 0))
      throw new UserError(
        `none of ${options.morphisms.join(", ")} can be applied to ${base.name} anywhere`,
        { hint: "allow other morphisms, or take another network as the base", exitCode: 2 },
      );
  }

  /** The base alone has a number. */
  at(i: number): Design {
    invariant(i === 0, `design ${i} of a space without numbers`);
    return this.start[0]!;
  }

  sample(rng: Rng): Design {
    const count = 1 + rng.int(Math.min(RANDOM_STEPS, this.#options.limits.steps));
    let steps: readonly Step[] = [];
    for (let i = 0; i < count; i++) steps = this.#further(steps, rng) ?? steps;
    return designOf(steps);
  }

  /** One step more; from a design that has all it may, the last step is taken back first. */
  mutate(design: Design, rng: Rng): Design {
    const steps = stepsOf(design);
    const full = steps.length >= this.#options.limits.steps;
    const from = full ? steps.slice(0, -1) : steps;
    for (let draw = 0; draw < DRAWS; draw++) {
      const further = this.#further(from, rng);
      if (further === undefined) break;
      const child = designOf(further);
      if (this.key(child) !== this.key(design)) return child;
    }
    // Nothing can be added: back to where the last step came from.
    return steps.length > 0 ? designOf(steps.slice(0, -1)) : design;
  }

  /** The first steps of one, and those of the other's rest that still fit. */
  crossover(a: Design, b: Design, rng: Rng): readonly [Design, Design] {
    const first = stepsOf(a);
    const second = stepsOf(b);
    const cut = rng.int(Math.min(first.length, second.length) + 1);
    return [
      this.#joined(first.slice(0, cut), second.slice(cut)),
      this.#joined(second.slice(0, cut), first.slice(cut)),
    ];
  }

  /** @throws UserError where a step does not fit */
  key(design: Design): string {
    if (this.#options.identity === "steps") return this.describe(design);
    return this.#member(stepsOf(design)).structure();
  }

  check(design: Design): void {
    for (const name of Object.keys(design))
      if (name !== STEPS)
        throw new UserError(`${name} = ${JSON.stringify(design[name])} is no parameter`, {
          hint: `a design of this space has ${STEPS} alone`,
        });
    const steps = stepsOf(design);
    for (const { morphism } of steps)
      if (!this.#options.morphisms.includes(morphism))
        throw new UserError(`${STEPS}: ${morphism} is not allowed in this space`, {
          hint: `its morphisms are ${this.#options.morphisms.join(", ")}`,
        });
    this.#checkLimits(steps);
  }

  describe(design: Design): string {
    return String(design[STEPS]);
  }

  /** @throws UserError where a step does not fit */
  network(design: Design): Network {
    return this.#member(stepsOf(design)).network;
  }

  /** At batch size 1. */
  analysis(design: Design): Analysis {
    return this.#member(stepsOf(design)).analysis();
  }

  /**
   * The base, and designs that have each morphism in one of them, at the first place that takes it
   * and with its largest values.
   */
  corners(): readonly Design[] {
    const found: (readonly Step[])[] = [[]];
    let chain: readonly Step[] = [];
    for (const name of this.#options.morphisms) {
      const next = this.#first(name, chain) ?? this.#first(name, []);
      if (next === undefined) continue;
      if (next.length === 1 && chain.length > 0) found.push(chain);
      chain = next;
    }
    if (chain.length > 0) found.push(chain);
    return found.map(designOf);
  }

  /** Designs on the way from the base, the nearest first. */
  ancestors(design: Design): readonly Design[] {
    const steps = stepsOf(design);
    return steps.map((_, i) => designOf(steps.slice(0, steps.length - 1 - i)));
  }

  /** The design's network with the weights of an ancestor's, carried along the steps in between. */
  inherit(design: Design, ancestor: Design, trained: Graph): Graph {
    const steps = stepsOf(design);
    const before = stepsOf(ancestor);
    invariant(
      formatSteps(steps.slice(0, before.length)) === formatSteps(before),
      `${this.describe(ancestor)} is no ancestor of ${this.describe(design)}`,
    );
    return applySteps(trained, steps.slice(before.length), this.#options.seed);
  }

  #further(steps: readonly Step[], rng: Rng): readonly Step[] | undefined {
    const { network } = this.#member(steps);
    for (let draw = 0; draw < DRAWS; draw++) {
      const morphism = morphismNamed(rng.pick(this.#options.morphisms));
      const places = morphism.places(network);
      if (places.length === 0) continue;
      const place = rng.pick(places);
      const values = Object.fromEntries(
        Object.entries(morphism.parameters).map(([name, { choices }]) => [name, rng.pick(choices)]),
      );
      const child = [...steps, { morphism: morphism.name, place, values }];
      if (this.#fits(child)) return child;
    }
    return undefined;
  }

  /** The steps and one of the morphism, where one fits. */
  #first(name: string, steps: readonly Step[]): readonly Step[] | undefined {
    if (steps.length >= this.#options.limits.steps) return undefined;
    const morphism = morphismNamed(name);
    const values = Object.fromEntries(
      Object.entries(morphism.parameters).map(([key, { choices }]) => [key, Math.max(...choices)]),
    );
    for (const place of morphism.places(this.#member(steps).network)) {
      const further = [...steps, { morphism: name, place, values }];
      if (this.#fits(further)) return further;
    }
    return undefined;
  }

  #joined(head: readonly Step[], tail: readonly Step[]): Design {
    let steps = head;
    for (const step of tail) {
      if (steps.length >= this.#options.limits.steps) break;
      const longer = [...steps, step];
      if (this.#fits(longer)) steps = longer;
    }
    return designOf(steps);
  }

  #fits(steps: readonly Step[]): boolean {
    try {
      this.#checkLimits(steps);
      return true;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  }

  #checkLimits(steps: readonly Step[]): void {
    const { steps: most, params, macs } = this.#options.limits;
    const limit = (what: string, value: number, bound: number | undefined) => {
      if (bound !== undefined && value > bound)
        throw new UserError(
          `${steps.length === 0 ? BASE : formatSteps(steps)} has ${value} ${what}`,
          {
            hint: `the space's limit is ${bound}`,
            exitCode: 2,
          },
        );
    };
    limit("steps", steps.length, most);
    const member = this.#member(steps);
    if (params === undefined && macs === undefined) return;
    const { totals } = member.analysis();
    limit("params", totals.params, params);
    limit("macs", totals.macs, macs);
  }

  #member(steps: readonly Step[]): Member {
    const key = formatSteps(steps);
    let found = this.#known.get(key);
    if (found !== undefined) {
      // The parents of a population are asked for again and again: the oldest to go is the least used.
      this.#known.delete(key);
      this.#known.set(key, found);
      return found;
    }
    const last = steps.at(-1);
    const graph =
      last === undefined
        ? this.#base
        : applyStep(this.#member(steps.slice(0, -1)).network, last, this.#options.seed);
    const network = new Network(graph);
    let analysis: Analysis | undefined;
    let structure: string | undefined;
    found = {
      network,
      analysis: () => (analysis ??= analyze(graph, bindBatch(graph))),
      structure: () => (structure ??= structureOf(network)),
    };
    // A network whose shapes contradict each other must not become a design.
    void found.network.types;
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(key, found);
    return found;
  }
}

/** Binds the first dimension of the inputs, where it is free, to one. */
function bindBatch(graph: Graph): { readonly bind: Readonly<Record<string, number>> } {
  const batch = graph.inputs[0]?.shape?.[0];
  return { bind: typeof batch === "string" ? { [batch]: 1 } : {} };
}

function designOf(steps: readonly Step[]): Design {
  return { [STEPS]: steps.length === 0 ? BASE : steps.map(formatStep).join("; ") };
}

function stepsOf(design: Design): readonly Step[] {
  const text = design[STEPS];
  if (typeof text !== "string")
    throw new UserError(`${STEPS} = ${JSON.stringify(text)} is no list of steps`, {
      hint: `write ${BASE}, or e.g. "widen conv1 factor=1.5; deepen relu kernel=3"`,
    });
  return text === BASE ? [] : parseSteps(text);
}
