// TensorFlow.js's side of bench/train-step.mjs, inference only: ResNet-20 and the VGG-like net at
// 32x32 on its WASM backend (XNNPACK), batch normalization folded into fused convolutions. Requests
// and answers as train_torch.py's. The packages are looked for in the folder given:
//
//     npm install --prefix /tmp/tfjs @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm
//     node bench/peers/infer_tfjs.mjs /tmp/tfjs
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const folder = process.argv[2];
const require = createRequire(join(folder, "package.json"));
const tf = require("@tensorflow/tfjs-core");
const wasm = require("@tensorflow/tfjs-backend-wasm");
const { version } = require("@tensorflow/tfjs-core/package.json");

const weights = (...shape) => tf.keep(tf.randomNormal(shape, 0, 0.1, "float32", 1));

function conv(cIn, cOut, kernel = 3, stride = 1, activation = "relu") {
  const [filter, bias] = [weights(kernel, kernel, cIn, cOut), weights(cOut)];
  const pad = kernel === 3 ? [[0, 0], [1, 1], [1, 1], [0, 0]] : "valid"; // biome-ignore format: rows
  return (x) => tf.fused.conv2d({ x, filter, strides: stride, pad, bias, activation });
}

function linear(cIn, cOut) {
  const [matrix, bias] = [weights(cIn, cOut), weights(cOut)];
  return (x) => tf.add(tf.matMul(x, matrix), bias);
}

function resnet20() {
  const layers = [conv(3, 16)];
  let c = 16;
  [16, 32, 64].forEach((width, stage) => {
    for (let i = 0; i < 3; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const [a, b] = [conv(c, width, 3, stride), conv(width, width, 3, 1, "linear")];
      const shortcut = stride === 1 && c === width ? (x) => x : conv(c, width, 1, stride, "linear");
      layers.push((x) => tf.relu(tf.add(b(a(x)), shortcut(x))));
      c = width;
    }
  });
  return [...layers, (x) => tf.mean(x, [1, 2]), linear(c, 10)];
}

function vggLike() {
  const layers = [];
  let c = 3;
  for (const width of [32, 64, 128]) {
    layers.push(conv(c, width), conv(width, width), (x) => tf.maxPool(x, 2, 2, "valid"));
    c = width;
  }
  return [...layers, (x) => tf.reshape(x, [x.shape[0], -1]), linear(c * 16, 10)];
}

const NETS = { resnet20, "vgg-like": vggLike };
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let forward;
for (let { value, done } = await lines.next(); !done; { value, done } = await lines.next()) {
  const { net, batch, threads, steps } = JSON.parse(value);
  if (forward === undefined) {
    wasm.setWasmPaths(`${join(folder, "node_modules/@tensorflow/tfjs-backend-wasm/dist")}/`);
    wasm.setThreadsCount(threads);
    await tf.setBackend("wasm");
    const layers = NETS[net]();
    const input = tf.keep(tf.randomNormal([batch, 32, 32, 3], 0, 1, "float32", 1));
    forward = () => tf.tidy(() => layers.reduce((x, layer) => layer(x), input).dataSync());
    forward();
  }
  const ms = [];
  const cpu = [];
  for (let i = 0; i < steps; i++) {
    const before = process.cpuUsage();
    const start = performance.now();
    forward();
    ms.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  const peakMib =
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
  console.log(JSON.stringify({ ms, cpu, peakMib, version, threads: wasm.getThreadsCount() }));
}
process.exit(0);
