import { expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { bindBatch } from "../../src/gpu/batch.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { analyze } from "../../src/ops/analyze.ts";

function relu() {
  const b = new GraphBuilder();
  b.input("x", ["n", 3, "h"]);
  b.output(b.add("Relu", ["x"]));
  return b.build();
}

const flops = (...args: Parameters<typeof bindBatch>) => bindBatch(...args).analysis.totals.flops;

test("the batch by its name and by its number are one", () => {
  expect(flops(relu(), 8, { h: 2 })).toBe(48);
  expect(flops(relu(), undefined, { n: 8, h: 2 })).toBe(48);
  expect(bindBatch(relu(), undefined, { n: 8, h: 2 }).batch).toBe(8);
  expect(flops(relu(), 8, { n: 8, h: 2 })).toBe(48);
  expect(flops(analyze(relu()), undefined, { n: 8, h: 2 })).toBe(48);
});

test("two batch sizes are one error that says both", () => {
  let error: unknown;
  try {
    bindBatch(relu(), 8, { n: 4 });
  } catch (e) {
    error = e;
  }
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({
    message: "batch 8 was asked for, and 4 for dimension n, which is the batch",
    exitCode: 2,
  });
});
