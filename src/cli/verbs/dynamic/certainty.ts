/** How far an accuracy on held-out samples can be believed. */
import type { AssuredTarget } from "../../../dynamic/evaluation/assured.ts";
import { lossError, lossOf, type Paired, samplesFor } from "../../../dynamic/evaluation/paired.ts";
import type { Target } from "../../../dynamic/evaluation/thresholds.ts";
import { say, warn } from "../../talk.ts";

/** Of an accuracy on so many samples: the binomial's, as a share. */
export function standardError(accuracy: number, samples: number): number {
  return Math.sqrt((accuracy * (1 - accuracy)) / samples);
}

function certaintyText(accuracy: number, samples: number): string {
  const error = standardError(accuracy, samples);
  return `one sample is ${points(1 / samples)} points of accuracy, its standard error ${points(error)} points`;
}

/**
 * A warning where one sample is half of the drop that is asked for, or more. A drop of 0 asks for no difference
 * that could be too fine.
 *
 * @param drop points of accuracy
 */
export function warnOfFew(samples: number, drop: number | undefined): void {
  if (drop === undefined || drop === 0 || 100 / samples < drop / 2) return;
  warn(
    `${samples} samples are few for --drop ${drop}: one of them is ${points(1 / samples)} points, so other data may well drop by more; hold more back with --validation in the training`,
  );
}

/** What is lost against another network on the same samples, e.g. in a record. */
export function lossFields(counts: Paired) {
  return { loss: lossOf(counts), lossError: lossError(counts) };
}

/** The same in words. */
function lossText(counts: Paired): string {
  const loss = lossOf(counts);
  return `${loss < 0 ? "gains" : "loses"} ${points(Math.abs(loss))} points on these samples (${counts.lost} lost, ${counts.gained} gained, standard error ${points(lossError(counts))})`;
}

function assuredText({ loss, confidence }: AssuredTarget): string {
  return `no more than ${points(loss)} points on other samples of the kind, with ${percentOf(confidence)} confidence`;
}

export interface Certainty {
  readonly accuracy: number;
  readonly samples: number;
  /** Against what a drop counts from; undefined for a target of cost. */
  readonly counts: Paired | undefined;
  readonly target: Target | AssuredTarget;
  readonly met: boolean;
}

/** How far the figures of a calibration can be believed, on stderr. */
export function sayCertainty({ accuracy, samples, counts, target, met }: Certainty): void {
  say(certaintyText(accuracy, samples));
  if (counts !== undefined) say(lossText(counts));
  if (target.kind === "assured" && met) say(assuredText(target));
}

/** Why no loss can be assured. @param samples that were to tell */
export function notAssured({ loss, confidence }: AssuredTarget, samples: number): string {
  const needed = samplesFor(loss, confidence);
  return `a loss of at most ${points(loss)} points cannot be assured with ${percentOf(confidence)} confidence: ${
    samples < needed
      ? `that takes ${needed} samples where not one is lost, and there are ${samples}; hold more back with --validation in the training`
      : `what is lost on the ${samples} that tell is more, or too near to it; hold more back with --validation in the training, or allow more`
  }; the most accurate choice is kept`;
}

/** Without the tail of 100 * 0.57. */
const percentOf = (share: number) => `${Number((100 * share).toPrecision(12))} %`;
const points = (share: number) => (100 * share).toFixed(2);
