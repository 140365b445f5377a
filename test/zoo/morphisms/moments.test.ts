/** The estimate of a feature map's moments, against those of many drawn values. */
import { expect, test } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { int } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import { momentsOf } from "../../../src/zoo/morphisms/moments.ts";
import { Network } from "../../../src/zoo/morphisms/network.ts";

test("rectified sums of normalised maps have the moments that sampling finds", () => {
  const builder = new GraphBuilder();
  const vector = (name: string, ...values: number[]) => builder.initializer(name, float32s(values));
  const x = builder.input("x", ["batch", 2, 4, 4]);
  const scale = [
    [1.5, 0.7],
    [0.4, 2],
  ];
  const shift = [
    [-0.3, 0.8],
    [1, -2],
  ];
  const norms = scale.map((s, i) =>
    builder.add("BatchNormalization", [
      x,
      vector(`s${i}`, ...s),
      vector(`b${i}`, ...shift[i]!),
      vector(`m${i}`, 3, 4),
      vector(`v${i}`, 5, 6),
    ]),
  );
  const first = builder.add("Relu", [norms[0]!]);
  const sum = builder.add("Add", [first, norms[1]!]);
  const pooled = builder.add("GlobalAveragePool", [sum]);
  builder.output(builder.add("Flatten", [pooled], { axis: int(1) }));
  const network = new Network(builder.build());
  const rng = stream(1, "test/moments");
  for (const [value, draw] of [
    [norms[0]!, (c: number) => scale[0]![c]! * rng.normal() + shift[0]![c]!],
    [first, (c: number) => Math.max(0, scale[0]![c]! * rng.normal() + shift[0]![c]!)],
    [
      sum,
      (c: number) =>
        Math.max(0, scale[0]![c]! * rng.normal() + shift[0]![c]!) +
        scale[1]![c]! * rng.normal() +
        shift[1]![c]!,
    ],
  ] as const) {
    const { mean, variance } = momentsOf(network, value)();
    for (const c of [0, 1]) {
      const n = 200_000;
      let total = 0;
      let squares = 0;
      for (let i = 0; i < n; i++) {
        const y = draw(c);
        total += y;
        squares += y * y;
      }
      // Four standard errors of a mean over 200,000 of a deviation below 2.2.
      expect(Math.abs(mean[c]! - total / n)).toBeLessThan(0.02);
      expect(variance[c]! / (squares / n - (total / n) ** 2)).toBeCloseTo(1, 1);
    }
  }
  const unknown = momentsOf(network, "x")();
  expect([...unknown.mean, ...unknown.variance]).toEqual([0, 0, 1, 1]);
});
