/**
 * Batches of a data set. Each is a function of (seed, epoch, number) alone: a run that is resumed
 * sees what an uninterrupted one would have, and nothing but the two numbers need be kept.
 */
import { UserError } from "../../base/errors.ts";
import { stream } from "../../base/rng.ts";
import type { DenseTensor } from "../types.ts";
import { AUGMENTATIONS, type AugmentOptions, checkAugment } from "./augment/index.ts";
import { blendPairs, drawLambda } from "./augment/mixup.ts";
import type { Place } from "./augment/types.ts";
import type { Normalization, SampleView } from "./normalization.ts";
import { identityPlacement, renderer, resetPlacement } from "./render.ts";

export interface BatchOptions {
  /** Samples of a batch. */
  readonly batch: number;
  readonly normalization: Normalization;
  /** `indices`: int64 [batch]; `soft`: float32 [batch, classes], which mixup needs. Default `indices`. */
  readonly labels?: "indices" | "soft";
  /** Needed for soft labels. */
  readonly classes?: number;
  /** Default: in the order of the indices, the same in every epoch. */
  readonly shuffleSeed?: number;
  readonly augment?: AugmentOptions;
  /** What becomes of the samples that fill no batch. Default `keep`: a smaller batch at the end. */
  readonly last?: "drop" | "keep";
}

export interface Batch {
  /** float32 [count, ...shape]. */
  readonly images: DenseTensor;
  readonly labels: DenseTensor;
  readonly count: number;
}

export class Batches {
  /** Batches in an epoch. */
  readonly perEpoch: number;
  readonly #view: SampleView;
  readonly #options: BatchOptions;
  readonly #render: ReturnType<typeof renderer>;
  readonly #places: readonly Place[];
  readonly #placement = identityPlacement();
  readonly #size: number;
  /** Two sets of arrays in turn: one is filled while a session still reads the other. */
  readonly #buffers: readonly { images: Float32Array; labels: Float32Array | BigInt64Array }[];
  #turn = 0;
  #order: { readonly epoch: number; readonly indices: Int32Array };

  /** @throws UserError where the augmentation does not suit, or `drop` would leave nothing */
  constructor(view: SampleView, options: BatchOptions) {
    const { batch, augment = {}, labels = "indices", classes = 0, last = "keep" } = options;
    const { set, indices } = view;
    checkAugment(augment, set.shape);
    this.perEpoch =
      last === "drop" ? Math.floor(indices.length / batch) : Math.ceil(indices.length / batch);
    if (this.perEpoch === 0)
      throw new UserError(`a batch of ${batch} is more than the ${indices.length} samples`, {
        hint: `choose a batch of ${Math.max(1, indices.length)} or less`,
        exitCode: 2,
      });
    this.#view = view;
    this.#options = options;
    this.#render = renderer(set, options.normalization);
    const [, height = 1, width = 1] = set.shape;
    this.#places = AUGMENTATIONS.flatMap((each) => {
      const value = augment[each.name];
      const place = value === undefined ? undefined : each.place?.(value, height, width);
      return place === undefined ? [] : [place];
    });
    this.#size = set.shape.reduce((a, b) => a * b, 1);
    this.#buffers = [0, 1].map(() => ({
      images: new Float32Array(batch * this.#size),
      labels: labels === "soft" ? new Float32Array(batch * classes) : new BigInt64Array(batch),
    }));
    this.#order = { epoch: -1, indices };
  }

  /** The arrays of the result are written over by the call after the next. */
  fill(epoch: number, number: number): Batch {
    const { batch, augment = {}, classes = 0, shuffleSeed = 0 } = this.#options;
    const { set } = this.#view;
    const order = this.#orderOf(epoch);
    const start = number * batch;
    const count = Math.min(batch, order.length - start);
    const { images, labels } = this.#buffers[this.#turn]!;
    this.#turn = 1 - this.#turn;
    const placement = this.#placement;
    const purpose = `data/augment/${epoch}`;
    const isSoft = labels instanceof Float32Array;
    if (isSoft) labels.fill(0);
    for (let i = 0; i < count; i++) {
      const index = order[start + i]!;
      if (this.#places.length > 0) {
        resetPlacement(placement);
        const rng = stream(shuffleSeed, purpose, index);
        for (const place of this.#places) place(placement, rng);
      }
      this.#render(index, placement, images, i * this.#size);
      const label = set.labels[index]!;
      if (isSoft) labels[i * classes + label] = 1;
      else labels[i] = BigInt(label);
    }
    if (isSoft && augment.mixup !== undefined) {
      const lambda = drawLambda(augment.mixup, stream(shuffleSeed, `data/mixup/${epoch}`, number));
      blendPairs(images, count, this.#size, lambda);
      blendPairs(labels, count, classes, lambda);
    }
    return {
      images: {
        dtype: "float32",
        dims: [count, ...set.shape],
        data: count === batch ? images : images.subarray(0, count * this.#size),
      },
      labels: isSoft
        ? { dtype: "float32", dims: [count, classes], data: labels.subarray(0, count * classes) }
        : { dtype: "int64", dims: [count], data: labels.subarray(0, count) },
      count,
    };
  }

  #orderOf(epoch: number): Int32Array {
    const { shuffleSeed } = this.#options;
    const { indices } = this.#view;
    if (shuffleSeed === undefined) return indices;
    if (this.#order.epoch !== epoch) {
      const rng = stream(shuffleSeed, "data/order", epoch);
      const shuffled = indices.slice();
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = rng.int(i + 1);
        const t = shuffled[i]!;
        shuffled[i] = shuffled[j]!;
        shuffled[j] = t;
      }
      this.#order = { epoch, indices: shuffled };
    }
    return this.#order.indices;
  }
}
