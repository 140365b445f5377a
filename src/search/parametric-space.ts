/** A space given by typed parameters. */
import { invariant, UserError } from "../base/errors.ts";
import type { Rng } from "../base/rng.ts";
import { type Axis, axesOf, decoder, encode, type Genes, isActive, sampleGene } from "./axes.ts";
import { enumerate } from "./enumeration.ts";
import { allowed, checkParameters, isAllowed, type Parameters } from "./parameters.ts";
import type { Design, Space } from "./types.ts";
import { crossover, moveGene } from "./variation.ts";

export interface ParametricOptions {
  /** One line for tables. Default: `name=value` for each active parameter. */
  readonly describe?: (design: Design) => string;
}

export interface ParametricSpace extends Space {
  readonly parameters: Parameters;
  readonly axes: readonly Axis[];
  encode(design: Design): Genes;
  decode(genes: Genes): Design;
  /** Sets to NaN what a condition makes inactive, and draws what it makes active. In place. */
  repair(genes: Genes, rng: Rng): void;
}

/**
 * The space of all designs that give each active parameter one of its values.
 *
 * Throws `UserError` where `parameters` contradicts itself.
 */
export function parametricSpace(
  parameters: Parameters,
  options: ParametricOptions = {},
): ParametricSpace {
  checkParameters(parameters);
  const axes = axesOf(parameters);
  const enumeration = enumerate(axes);
  const { size } = enumeration;
  const decode = decoder(axes);
  const cross = crossover(axes);
  const conditional = axes.some((a) => a.conditions.length > 0);
  const describe = options.describe ?? describeAll;

  const repair = (genes: Genes, rng: Rng) => {
    if (!conditional) return;
    for (let i = 0; i < axes.length; i++) {
      if (!isActive(axes[i]!, genes)) genes[i] = Number.NaN;
      else if (Number.isNaN(genes[i])) genes[i] = sampleGene(axes[i]!, rng);
    }
  };

  return {
    parameters,
    axes,
    size,
    at(i) {
      invariant(i >= 0 && i < size && Number.isSafeInteger(size), `no design ${i} of ${size}`);
      return decode(enumeration.at(i));
    },
    encode: (design) => encode(axes, design),
    decode,
    repair,
    sample(rng) {
      const genes: Genes = [];
      for (const axis of axes) {
        genes.push(isActive(axis, genes) ? sampleGene(axis, rng) : Number.NaN);
      }
      return decode(genes);
    },
    mutate(design, rng) {
      const genes = encode(axes, design);
      const movable = axes.flatMap((a, i) => (a.count > 1 && !Number.isNaN(genes[i]!) ? [i] : []));
      if (movable.length === 0) return design;
      const i = rng.pick(movable);
      genes[i] = moveGene(axes[i]!, genes[i]!, rng);
      repair(genes, rng);
      return decode(genes);
    },
    crossover(a, b, rng) {
      const x = encode(axes, a);
      const y = encode(axes, b);
      cross(x, y, rng);
      repair(x, rng);
      repair(y, rng);
      return [decode(x), decode(y)];
    },
    key: (design) => keyOf(axes, design),
    check: (design) => checkDesign(axes, design),
    describe,
  };
}

/** Values as JSON in the order of declaration, so that `1`, `"1"` and `true` stay apart. */
function keyOf(axes: readonly Axis[], design: Design): string {
  let key = "";
  for (const { name } of axes) {
    const value = design[name];
    if (value === undefined) key += ",";
    else key += typeof value === "string" ? `${JSON.stringify(value)},` : `${value},`;
  }
  return key;
}

function describeAll(design: Design): string {
  return Object.entries(design)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function checkDesign(axes: readonly Axis[], design: Design): void {
  const wrong = (message: string, hint: string) => new UserError(message, { hint, exitCode: 2 });
  const names = axes.map((a) => a.name);
  for (const name of Object.keys(design)) {
    if (names.includes(name)) continue;
    throw wrong(`unknown parameter "${name}" = ${design[name]}`, `use ${names.join(", ")}`);
  }
  for (const { name, parameter } of axes) {
    const value = design[name];
    const inactive = Object.entries(parameter.when ?? {}).find(
      ([parent, values]) => !values.includes(design[parent]!),
    );
    if (inactive !== undefined) {
      if (value === undefined) continue;
      const [parent, values] = inactive;
      throw wrong(
        `parameter ${name} = ${value} is inactive where ${parent} = ${design[parent]}`,
        `leave it out, or set ${parent} to ${values.join(" or ")}`,
      );
    }
    if (value === undefined) {
      throw wrong(`parameter ${name} has no value`, `give it ${allowed(parameter)}`);
    }
    if (!isAllowed(parameter, value)) {
      throw wrong(
        `parameter ${name} = ${typeof value === "string" ? JSON.stringify(value) : value} is not allowed`,
        `use ${allowed(parameter)}`,
      );
    }
  }
}
