/** What ships with the app: a dynamic network, some test images, and its answers to more of them. */
import { UserError } from "../../../../src/base/errors.ts";
import type { Answers } from "../../../../src/dynamic/evaluation/answers.ts";
import { decodeStored } from "../../../../src/dynamic/evaluation/stored.ts";
import type { Pixels } from "./input.ts";

export interface Sample {
  readonly pixels: Pixels;
  /** Index of its true class. */
  readonly label: number;
}

export interface StoredAnswers extends Answers {
  /** Of the dense network that the dynamic one was made from, on the same samples. */
  readonly denseAccuracy: number;
  /** What the samples are, e.g. the first so many of a data set's test images. */
  readonly of: string;
}

const FOLDER = "./dynamic";
export const SHIPPED = "fashion-mnist.onnx";

export const readNetwork = () => read(SHIPPED);

export async function readSamples(): Promise<readonly Sample[]> {
  const { arrays } = decodeStored(await read("images.bin"), "images.bin");
  const { pixels, labels } = arrays as { pixels: Uint8Array; labels: Int32Array };
  const size = pixels.length / labels.length;
  return Array.from(labels, (label, i) => ({
    pixels: pixels.subarray(i * size, (i + 1) * size),
    label,
  }));
}

export async function readAnswers(): Promise<StoredAnswers> {
  return answersFrom(await read("answers.bin"));
}

export function answersFrom(bytes: Uint8Array): StoredAnswers {
  const { about, arrays } = decodeStored(bytes, "answers.bin");
  const { labels, logits, on } = arrays as {
    labels: Int32Array;
    logits: Float32Array;
    on: Float32Array;
  };
  const { classes, denseAccuracy, of } = about as Pick<
    StoredAnswers,
    "classes" | "denseAccuracy" | "of"
  >;
  const samples = labels.length;
  const split = (all: Float32Array, size: number) =>
    Array.from({ length: all.length / size }, (_, k) => all.subarray(k * size, (k + 1) * size));
  return {
    samples,
    classes,
    labels,
    logits: split(logits, samples * classes),
    on: split(on, samples),
    denseAccuracy,
    of,
  };
}

async function read(name: string): Promise<Uint8Array> {
  const response = await fetch(`${FOLDER}/${name}`).catch(() => undefined);
  if (response?.ok !== true)
    throw new UserError(`${name}, which ships with the app, could not be read`, {
      hint: "see whether `tidemark serve` still runs, or build the app anew: npm run build",
    });
  return new Uint8Array(await response.arrayBuffer());
}
