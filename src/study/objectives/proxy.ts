/** Zero-cost proxies: what an untrained network says of the accuracy that it will have. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { writeOnnx } from "../../onnx/index.ts";
import { builtModule, childTask } from "../../runtime/child/index.ts";
import { proxyNamed, proxyNames } from "../../runtime/proxies/index.ts";
import { defineObjective, each } from "../kinds.ts";
import { checkDesigns } from "./accuracy-check.ts";
import { inChild, type Outcome } from "./accuracy-children.ts";
import { READING, readingKeys, readOf } from "./accuracy-reading.ts";
import { channelsOf, checkReference, isDataPath, noiseDims } from "./accuracy-reference.ts";
import { cornersOf } from "./corner-designs.ts";
import { noNetworks } from "./networks.ts";
import type { ProxyInput } from "./proxy-task.ts";

const SCORE = childTask<ProxyInput, Outcome<number>>(
  builtModule(import.meta.url, "./proxy-task.ts"),
  "scoreDesign",
);

/** They look at weights and shapes alone. */
const WITHOUT_DATA = ["synflow", "params"];

export const proxy = defineObjective({
  kind: "proxy",
  summary: `zero-cost proxy of the accuracy: ${proxyNames.join(", ")}`,
  schema: z.strictObject({
    proxy: z.enum(proxyNames).describe("which one"),
    data: z.string().min(1).optional().describe("a data set; synflow and params need none"),
    ...READING,
    batch: z.int().min(2).max(4096).default(64).describe("samples that it looks at"),
    seed: z.int().min(0).default(0).describe("of weights and samples"),
    threads: z.int().min(1).max(256).default(1),
  }),
  requires: ["proxy"],
  paths: ["data"],
  isPath: isDataPath,
  checks: { data: checkReference },
  async build(name, setting, space) {
    const graphOf = space.graph?.bind(space);
    if (!graphOf) throw noNetworks(name, "proxy");
    if (setting.data === undefined && !WITHOUT_DATA.includes(setting.proxy))
      throw new UserError(`objective '${name}': ${setting.proxy} looks at samples`, {
        hint: "name a data set: data: fashion-mnist-tiny",
        exitCode: 2,
      });
    const { data, proxy, batch, seed, threads } = setting;
    const [unused] = readingKeys(setting);
    if (data === undefined && unused !== undefined)
      throw new UserError(
        `objective '${name}': ${unused} says how a data set is read, and data is missing`,
        {
          hint: `add data, or leave ${unused} out`,
          exitCode: 2,
        },
      );
    const read = readOf(setting);
    const { source } = proxyNamed(setting.proxy);
    return {
      unit: "",
      goal: "maximize",
      // Seconds, in a process of its own, and still to be known before anything is trained.
      cost: "expensive",
      stage: 0,
      source: `proxy ${JSON.stringify(setting)}`,
      field: "score",
      notes: [`${name}: ${setting.proxy} of the untrained network (${source})`],
      async prepare() {
        if (data !== undefined) await checkDesigns(space, graphOf, { name, data, read });
        else for (const design of cornersOf(space)) noiseDims(graphOf(design), batch);
      },
      evaluate: (designs) =>
        each(designs, async (design) => {
          const network = graphOf(design);
          const score = await inChild(
            SCORE,
            {
              proxy,
              data,
              read,
              batch,
              seed,
              threads,
              network: writeOnnx(network),
              channels: channelsOf(network),
            },
            { what: `${name} of ${space.space.describe(design)}` },
          );
          return { score };
        }),
    };
  },
});
