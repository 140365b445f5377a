/** What network morphisms make of a network: `{ kind: morphism, base: "resnet-cifar:depth=20" }`. */
import { z } from "zod";
import { predict } from "../../gpu/predict.ts";
import { MORPHISMS } from "../../zoo/morphisms/index.ts";
import { looksLikePath } from "../../zoo/reference.ts";
import { loadDevice } from "../devices.ts";
import { type BuiltSpace, defineSpace } from "../kinds.ts";
import { countsOf } from "../network.ts";
import { openBase } from "./base.ts";
import { IDENTITIES, type Identity, MorphismSpace } from "./morphism-space.ts";

const NAMES = MORPHISMS.map((m) => m.name);

export const morphism = defineSpace({
  kind: "morphism",
  summary: "what network morphisms make of a network: wider, deeper, branched, pruned, …",
  schema: z.strictObject({
    kind: z.literal("morphism"),
    base: z
      .string()
      .min(1)
      .describe("a network of the zoo (resnet-cifar:depth=20,width=0.5), or a model file"),
    morphisms: z
      .array(z.enum(NAMES))
      .min(1)
      .default(NAMES)
      .describe("those that the search may apply; default: all"),
    limits: z
      .strictObject({
        steps: z.int().min(1).max(100).default(10).describe("morphisms from the base on"),
        params: z.number().positive().optional(),
        macs: z.number().positive().optional().describe("of one image"),
      })
      .prefault({})
      .describe("no design goes beyond"),
    identity: z
      .enum(IDENTITIES)
      .default("structure")
      .describe(
        "which designs are one: of equal structure, in whatever order of steps, or of equal steps",
      ),
    seed: z.int().min(0).default(0).describe("of weights that a morphism draws"),
  }),
  paths: ["base"],
  isPath: (value) => looksLikePath(value),
  networks: true,
  async build(spec): Promise<BuiltSpace> {
    const { graph, inputs, notes } = openBase(spec.base);
    const space = new MorphismSpace(graph, {
      morphisms: spec.morphisms,
      limits: spec.limits,
      // Studies of before there was a choice go on as they began.
      identity: (spec.identity as Identity | undefined) ?? "steps",
      seed: spec.seed,
    });
    const { gaps } = space.analysis(space.at(0));
    return {
      space,
      columns: new Map(),
      notes: [
        `space: morphisms of ${spec.base}`,
        ...notes,
        ...gaps.map((g) => `${spec.base}: ${g.op} (${g.count}): ${g.reason}`),
      ],
      inputs,
      graph: (design) => space.network(design).graph,
      counts: (design) => countsOf(space.analysis(design)),
      predictor(setting) {
        const options = { ...setting, device: loadDevice(setting.device) };
        const example = predict(space.analysis(space.at(0)), options);
        return {
          predict: (design) => predict(space.analysis(design), options),
          notes: example.notes,
        };
      },
      corners: () => space.corners(),
      lineage: {
        ancestors: (design) => space.ancestors(design),
        inherit: (design, ancestor, trained) => space.inherit(design, ancestor, trained),
      },
    };
  },
});
