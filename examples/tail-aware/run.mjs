// Does width that a GPU gives away buy accuracy? Retunes a residual network's widths at equal predicted
// latency, trains both with one recipe and several seeds, and sets accuracy beside MACs, parameters,
// predicted latency and measured CPU time. Started again after any interruption, it goes on.
//
//     npm run build
//     node examples/tail-aware/run.mjs --data cifar10 --threads 1 --workers 2 --out tail-aware
import { fork } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../dist/base/errors.js";
import { openDataset } from "../../dist/runtime/data/index.js";
import { Journal } from "./journal.mjs";
import { planOf } from "./networks.mjs";
import { readOptions } from "./options.mjs";
import { reportText, resultOf } from "./report.mjs";
import { timingOf } from "./timing.mjs";
import { trainedRecord, trainOne } from "./training.mjs";
import { writeJson } from "./whole.mjs";

/** Names the one training that this process is for. */
const WORKER = "TIDEMARK_TAIL_AWARE_JOB";

async function main() {
  const options = readOptions(process.argv.slice(2));
  const out = resolve(options.out);
  if (process.env[WORKER] !== undefined) return trainHere(process.env[WORKER], options, out);
  mkdirSync(join(out, "trainings"), { recursive: true });
  const release = options.dryRun ? () => {} : lock(join(out, "lock"));
  const journal = new Journal(join(out, "log.txt"));
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
  try {
    const plan = await planOf(options, out, journal);
    const timing = await timingOf(plan, options, out, journal);
    const jobs = jobsOf(plan, options, out);
    for (const job of jobs) job.record = trainedRecord(job);
    if (!options.dryRun) {
      const samples = await samplesOf(options, jobs);
      const keep = () => writeJson(join(out, "result.json"), resultOf(plan, jobs, timing, options));
      keep();
      const todo = jobs.filter((job) => job.record === undefined);
      const work = async () => {
        for (let job = todo.shift(); job !== undefined; job = todo.shift()) {
          job.record =
            options.workers > 1
              ? await trainApart(job, stop.signal)
              : await trainOne(job, { options, jobs, samples, journal, signal: stop.signal });
          keep();
        }
      };
      await Promise.all(Array.from({ length: options.workers }, work));
      journal.say(`done: ${join(out, "result.json")}`);
    }
    process.stdout.write(reportText(resultOf(plan, jobs, timing, options)));
  } finally {
    release();
  }
}

/** A training in a process of its own, which ends with this one. */
async function trainApart(job, signal) {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
    env: { ...process.env, [WORKER]: job.name },
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  signal.removeEventListener("abort", stop);
  const record = code === 0 ? trainedRecord(job) : undefined;
  if (record === undefined)
    throw new UserError(`${job.name}: its training ended before it was done`, {
      hint: "see above and log.txt; start the same command again to go on",
    });
  return record;
}

async function trainHere(name, options, out) {
  const stop = new AbortController();
  for (const event of ["SIGINT", "SIGTERM", "disconnect"]) process.once(event, () => stop.abort());
  const journal = new Journal(join(out, "log.txt"));
  const jobs = jobsOf(await planOf(options, out, journal), options, out);
  for (const job of jobs) job.record = trainedRecord(job);
  const job = jobs.find((each) => each.name === name);
  const samples = await samplesOf(options, jobs);
  await trainOne(job, { options, jobs: [job], samples, journal, signal: stop.signal });
  process.disconnect?.();
}

/** The pair of each seed first, so that a first comparison stands early; the control last. */
function jobsOf(plan, { seeds, control }, out) {
  const [original, retuned, wider] = ["original", "retuned", "wider"].map((name) =>
    plan.networks.find((network) => network.name === name),
  );
  const every = Array.from({ length: seeds }, (_, i) => i + 1);
  const order = [
    ...every.flatMap((seed) => [original, retuned].map((network) => ({ network, seed }))),
    ...(control && wider !== undefined ? every.map((seed) => ({ network: wider, seed })) : []),
  ];
  return order.map((job) => {
    const name = `${job.network.name}-${job.seed}`;
    return {
      ...job,
      name,
      model: join(out, job.network.file),
      onnx: join(out, "trainings", `${name}.onnx`),
      folder: join(out, "trainings", `${name}.training`),
    };
  });
}

/** Training samples of an epoch, to say how long is left. */
async function samplesOf({ data, read }, jobs) {
  const known = jobs.find((job) => job.record !== undefined)?.record.data.counts.train;
  return known ?? (await openDataset(data, read)).train.count;
}

/** Two runs in one folder would write over each other's checkpoints. */
function lock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    const holder = Number(readFileSync(path, "utf8"));
    if (holder > 0 && holder !== process.pid && alive(holder))
      throw new UserError(`process ${holder} works in this folder (${path})`, {
        hint: "wait for it, choose another --out, or remove the file if that process is another program",
      });
    writeFileSync(path, String(process.pid));
  }
  return () => rmSync(path, { force: true });
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
  process.exitCode = error.exitCode;
}
