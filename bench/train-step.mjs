// The same training step, and inference, here and in PyTorch: ResNet-20 and a VGG-like net at 32x32,
// batch 64 and 128, FP32, on 1 and 2 threads. The sides take turns in one run, and medians are
// compared. On a shared machine the CPU time at one thread is the steadier measure: it leaves out
// what others take. Peak memory is that of processes that do nothing else.
//
//     npm run build
//     python -m venv /tmp/peers && /tmp/peers/bin/pip install torch==2.15.0
//     npm install --prefix /tmp/tfjs @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm
//     node bench/train-step.mjs --python /tmp/peers/bin/python [--tfjs /tmp/tfjs] [--turns 7]
//         [--threads 1,2] [--nets resnet20,vgg-like] [--modes training,inference] [--out file.json]
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    tfjs: { type: "string" },
    turns: { type: "string", default: "7" },
    threads: { type: "string", default: "1,2" },
    nets: { type: "string", default: "resnet20,vgg-like" },
    modes: { type: "string", default: "training,inference" },
    out: { type: "string" },
  },
});
const turns = Number(values.turns);
const STEPS = 2;
const here = import.meta.dirname;
const torch = [values.python, join(here, "peers/train_torch.py")];
const SIDES = {
  tidemark: { command: [process.execPath, join(here, "train-worker.mjs")], request: {} },
  "pytorch nchw": { command: torch, request: { layout: "nchw" } },
  "pytorch channels_last": { command: torch, request: { layout: "channels_last" } },
};
if (values.tfjs !== undefined)
  SIDES["tfjs-wasm"] = {
    command: [process.execPath, join(here, "peers/infer_tfjs.mjs"), values.tfjs],
    request: {},
    only: "inference",
  };

class Worker {
  constructor({ command, request }) {
    this.request = request;
    this.child = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(request) {
    this.child.stdin.write(`${JSON.stringify({ ...request, ...this.request })}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`${this.child.spawnargs.join(" ")} ended`);
    return JSON.parse(value);
  }

  end() {
    this.child.stdin.end();
    return new Promise((resolve) => this.child.once("close", resolve));
  }
}

const median = (xs) => {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const results = [];
for (const mode of values.modes.split(","))
  for (const net of values.nets.split(","))
    for (const batch of [64, 128])
      for (const threads of values.threads.split(",").map(Number))
        results.push(await compare({ mode, net, batch, threads }));
if (values.out !== undefined) {
  mkdirSync(dirname(values.out), { recursive: true });
  const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(values.out, `${JSON.stringify({ date, machine, turns, steps: STEPS, results })}\n`);
}

async function compare(setting) {
  const workers = Object.entries(SIDES)
    .filter(([, { only = setting.mode }]) => only === setting.mode)
    .map(([name, side]) => [name, new Worker(side)]);
  const sides = Object.fromEntries(
    workers.map(([name]) => [name, { ms: [], cpu: [], outside: [] }]),
  );
  for (let turn = 0; turn < turns; turn++)
    for (const [name, worker] of workers) {
      const { ms, cpu, outside = [], ...rest } = await worker.ask({ ...setting, steps: STEPS });
      sides[name].ms.push(...ms);
      sides[name].cpu.push(...cpu);
      sides[name].outside.push(...outside);
      Object.assign(sides[name], rest);
      // Threads that wait spin for a while: the next side starts when they have stopped.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  for (const [, worker] of workers) await worker.end();
  report(setting, sides);
  return { ...setting, load: loadavg()[0], sides };
}

function report({ mode, net, batch, threads }, sides) {
  const ours = sides.tidemark;
  const cells = Object.entries(sides).map(([name, side]) => {
    const ratio = (what) => (median(side[what]) / median(ours[what])).toFixed(2);
    const speed = Math.round((1000 * batch) / median(side.ms));
    const own = `${Math.round(median(side.cpu))} ms CPU, ${median(side.outside).toFixed(1)} ms outside the session`;
    return name === "tidemark"
      ? `${speed}/s, ${own}, ${Math.round(side.peakMib)} MiB`
      : `${name} ${speed}/s (x${ratio("ms")}; CPU x${ratio("cpu")}; memory x${(ours.peakMib / side.peakMib).toFixed(2)})`;
  });
  console.log(`${mode} ${net} batch ${batch}, ${threads} threads: ${cells.join("; ")}`);
}
