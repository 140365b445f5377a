/** Widths, depths and other parameters of a network of the zoo. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import { predict } from "../../gpu/predict.ts";
import type { Graph } from "../../graph/types.ts";
import { analyze } from "../../ops/analyze.ts";
import type { Analysis } from "../../ops/types.ts";
import type { Parameter, Parameters } from "../../search/parameters.ts";
import { type ParametricSpace, parametricSpace } from "../../search/parametric-space.ts";
import type { Design } from "../../search/types.ts";
import { buildNetwork, ZOO, type ZooEntry, zooNames } from "../../zoo/index.ts";
import { loadDevice } from "../devices.ts";
import { type BuiltSpace, defineSpace } from "../kinds.ts";
import { countsOf } from "../network.ts";
import { parametersSchema } from "../parameter-schema.ts";

type Values = Readonly<Record<string, string | number>>;

export const zoo = defineSpace({
  kind: "zoo",
  summary: "widths, depths and other parameters of a network of the zoo",
  schema: z.strictObject({
    kind: z.literal("zoo"),
    network: z.enum(zooNames),
    vary: parametersSchema.describe("parameters of the network that the search varies"),
    fixed: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .default({})
      .describe("values of its other parameters; those left out take the network's defaults"),
  }),
  paths: [],
  networks: true,
  async build(spec): Promise<BuiltSpace> {
    const entry = ZOO.get(spec.network)!;
    const vary = spec.vary as Parameters;
    for (const name of Object.keys(spec.fixed))
      if (name in vary)
        throw new UserError(`space: '${name}' is both in vary and in fixed`, {
          hint: "name it in one of them",
          exitCode: 2,
        });
    for (const [name, parameter] of Object.entries(vary)) checkRange(entry, name, parameter);
    const space = parametricSpace(vary);
    const graph = (design: Design): Graph =>
      buildNetwork(spec.network, { ...spec.fixed, ...design } as Values);
    // Before the first trial: a fixed value out of range is a mistake in the file, not in a design.
    const example = graph(exampleOf(space));
    const analysis = remember(space, (design) => analyze(graph(design), { bind: { batch: 1 } }));
    return {
      space,
      columns: new Map(),
      notes: [`space: ${spec.network} of the zoo (${entry.description})`],
      graph,
      counts: (design) => countsOf(analysis(design)),
      predictor(setting) {
        const options = { ...setting, device: loadDevice(setting.device) };
        const { notes } = predict(example, options);
        return { predict: (design) => predict(analysis(design), options), notes };
      },
    };
  },
});

/** The network must have the parameter, and take its lowest and its highest value. */
function checkRange(entry: ZooEntry, name: string, parameter: Parameter): void {
  const names = entry.parameters.map((p) => p.name);
  if (!names.includes(name)) {
    const near = suggest(name, names);
    throw new UserError(`space: ${entry.name} has no parameter '${name}'`, {
      hint: `${near ? `did you mean '${near}'? ` : ""}it has ${names.join(", ")}`,
      exitCode: 2,
    });
  }
  switch (parameter.type) {
    case "integer":
    case "real":
      buildNetwork(entry.name, { [name]: parameter.low });
      buildNetwork(entry.name, { [name]: parameter.high });
      return;
    case "categorical":
      for (const value of parameter.values) buildNetwork(entry.name, { [name]: value } as Values);
      return;
    case "boolean":
      throw new UserError(`space: ${entry.name} has no parameter of type boolean`, {
        hint: `use categorical with the values that ${name} takes`,
        exitCode: 2,
      });
  }
}

/** A design with every parameter at its first or lowest value. */
function exampleOf(space: ParametricSpace): Design {
  return space.decode(
    space.axes.map((axis) => (axis.conditions.length > 0 ? Number.NaN : axis.low)),
  );
}

/** The objectives of a stage ask for the same designs one after another. */
const REMEMBERED = 64;

function remember(
  space: ParametricSpace,
  compute: (design: Design) => Analysis,
): (design: Design) => Analysis {
  const known = new Map<string, Analysis>();
  return (design) => {
    const key = space.key(design);
    let found = known.get(key);
    if (!found) {
      found = compute(design);
      if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
      known.set(key, found);
    }
    return found;
  };
}
