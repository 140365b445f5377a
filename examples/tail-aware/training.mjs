// One training that goes on from its checkpoint after any end, as `tidemark train` and its --resume do.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../dist/base/errors.js";
import { version } from "../../dist/cli/version.js";
import { formatDuration } from "../../dist/report/index.js";
import { parseRecord } from "../../dist/runtime/training/record.js";
import { TrainingRun } from "../../dist/runtime/training/trainer-run.js";

/** Between looks at whether to stop. */
const STEP_MS = 1000;
const SAY_MS = 120_000;

/** The record of a training that is done; undefined before. */
export function trainedRecord({ onnx }) {
  const path = onnx.replace(/\.onnx$/, ".json");
  if (!existsSync(path) || !existsSync(onnx)) return undefined;
  const record = parseRecord(readFileSync(path, "utf8"), path);
  return record.complete ? record : undefined;
}

/**
 * Trains until the end and gives the record.
 *
 * @throws UserError where it is stopped by a signal, with a checkpoint kept, or the loss diverges
 */
export async function trainOne(job, { options, jobs, samples, journal, signal }) {
  const run = await open(job, options);
  try {
    const { step, steps } = run.summary.progress;
    journal.say(`${job.name}: ${step > 0 ? `from step ${step} of` : "begins,"} ${steps} steps`);
    let said = performance.now();
    for (let status = run.summary; !status.done; ) {
      signal.throwIfAborted();
      status = await run.advance(STEP_MS);
      for (const warning of status.warnings) journal.say(`${job.name}: warning: ${warning}`);
      if (status.ended === undefined && performance.now() - said < SAY_MS) continue;
      said = performance.now();
      journal.say(`${job.name}: ${progressText(status, { job, jobs, samples, options })}`);
    }
    const { record } = await run.finish();
    journal.say(`${job.name}: test accuracy ${percent(record.result.test.accuracy)}`);
    return record;
  } catch (error) {
    if (!signal.aborted) throw error;
    run.checkpoint();
    throw new UserError(`stopped in ${job.name} at step ${run.summary.progress.step}`, {
      hint: "start the same command again to go on",
    });
  } finally {
    await run.close();
  }
}

function open({ model, onnx, folder, seed }, { data, read, recipe, threads }) {
  if (existsSync(join(folder, "run.json")))
    return TrainingRun.resume(folder, { data, out: onnx, threads }, version());
  const request = {
    model,
    data,
    read,
    recipe: { ...recipe, seed },
    weights: "draw",
    threads,
    out: onnx,
  };
  return TrainingRun.start(request, folder, version());
}

function progressText({ progress, ended }, { job, jobs, samples, options }) {
  const { epoch, epochs, step, steps, samplesPerSecond } = progress;
  const test = ended?.test === undefined ? "" : `, test ${percent(ended.test.accuracy)}`;
  // What is left, at this pace in multiply-accumulates.
  const epochsLeft = (1 - step / steps) * epochs;
  const others = jobs.slice(jobs.indexOf(job) + 1).filter((each) => each.record === undefined);
  const macs =
    epochsLeft * job.network.macs +
    others.reduce((sum, { network }) => sum + options.recipe.epochs * network.macs, 0);
  const pace = samplesPerSecond * job.network.macs;
  const left = pace > 0 ? `; all done in ${formatDuration((1000 * samples * macs) / pace)}` : "";
  const shown = ended === undefined ? progress : ended.train;
  return `epoch ${ended?.epoch ?? epoch} of ${epochs}, step ${step} of ${steps}, train ${percent(shown.accuracy)} (loss ${shown.loss.toFixed(3)})${test}, ${Math.round(samplesPerSecond)} samples/s${left}`;
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
