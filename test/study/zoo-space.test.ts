import { describe, expect, it } from "vitest";
import { predict } from "../../src/gpu/predict.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { buildProblem, loadDevice, resolveSpec } from "../../src/study/index.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { userError } from "./helpers.ts";

const vary = {
  width: { type: "real", low: 0.5, high: 1.5 },
  blocks3: { type: "integer", low: 1, high: 4 },
};
const study = (space: object) =>
  resolveSpec({
    space: { kind: "zoo", network: "resnet18", vary, ...space },
    objectives: [
      "params",
      "macs",
      { name: "latency_ms", batch: 4, device: "t4", precision: "fp16" },
    ],
  });

describe("a space of the zoo's networks", () => {
  it("measures each design on the network that it stands for", async () => {
    const problem = await buildProblem(study({ fixed: { resolution: 64 } }));
    const { space, built } = problem;
    const design = { width: 0.75, blocks3: 3 };
    space.check(design);
    const network = buildNetwork("resnet18", { ...design, resolution: 64 });
    const { totals } = analyze(network, { bind: { batch: 1 } });
    const { latencyMs } = predict(network, {
      device: loadDevice("t4"),
      batch: 4,
      precision: "fp16",
    });
    expect(await problem.evaluate([design, design], 0)).toEqual(
      Array(2).fill({ params: totals.params, macs: totals.macs, latency_ms: latencyMs }),
    );
    expect(built.graph!(design).nodes.length).toBe(network.nodes.length);
  });

  it.each([
    [
      "an unknown parameter",
      { vary: { widht: { type: "real", low: 1, high: 2 } } },
      /no parameter 'widht'\ndid you mean 'width'/,
    ],
    [
      "a range beyond the network's",
      { vary: { width: { type: "real", low: 0, high: 1 } } },
      /width = 0, expected a number in \[0\.05/,
    ],
    ["a value that is fixed too", { fixed: { width: 1 } }, /'width' is both in vary and in fixed/],
    ["a fixed value out of range", { fixed: { resolution: 1 } }, /resolution = 1, expected/],
    [
      "a choice that is none",
      { vary: { batchNorm: { type: "categorical", values: ["nodes", "gone"] } } },
      /batchNorm = gone/,
    ],
  ])("refuses %s", async (_, space, message) => {
    expect(await userError(() => buildProblem(study(space)))).toMatch(message);
  });

  it("refuses measured columns and predictions where there are none", async () => {
    const space = { kind: "zoo", network: "vgg16", vary: { width: vary.width } };
    const column = resolveSpec({ space, objectives: ["error"] });
    expect(await userError(() => buildProblem(column))).toMatch(
      /no objective or column 'error'\nthis space measures nothing/,
    );
    // Without a table an accuracy is one that is trained for.
    expect(await userError(() => resolveSpec({ space, objectives: ["accuracy"] }))).toMatch(
      /objectives\[0\]\.data: is missing/,
    );
    const parameters = { kind: "parameters", parameters: vary };
    for (const name of ["latency_ms", "params"])
      expect(
        await userError(() => buildProblem(resolveSpec({ space: parameters, objectives: [name] }))),
      ).toMatch(new RegExp(`'${name}' .*needs a space of networks`));
  });
});
