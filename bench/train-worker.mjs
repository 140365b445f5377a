// Our side of bench/train-step.mjs, as bench/peers/train_torch.py: a request a line, {net, batch,
// threads, mode, steps}; answers with milliseconds by the wall clock and of CPU time for each step,
// those of them that pass outside ONNX Runtime's own call, and the process's peak memory.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { InferenceSession } from "onnxruntime-node";

const dist = (file) => import(resolve(import.meta.dirname, "../dist", file));
const { stream } = await dist("base/rng.js");
const { nodeEngine } = await dist("runtime/index.js");
const { stateAfter, trainedGraph, trainingStep } = await dist("runtime/training/index.js");
const { buildNetwork } = await dist("zoo/index.js");
const { Layers } = await dist("zoo/layers.js");

function vggLike() {
  const layers = new Layers("vgg-like", { seed: 0, batchNorm: "nodes" });
  let x = layers.input(3, 32);
  [32, 64, 128].forEach((width, stage) => {
    for (let i = 0; i < 2; i++) {
      x = layers.convBn(`stage${stage}.conv${i}`, `stage${stage}.bn${i}`, x, width, { kernel: 3 });
      x = layers.relu(`stage${stage}.relu${i}`, x);
    }
    x = layers.maxPool(`stage${stage}.pool`, x, 2, 2);
  });
  return layers.finish(layers.linear("fc", layers.flatten("flatten", x), 10));
}

const NETS = { resnet20: () => buildNetwork("resnet-cifar"), "vgg-like": vggLike };

async function prepare({ net, batch, threads, mode }) {
  const step = trainingStep(NETS[net](), {
    batch,
    optimizer: { name: "sgd", momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
    schedule: { name: "constant", learningRate: 0.05 },
  });
  let state = step.initialState(0);
  const rng = stream(0, "bench/train-step");
  const images = {
    dtype: "float32",
    dims: [batch, 3, 32, 32],
    data: Float32Array.from({ length: batch * 3072 }, () => rng.normal()),
  };
  const labels = {
    dtype: "int64",
    dims: [batch],
    data: BigInt64Array.from({ length: batch }, () => BigInt(rng.int(10))),
  };
  const graph = mode === "inference" ? trainedGraph(step, state) : step.graph;
  const session = await nodeEngine.open(graph, { threads });
  return {
    session,
    run: async () => {
      if (mode === "inference") await session.run({ input: images });
      else state = stateAfter(step, await session.run({ input: images, labels, ...state }));
    },
  };
}

let inside = 0;
const { run } = InferenceSession.prototype;
InferenceSession.prototype.run = async function timed(...args) {
  const start = performance.now();
  const outputs = await run.apply(this, args);
  inside += performance.now() - start;
  return outputs;
};

let key;
let prepared;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const { net, batch, threads, mode, steps } = request;
  const wanted = [net, batch, threads, mode].join();
  if (wanted !== key) {
    await prepared?.session.release();
    prepared = await prepare(request);
    key = wanted;
    await prepared.run();
  }
  const ms = [];
  const cpu = [];
  const outside = [];
  for (let i = 0; i < steps; i++) {
    const before = process.cpuUsage();
    const start = performance.now();
    inside = 0;
    await prepared.run();
    const total = performance.now() - start;
    ms.push(total);
    outside.push(total - inside);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  const status = readFileSync("/proc/self/status", "utf8");
  const peakMib = Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024;
  console.log(JSON.stringify({ ms, cpu, outside, peakMib }));
}
