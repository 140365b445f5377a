/** 2x2 windows side by side against a loop over the windows, with many equal elements. */
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { int, ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { gradients } from "../../../src/ops/gradients/index.ts";
import { nodeEngine, type Session } from "../../../src/runtime/index.ts";

const open: Session[] = [];
afterAll(() => Promise.all(open.map((session) => session.release())));

async function pool(channels: number, height: number, width: number) {
  const builder = new GraphBuilder();
  const x = builder.input("x", ["batch", channels, height, width]);
  const weight = builder.input("weight", ["batch", channels, height / 2, width / 2]);
  const y = builder.add(
    "MaxPool",
    [x],
    { kernel_shape: ints(2, 2), strides: ints(2, 2) },
    { outputs: ["y"] },
  );
  const weighted = builder.add("Mul", [y, weight]);
  const loss = builder.add("ReduceSum", [weighted], { keepdims: int(0) }, { outputs: ["loss"] });
  builder.output(y, ["batch", channels, height / 2, width / 2]);
  builder.output(loss, []);
  const made = gradients(builder.build(), "loss", ["x"]);
  // Not by indices, which the other tests of pools are about.
  expect(made.graph.nodes.map((node) => node.op)).not.toContain("ScatterElements");
  const session = await nodeEngine.open(made.graph, { threads: 1 });
  open.push(session);
  return { session, gradient: made.gradients.get("x")! };
}

/** The first of the largest elements of each window, in row-major order, has its gradient. */
function byWindow(x: Float32Array, g: Float32Array, width: number) {
  const y = new Float32Array(g.length);
  const dx = new Float32Array(x.length);
  for (let i = 0; i < g.length; i++) {
    const half = width / 2;
    const first = Math.floor(i / half) * 2 * width + (i % half) * 2;
    const window = [first, first + 1, first + width, first + width + 1];
    const best = window.reduce((a, b) => (x[b]! > x[a]! ? b : a));
    y[i] = x[best]!;
    dx[best] = g[i]!;
  }
  return { y, dx };
}

it.each([
  [1, 2, 2],
  [3, 4, 6],
  [2, 8, 2],
])("goes to the first largest element: %d channels of %d x %d", async (channels, height, width) => {
  const { session, gradient } = await pool(channels, height, width);
  const size = channels * height * width;
  const values = (n: number, low: number, high: number) =>
    fc.array(fc.integer({ min: low, max: high }), { minLength: n, maxLength: n });
  const cases = fc
    .integer({ min: 1, max: 3 })
    .chain((batch) =>
      fc.tuple(fc.constant(batch), values(batch * size, -1, 1), values((batch * size) / 4, -9, 9)),
    );
  await fc.assert(
    fc.asyncProperty(cases, async ([batch, xs, gs]) => {
      const x = Float32Array.from(xs);
      const g = Float32Array.from(gs);
      const out = await session.run({
        x: { dtype: "float32", dims: [batch, channels, height, width], data: x },
        weight: { dtype: "float32", dims: [batch, channels, height / 2, width / 2], data: g },
      });
      const { y, dx } = byWindow(x, g, width);
      expect(Array.from(out.y!.data as Float32Array)).toEqual(Array.from(y));
      // + 0 makes -0 plain: a product with the comparison may leave a sign on zero.
      const plain = (data: Float32Array) => Array.from(data, (v) => v + 0);
      expect(plain(out[gradient]!.data as Float32Array)).toEqual(plain(dx));
    }),
    { numRuns: 30 },
  );
});
