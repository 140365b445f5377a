/** The inputs that cost least and most, with what became of them. */

import type { SampleView } from "../../runtime/data/index.ts";
import type { Answers } from "../evaluation/answers.ts";
import type { Outcomes } from "../evaluation/outcomes.ts";
import type { MasksOf } from "./masks.ts";
import { type Colour, enlarged, framed, marked, pictureOf } from "./picture.ts";
import { pngOf } from "./png.ts";

/** Longest side of an enlarged image at most, pixels; larger images stay as they are. */
const SIDE = 140;
const FRAME = 4;

export interface GalleryPicture {
  /** Of the sample, as the answers count. */
  readonly index: number;
  readonly label: number;
  readonly answer: number;
  readonly exit: number;
  readonly macs: number;
  /** PNG: the image in a frame of its exit's colour. */
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
  /** PNG for each region that skips by position: what was computed of it. */
  readonly regions: readonly {
    readonly region: string;
    /** Of its blocks. */
    readonly share: number;
    readonly png: Buffer;
  }[];
}

/**
 * Samples in the order of what was spent on them, ties in their own order.
 *
 * @returns the cheapest first, and the dearest, the dearest first; no sample is in both
 */
export function extremes(
  macs: ArrayLike<number>,
  count: number,
): { readonly cheap: readonly number[]; readonly dear: readonly number[] } {
  const order = Array.from({ length: macs.length }, (_, i) => i).sort(
    (a, b) => macs[a]! - macs[b]! || a - b,
  );
  const each = Math.min(count, Math.floor(order.length / 2));
  return { cheap: order.slice(0, each), dear: each === 0 ? [] : order.slice(-each).reverse() };
}

export interface GallerySource {
  readonly view: SampleView;
  readonly answers: Answers;
  readonly outcomes: Outcomes;
  readonly masksOf: MasksOf;
  /** Of the exit's frame, and of what a region computed. */
  readonly colourOf: (exit: number) => Colour;
}

export async function picturesOf(
  samples: readonly number[],
  { view, answers, outcomes, masksOf, colourOf }: GallerySource,
): Promise<readonly GalleryPicture[]> {
  const masks = await masksOf(samples);
  return Promise.all(
    samples.map(async (index, i): Promise<GalleryPicture> => {
      const own = masks[i]!;
      const small = pictureOf(view.set, view.indices[index]!);
      const scale = Math.max(1, Math.floor(SIDE / Math.max(small.width, small.height)));
      const large = enlarged(small, scale);
      const colour = colourOf(own.exit);
      const whole = framed(large, colour, FRAME);
      return {
        index,
        label: answers.labels[index]!,
        answer: answerOf(answers, index, own.exit),
        exit: own.exit,
        macs: outcomes.macs[index]!,
        png: await pngOf(whole),
        width: whole.width,
        height: whole.height,
        regions: await Promise.all(
          own.masks.map(async (mask) => ({
            region: mask.region,
            share: mask.active.reduce((sum, one) => sum + one, 0) / mask.active.length,
            png: await pngOf(framed(marked(large, mask, colour), colour, FRAME)),
          })),
        ),
      };
    }),
  );
}

/** Class of the largest logit at the exit that was taken. */
export function answerOf({ logits, classes }: Answers, sample: number, exit: number): number {
  const row = logits[exit]!.subarray(sample * classes, (sample + 1) * classes);
  let best = 0;
  for (let c = 1; c < classes; c++) if (row[c]! > row[best]!) best = c;
  return best;
}
