import { expect, test } from "vitest";
import { compareBindings } from "../../src/gpu/compare-bindings.ts";
import { predict } from "../../src/gpu/predict.ts";
import type { Graph, Shape } from "../../src/graph/types.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

const base = buildNetwork("resnet18", { resolution: 64 });
const shaped = (shape: Shape): Graph => ({
  ...base,
  inputs: [{ ...base.inputs[0]!, shape }],
  outputs: base.outputs.map((o) => ({ ...o, shape: undefined })),
  declared: new Map(),
});
const dynamic = shaped(["N", 3, "H", "W"]);
const fixed = shaped([8, 3, 64, 48]);

test("free dimensions are what the other network fixes, in either order", () => {
  const sizes = { N: 8, H: 64, W: 48 };
  expect(compareBindings(dynamic, fixed, {}, false).bind).toEqual([sizes, {}]);
  expect(compareBindings(fixed, dynamic, {}, false).taken).toEqual([{}, sizes]);
  const [bind] = compareBindings(dynamic, fixed, {}, false).bind;
  const device = shipped("t4");
  expect(predict(dynamic, { device, bind })).toEqual(predict(fixed, { device }));
});

test("what is given comes first, and goes to the network that has it", () => {
  expect(compareBindings(dynamic, fixed, { H: 32 }, true)).toEqual({
    bind: [{ H: 32, W: 48 }, {}],
    taken: [{ W: 48 }, {}],
  });
  const other = shaped(["batch", 3, "H", 64]);
  expect(compareBindings(dynamic, other, { H: 96, N: 2 }, false).bind).toEqual([
    { H: 96, N: 2, W: 64 },
    { H: 96 },
  ]);
});

test("a name that neither has, and inputs that contradict one another", () => {
  expect(() => compareBindings(dynamic, fixed, { T: 2 }, false)).toThrow(
    /neither network has a free dimension T/,
  );
  expect(() => compareBindings(shaped(["N", 3, "S", "S"]), fixed, {}, false)).toThrow(
    /dimension S would be 64 and 48/,
  );
});
