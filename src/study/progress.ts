/** What a run tells while it goes on, at most every 100 ms. */
import { Front } from "../search/front.ts";
import { hypervolume } from "../search/hypervolume.ts";
import type { TrialRow } from "./block.ts";
import { minimised } from "./outcome.ts";
import { Reference } from "./reference.ts";
import type { Objective } from "./types.ts";

export interface Progress {
  readonly study: string;
  /** Trials of the study so far, those of earlier runs included. */
  readonly evaluated: number;
  /** Trials that the budget allows; Infinity where only time limits it. */
  readonly total: number;
  /** Trials a second in this run. */
  readonly perSecond: number;
  readonly elapsedMs: number;
  readonly failed: number;
  readonly infeasible: number;
  readonly pruned: number;
  /** Trials on the front. */
  readonly front: number;
  /** Of the front so far; undefined before the first complete trial, where it takes long or is beyond the largest number. */
  readonly hypervolume: number | undefined;
}

const INTERVAL_MS = 100;

/** Up to three objectives a sweep computes the hypervolume; beyond, some ms for some 100 points. */
function isQuick(points: number, objectives: number): boolean {
  return objectives <= 3 || points <= (objectives === 4 ? 200 : 50);
}

export class ProgressMeter {
  readonly #study: string;
  readonly #objectives: readonly Objective[];
  readonly #total: number;
  readonly #report: ((progress: Progress) => void) | undefined;
  readonly #front = new Front<number>();
  readonly #reference: Reference;
  readonly #start = performance.now();
  readonly #counts = { complete: 0, infeasible: 0, pruned: 0, failed: 0 };
  #before = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(
    study: string,
    objectives: readonly Objective[],
    given: Readonly<Record<string, number>> | undefined,
    total: number,
    report: ((progress: Progress) => void) | undefined,
  ) {
    this.#study = study;
    this.#objectives = objectives;
    this.#total = total;
    this.#report = report;
    this.#reference = new Reference(objectives, given);
  }

  get evaluated(): number {
    const { complete, infeasible, pruned, failed } = this.#counts;
    return complete + infeasible + pruned + failed;
  }

  get counts(): Readonly<Record<TrialRow["state"], number>> {
    return this.#counts;
  }

  get elapsedMs(): number {
    return performance.now() - this.#start;
  }

  /** Trials of an earlier run. */
  restore(rows: Iterable<TrialRow>): void {
    this.#count(rows);
    this.#before = this.evaluated;
  }

  /** Trials of this run. */
  add(rows: Iterable<TrialRow>): void {
    this.#count(rows);
    const now = performance.now();
    if (now - this.#last < INTERVAL_MS) return;
    this.#last = now;
    this.#send();
  }

  finish(): void {
    this.#send();
  }

  #count(rows: Iterable<TrialRow>): void {
    let number = this.evaluated;
    for (const row of rows) {
      this.#counts[row.state]++;
      if (row.state === "complete") {
        const point = minimised(this.#objectives, row.values);
        this.#reference.add(point);
        if (this.#report) this.#front.add(point, number);
      }
      number++;
    }
  }

  #hypervolume(points: readonly (readonly number[])[]): number | undefined {
    if (points.length === 0 || !isQuick(points.length, this.#objectives.length)) return undefined;
    const volume = hypervolume(points, this.#reference.point());
    return Number.isFinite(volume) ? volume : undefined;
  }

  #send(): void {
    if (!this.#report) return;
    const { evaluated, elapsedMs } = this;
    const points = this.#front.members().map((m) => m.point);
    this.#report({
      study: this.#study,
      evaluated,
      total: this.#total,
      perSecond: (1000 * (evaluated - this.#before)) / elapsedMs,
      elapsedMs,
      failed: this.#counts.failed,
      infeasible: this.#counts.infeasible,
      pruned: this.#counts.pruned,
      front: points.length,
      hypervolume: this.#hypervolume(points),
    });
  }
}
