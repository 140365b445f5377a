// Writes what the web app's Dynamic view ships beside a network: some test images, and the network's
// answers to more of them. Run `npm run build` first; web/public/dynamic/README.md has the commands.
//   node scripts/web-dynamic.mjs NETWORK.onnx DENSE.onnx DATASET web/public/dynamic
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { answersOf } from "../dist/dynamic/evaluation/answers.js";
import { encodeStored } from "../dist/dynamic/evaluation/stored.js";
import { dynamicNetwork } from "../dist/dynamic/plan.js";
import { readOnnx } from "../dist/onnx/read.js";
import { openDataset } from "../dist/runtime/data/index.js";

const IMAGES = 24;
const ANSWERS = 1000;

const [networkFile, denseFile, dataset, out] = process.argv.slice(2);
if (out === undefined) {
  console.error("usage: node scripts/web-dynamic.mjs NETWORK.onnx DENSE.onnx DATASET FOLDER");
  process.exit(2);
}
const graphOf = (file) => readOnnx(new Uint8Array(readFileSync(file)), { name: file }).graph;
const network = dynamicNetwork(graphOf(networkFile));
const dense = graphOf(denseFile);
const { test } = await openDataset(dataset);
const first = (n) => ({ set: test, indices: Int32Array.from({ length: n }, (_, i) => i) });
const normalization = {
  mean: JSON.parse(network.graph.metadata["tidemark.mean"]),
  std: JSON.parse(network.graph.metadata["tidemark.std"]),
};
const options = { normalization, threads: 1 };
const answers = await answersOf(network, first(ANSWERS), options);
// The dense network is one without exits and regions.
const plain = { graph: dense, plan: { exits: [], regions: [], denseMacs: 0 } };
const { logits, classes } = await answersOf(plain, first(ANSWERS), options);
let right = 0;
for (let i = 0; i < ANSWERS; i++) {
  const row = logits[0].subarray(i * classes, (i + 1) * classes);
  if (row.indexOf(Math.max(...row)) === answers.labels[i]) right++;
}
const joined = (arrays) => {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
};
const of = `the first ${ANSWERS} test images of ${dataset}`;
writeFileSync(
  join(out, "answers.bin"),
  encodeStored({
    about: { of, classes, denseAccuracy: right / ANSWERS },
    arrays: { labels: answers.labels, logits: joined(answers.logits), on: joined(answers.on) },
  }),
);
const size = test.shape.reduce((a, b) => a * b, 1);
writeFileSync(
  join(out, "images.bin"),
  encodeStored({
    about: { of: `the first ${IMAGES} test images of ${dataset}`, shape: test.shape },
    arrays: {
      labels: test.labels.slice(0, IMAGES),
      pixels: test.samples.slice(0, IMAGES * size),
    },
  }),
);
copyFileSync(networkFile, join(out, basename(networkFile)));
console.log(`${of}: dense network right for ${right}`);
