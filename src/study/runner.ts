/**
 * Running a study. The loop is ask, evaluate, store, tell: a batch and the algorithm's state after
 * it are one transaction, so a run that is killed and resumed asks for the same designs again.
 */
import { availableParallelism } from "node:os";
import { join, parse } from "node:path";
import { UserError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { createAlgorithm } from "../search/index.ts";
import { replay } from "../search/replay.ts";
import type { Algorithm, Told } from "../search/types.ts";
import { blockOf, type TrialRow, trialAt } from "./block.ts";
import { asNeeded, type Evaluator, inThisThread, inWorkers } from "./evaluator.ts";
import { Heirs } from "./heirs.ts";
import type { InputFile } from "./kinds.ts";
import { outcomeOf } from "./outcome.ts";
import { type BuiltProblem, buildProblem } from "./problem.ts";
import { type Progress, ProgressMeter } from "./progress.ts";
import type { StudySpec } from "./spec.ts";
import { evaluateStages, lastStage } from "./stages.ts";
import { type OwnedStudy, openReader, openWriter, type StoreWriter } from "./store/index.ts";
import type { StudyState, TrialState } from "./types.ts";

export interface RunOptions {
  /** Path of the store, e.g. `storePath()`. */
  readonly store: string;
  /** Instead of what the study says. */
  readonly workers?: "auto" | number;
  /** Instead of the study's budget; how a finished study is continued. */
  readonly evaluations?: number;
  /** Stops at the end of the batch, with the study `interrupted`. */
  readonly signal?: AbortSignal;
  /** How long `signal` lets the batch go on before it is given up and lost; default 5 s. */
  readonly patienceMs?: number;
  /** At most every 100 ms, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Also take a study from a process on another machine. */
  readonly takeOver?: boolean;
  /** The worker threads' entry; the built one by default. */
  readonly workerUrl?: URL;
}

export interface RunResult {
  readonly id: number;
  readonly name: string;
  readonly state: StudyState;
  /** Trials of the study, and those of them that this run added. */
  readonly trials: number;
  readonly added: number;
  readonly counts: Readonly<Record<TrialState, number>>;
  readonly elapsedMs: number;
  /** Threads beside the main one that evaluated. */
  readonly workers: number;
}

/** Trials of a search that would not end by itself, where the study sets no budget. */
export const DEFAULT_EVALUATIONS = 1000;
/** How long a batch may go on once the run was asked to stop. */
export const PATIENCE_MS = 5000;
const BATCH = { lookup: 512, computed: 512, expensive: 8 } as const;

/** Runs a new study. @throws UserError; the study then stays `interrupted` and can be resumed */
export async function runStudy(spec: StudySpec, options: RunOptions): Promise<RunResult> {
  // What cannot be built must not leave an empty study behind.
  const problem = await buildProblem(spec);
  const algorithm = algorithmOf(spec, problem);
  const evaluator = await readyEvaluator(spec, problem, options);
  try {
    return await create(spec, problem, algorithm, evaluator, options);
  } finally {
    await evaluator.close();
  }
}

async function create(
  spec: StudySpec,
  problem: BuiltProblem,
  algorithm: Algorithm,
  evaluator: Evaluator,
  options: RunOptions,
): Promise<RunResult> {
  const store = openWriter(options.store);
  try {
    const study = store.create({
      name: spec.name,
      spec: spec as unknown as Json,
      meta: {
        objectives: problem.objectives,
        constraints: problem.constraints,
        notes: problem.notes,
        size: Number.isFinite(problem.space.size) ? problem.space.size : null,
        inputs: problem.built.inputs ?? [],
      },
    });
    return await releasing(study, () =>
      run(spec, problem, algorithm, evaluator, study, [], options),
    );
  } finally {
    store.close();
  }
}

/**
 * Continues a study where its last stored batch ended: killed, interrupted, or, with more
 * `evaluations`, finished.
 *
 * @param reference id, name, or unique beginning of a name
 */
export async function resumeStudy(
  reference: string | number,
  options: RunOptions,
): Promise<RunResult> {
  // A wrong path must not become an empty store.
  const reader = openReader(options.store);
  const { id } = reader.study(reference);
  reader.close();
  const store = openWriter(options.store);
  try {
    return await resume(store, id, options);
  } finally {
    store.close();
  }
}

async function resume(store: StoreWriter, id: number, options: RunOptions): Promise<RunResult> {
  store.refuseRunning(id, options.takeOver);
  const { spec: stored, inputs, name } = store.study(id);
  const spec = stored as unknown as StudySpec;
  const problem = await buildProblem(spec);
  checkInputs(name, inputs ?? [], problem.built.inputs ?? []);
  const evaluator = await readyEvaluator(spec, problem, options);
  try {
    const study = store.claim(id, options.takeOver);
    return await releasing(study, () => {
      // Only the owner may trust what it reads: the process before may have stored another batch.
      const record = store.study(id);
      const block = store.trials(id);
      const algorithm = algorithmOf(spec, problem, record.search?.state);
      const rows = Array.from({ length: block.count }, (_, i) => trialAt(block, i));
      replay(
        algorithm,
        problem.space,
        rows.slice(record.search?.trials ?? 0).map((row) => toldOf(row, problem)),
      );
      return run(spec, problem, algorithm, evaluator, study, rows, options);
    });
  } finally {
    await evaluator.close();
  }
}

function algorithmOf(spec: StudySpec, problem: BuiltProblem, state?: Json): Algorithm {
  const cheap = problem.objectives.flatMap(({ stage }, k) => (stage === 0 ? [k] : []));
  return createAlgorithm(spec.search.algorithm, problem.space, {
    seed: spec.seed,
    options: spec.search.options,
    state,
    ...(lastStage(problem) > 0 && { cheap }),
  });
}

function checkInputs(study: string, before: readonly InputFile[], now: readonly InputFile[]): void {
  for (const { path, sha256 } of now) {
    const then = before.find((input) => input.path === path);
    if (then === undefined || then.sha256 === sha256) continue;
    throw new UserError(
      `study '${study}' began with another ${path}: its SHA-256 was ${then.sha256}, and now is ${sha256}`,
      { hint: "put the old file back, or explore the new one as a study of its own", exitCode: 2 },
    );
  }
}

/** Gives the study back where `body` throws. */
async function releasing(study: OwnedStudy, body: () => Promise<RunResult>): Promise<RunResult> {
  try {
    return await body();
  } catch (error) {
    // The first error is the one to tell; if the store is gone too, the claim of a dead process is stale.
    try {
      study.release("interrupted");
    } catch (second) {
      throw error instanceof UserError ? error : new AggregateError([error, second]);
    }
    throw error;
  }
}

async function run(
  spec: StudySpec,
  problem: BuiltProblem,
  algorithm: Algorithm,
  evaluator: Evaluator,
  study: OwnedStudy,
  earlier: readonly TrialRow[],
  options: RunOptions,
): Promise<RunResult> {
  const budget = budgetOf(spec, problem, options);
  const total = Math.min(budget.evaluations, problem.space.size);
  const meter = new ProgressMeter(
    study.name,
    problem.objectives,
    spec.reference,
    total,
    options.onProgress,
  );
  meter.restore(earlier);
  const heirs = new Heirs(problem);
  heirs.add(earlier);
  const state = await loop(
    spec,
    problem,
    algorithm,
    evaluator,
    study,
    meter,
    heirs,
    budget,
    options,
  );
  meter.finish();
  study.release(state);
  return {
    id: study.id,
    name: study.name,
    state,
    trials: meter.evaluated,
    added: meter.evaluated - earlier.length,
    counts: meter.counts,
    elapsedMs: meter.elapsedMs,
    workers: evaluator.threads,
  };
}

function toldOf(row: TrialRow, { objectives, constraints }: BuiltProblem): Told {
  return { design: row.design, outcome: outcomeOf(row, objectives, constraints) };
}

interface Budget {
  readonly evaluations: number;
  readonly minutes: number;
}

function budgetOf(spec: StudySpec, problem: BuiltProblem, options: RunOptions): Budget {
  const minutes = spec.budget.minutes ?? Number.POSITIVE_INFINITY;
  const unlimited = spec.search.algorithm === "exhaustive" || Number.isFinite(minutes);
  const standard = unlimited ? problem.space.size : DEFAULT_EVALUATIONS;
  return {
    evaluations: options.evaluations ?? spec.budget.evaluations ?? standard,
    minutes,
  };
}

async function loop(
  spec: StudySpec,
  problem: BuiltProblem,
  algorithm: Algorithm,
  evaluator: Evaluator,
  study: OwnedStudy,
  meter: ProgressMeter,
  heirs: Heirs,
  budget: Budget,
  { store, signal, patienceMs = PATIENCE_MS }: RunOptions,
): Promise<StudyState> {
  // An algorithm that chooses among its designs must see as many as it chooses from.
  const size = spec.batch ?? Math.max(BATCH[problem.cost], algorithm.batch ?? 0);
  const folder = workFolder(store, study.id);
  const checkpoint = checkpoints();
  while (!signal?.aborted) {
    const left = budget.evaluations - meter.evaluated;
    if (left <= 0 || meter.elapsedMs > budget.minutes * 60_000) return "finished";
    const designs = algorithm.ask(Math.min(size, left));
    if (designs.length === 0) return "finished";
    const after =
      Math.min(budget.evaluations, problem.space.size) - meter.evaluated - designs.length;
    const rows = await unlessAborted(
      evaluateStages(problem, evaluator, designs, {
        keep: spec.stages?.keep ?? 1,
        after,
        accept: algorithm.accept?.bind(algorithm),
        context: { folder, parents: heirs.parentsOf(designs) },
      }),
      signal,
      patienceMs,
    );
    // Given up: what was stored stands, and resuming asks for this batch again.
    if (rows === undefined) return "interrupted";
    algorithm.tell(rows.map((row) => toldOf(row, problem)));
    study.append(blockOf(rows), checkpoint(algorithm, meter.evaluated + rows.length));
    meter.add(rows);
    heirs.add(rows);
    // Only once the batch is stored: until then resuming would need what the front had.
    problem.retain?.(folder, heirs.designs);
    // Lets signals and worker messages in, however quick the batches are.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return "interrupted";
}

/** Where a study keeps files of its own, beside the store: `studies.files/3` for study 3 of `studies.db`. */
export function workFolder(store: string, id: number): string {
  const { dir, name } = parse(store);
  return join(dir, `${name}.files`, String(id));
}

/** States beyond this many characters are stored only every time the study has grown by a quarter. */
const SMALL_STATE = 65_536;

/**
 * When to store the algorithm's state. A population that remembers all it has seen grows with the
 * study; storing it with every batch would cost the square of the trials.
 */
function checkpoints(): (algorithm: Algorithm, trials: number) => Json | undefined {
  let due = 0;
  return (algorithm, trials) => {
    if (trials < due) return undefined;
    const state = algorithm.state();
    const small = JSON.stringify(state).length <= SMALL_STATE;
    due = small ? 0 : Math.ceil(trials * 1.25);
    return state;
  };
}

/** What `work` resolves to; undefined `patienceMs` after the signal, where it has not by then. */
async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  patienceMs: number,
): Promise<T | undefined> {
  if (!signal) return work;
  let timer: NodeJS.Timeout | undefined;
  let aborted = () => {};
  const late = new Promise<undefined>((resolve) => {
    aborted = () => {
      timer = setTimeout(() => resolve(undefined), patienceMs);
    };
  });
  signal.addEventListener("abort", aborted, { once: true });
  if (signal.aborted) aborted();
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener("abort", aborted);
    clearTimeout(timer);
  }
}

/** @throws UserError where a module cannot be loaded: that must not leave an empty study behind */
async function readyEvaluator(
  spec: StudySpec,
  problem: BuiltProblem,
  options: RunOptions,
): Promise<Evaluator> {
  const evaluator = evaluatorFor(spec, problem, options);
  try {
    // Only modules have something to load.
    if (problem.cost !== "expensive") return evaluator;
    const ready = evaluator.ready().then(() => true);
    if (!(await unlessAborted(ready, options.signal, 0)))
      throw new UserError("stopped before the study began: its module was still being loaded");
  } catch (error) {
    await evaluator.close();
    throw error;
  }
  return evaluator;
}

function evaluatorFor(spec: StudySpec, problem: BuiltProblem, options: RunOptions): Evaluator {
  const wanted = options.workers ?? spec.workers;
  const start = (threads: number) => inWorkers(spec, threads, options.workerUrl);
  if (wanted !== "auto") {
    // A user's module never runs here: it could exit, hang, or keep the process from ending.
    const threads = problem.cost === "expensive" ? Math.max(1, wanted) : wanted;
    return threads > 0 ? start(threads) : inThisThread(problem);
  }
  const cores = availableParallelism();
  switch (problem.cost) {
    // Looking up is quicker than sending the question to a thread.
    case "lookup":
      return inThisThread(problem);
    case "computed":
      return asNeeded(inThisThread(problem), () => start(Math.min(cores, 8)));
    // Also on one core: a module that computes for minutes must not keep Ctrl-C waiting.
    case "expensive":
      return start(Math.min(cores, 16));
  }
}
