/** One network of every kind of work, on every shipped device, precision and host mode. */
import { expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { predict } from "../../src/gpu/predict.ts";
import { HOST_MODES, LIMITERS, PRECISIONS, type Prediction } from "../../src/gpu/types.ts";
import { int, ints, string } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, int64s, tensorOf, zeros } from "../../src/graph/tensor.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { listDevices } from "../../src/study/devices.ts";

function mixed() {
  const b = new GraphBuilder();
  const w = (name: string, ...dims: number[]) => b.initializer(name, zeros("float32", dims));
  const conv = (x: string, name: string, dims: number[], attributes = {}) =>
    b.add("Conv", [x, w(`${name}_w`, ...dims)], attributes, { name });
  b.input("image", ["n", 3, 32, 32]);
  let x = conv("image", "stem", [32, 3, 3, 3], { pads: ints(1, 1, 1, 1) });
  x = b.add("Relu", [x]);
  x = conv(x, "grouped", [32, 8, 3, 3], { group: int(4), pads: ints(1, 1, 1, 1) });
  x = conv(x, "depthwise", [32, 1, 3, 3], { group: int(32), pads: ints(1, 1, 1, 1) });
  x = b.add("Add", [
    x,
    conv(x, "dilated", [32, 32, 3, 3], { pads: ints(2, 2, 2, 2), dilations: ints(2, 2) }),
  ]);
  const offset = conv(x, "offset", [18, 32, 3, 3], { pads: ints(1, 1, 1, 1) });
  x = b.add("DeformConv", [x, w("deform_w", 32, 32, 3, 3), offset], { pads: ints(1, 1, 1, 1) });
  const scale = b.initializer("scale", float32s([0.1], []));
  const zero = b.initializer("zero", tensorOf("int8", [], [0]));
  const q = b.add("QuantizeLinear", [x, scale, zero]);
  const wq = b.initializer(
    "wq",
    tensorOf(
      "int8",
      [64, 32, 3, 3],
      Array.from({ length: 64 * 32 * 9 }, () => 1),
    ),
  );
  x = b.add(
    "Conv",
    [b.add("DequantizeLinear", [q, scale, zero]), b.add("DequantizeLinear", [wq, scale, zero])],
    { strides: ints(2, 2) },
  );
  x = b.add("MaxPool", [x], { kernel_shape: ints(3, 3) });
  x = b.add("ConvTranspose", [x, w("up_w", 64, 32, 2, 2)], { strides: ints(2, 2) });
  x = b.add("Resize", [x, "", b.initializer("grow", float32s([1, 1, 2, 2]))]);
  x = b.add("Flatten", [b.add("GlobalAveragePool", [x])]);
  b.output(b.add("Gemm", [x, w("head", 32, 10)]));

  b.input("sound", ["n", 16, 200]);
  b.output(conv("sound", "conv1d", [24, 16, 5]));
  b.input("volume", ["n", 4, 8, 16, 16]);
  b.output(b.add("Relu", [conv("volume", "conv3d", [8, 4, 3, 3, 3])]));

  b.input("tokens", ["n", 4, 24, 16]);
  const kt = b.add("Transpose", ["tokens"], { perm: ints(0, 1, 3, 2) });
  const scores = b.add("Softmax", [b.add("MatMul", ["tokens", kt])], { axis: int(-1) });
  const mixedUp = b.add("Einsum", [scores, "tokens"], { equation: string("bhij,bhjd->bhid") });
  const rows = b.add("LayerNormalization", [mixedUp, w("gain", 16)], { axis: int(-1) });
  b.output(b.add("ReduceMean", [rows, b.initializer("axes", int64s([1, 2]))]));
  return b.build();
}

/** What contradicts itself in a prediction. */
function faults(p: Prediction): string[] {
  const out: string[] = [];
  const need = (ok: boolean, what: string) => {
    if (!ok) out.push(`${p.device} ${p.precision} ${p.host} batch ${p.batch}: ${what}`);
  };
  const positive = (x: number) => Number.isFinite(x) && x > 0;
  need(positive(p.latencyMs) && positive(p.gpuMs) && positive(p.hostMs), "times");
  need(p.latencyMs >= p.gpuMs * (1 - 1e-9), `latency ${p.latencyMs} below GPU time ${p.gpuMs}`);
  const sum = p.kernels.reduce((s, k) => s + k.timeUs, 0) / 1000;
  need(Math.abs(sum - p.gpuMs) <= 1e-6 * sum, `kernels take ${sum}, GPU time is ${p.gpuMs}`);
  for (const k of p.kernels) {
    need(positive(k.timeUs), `${k.name}: time ${k.timeUs}`);
    need(k.smUtilization > 0 && k.smUtilization <= 1, `${k.name}: utilisation ${k.smUtilization}`);
    need(k.tailFill > 0 && k.tailFill <= 1, `${k.name}: tail ${k.tailFill}`);
    need(
      k.waves >= 1 && k.blocks >= 1 && k.blocksPerSm >= 1,
      `${k.name}: ${k.blocks} blocks, ${k.waves} waves`,
    );
    need(k.block >= 1 && k.block <= 1024, `${k.name}: block ${k.block}`);
    need(
      k.grid.every((g) => Number.isInteger(g) && g >= 1),
      `${k.name}: grid ${k.grid.join("x")}`,
    );
    need(Number.isFinite(k.flops) && k.flops >= 0, `${k.name}: FLOPs ${k.flops}`);
    need(Number.isFinite(k.dramBytes) && k.dramBytes >= 0, `${k.name}: bytes ${k.dramBytes}`);
    need(LIMITERS.includes(k.limiter), `${k.name}: limiter ${k.limiter}`);
  }
  return out;
}

/** Times may fall by this much where a larger batch makes another algorithm the faster one. */
const DIP = 0.02;

test("every device, precision and host mode: sound numbers, that grow with the batch", () => {
  const batches = [1, 2, 8, 33, 128];
  const analyses = batches.map((n) => analyze(mixed(), { bind: { n } }));
  const wrong: string[] = [];
  let predictions = 0;
  for (const device of listDevices())
    for (const precision of PRECISIONS)
      for (const host of HOST_MODES) {
        let before = 0;
        for (const [i, analysis] of analyses.entries()) {
          let p: Prediction;
          try {
            p = predict(analysis, { device, precision, host });
          } catch (e) {
            // Not every device has every precision; it says so.
            if (!(e instanceof UserError)) throw e;
            expect(e.message).toContain(precision);
            break;
          }
          predictions++;
          wrong.push(...faults(p));
          expect(p.batch).toBe(batches[i]);
          if (p.gpuMs < before * (1 - DIP))
            wrong.push(
              `${device.id} ${precision} ${host}: batch ${p.batch} takes ${p.gpuMs}, less than ${before}`,
            );
          before = p.gpuMs;
        }
      }
  expect(wrong).toEqual([]);
  expect(predictions).toBeGreaterThan(1000);
}, 60_000);
