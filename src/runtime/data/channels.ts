/** Colour to grey and back. */
import { UserError } from "../../base/errors.ts";
import { shapeText } from "./assemble.ts";
import type { Dataset, SampleSet } from "./types.ts";

/** @throws UserError where the samples are no images */
export function withChannels(dataset: Dataset, channels: 1 | 3 | undefined): Dataset {
  const [own, height, width] = dataset.train.shape;
  if (channels === undefined || channels === own) return dataset;
  if (height === undefined || width === undefined || (own !== 1 && own !== 3))
    throw new UserError(
      `${dataset.name}: samples of ${shapeText(dataset.train.shape)} cannot be brought to ${channels} channels`,
      { hint: "leave --channels out", exitCode: 2 },
    );
  const convert = (set: SampleSet): SampleSet => ({
    ...set,
    samples: channels === 3 ? repeated(set, height * width) : luma(set, height * width),
    shape: [channels, height, width],
  });
  const { train, validation, test } = dataset;
  return {
    ...dataset,
    train: convert(train),
    ...(validation && { validation: convert(validation) }),
    ...(test && { test: convert(test) }),
  };
}

function repeated({ samples, count }: SampleSet, area: number): Uint8Array | Float32Array {
  const out = like(samples, 3 * count * area);
  for (let i = 0; i < count; i++)
    for (let c = 0; c < 3; c++)
      out.set(samples.subarray(i * area, (i + 1) * area), (3 * i + c) * area);
  return out;
}

/** ITU-R BT.601 luma, as PIL's and OpenCV's conversion to grey. */
function luma({ samples, count }: SampleSet, area: number): Uint8Array | Float32Array {
  const out = like(samples, count * area);
  const half = samples instanceof Uint8Array ? 0.5 : 0;
  for (let i = 0; i < count; i++)
    for (let p = 0, red = 3 * i * area; p < area; p++, red++)
      out[i * area + p] =
        0.299 * samples[red]! +
        0.587 * samples[red + area]! +
        0.114 * samples[red + 2 * area]! +
        half;
  return out;
}

const like = (samples: Uint8Array | Float32Array, length: number) =>
  samples instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
