/**
 * Initial weights, made when they are first read: a network that is only counted or timed never
 * allocates them. Each tensor draws from a stream of its own name, so that neither the order of
 * reading nor a change elsewhere in the network alters it.
 */
import { type Rng, stream } from "../base/rng.ts";
import type { Tensor } from "../graph/types.ts";

/** A float32 tensor whose numbers are computed when `bytes` is first read. */
export function lazyTensor(dims: readonly number[], fill: (out: Float32Array) => void): Tensor {
  let bytes: Uint8Array | undefined;
  return {
    dtype: "float32",
    dims,
    get bytes() {
      if (bytes === undefined) {
        const values = new Float32Array(dims.reduce((a, b) => a * b, 1));
        fill(values);
        bytes = littleEndian(values);
      }
      return bytes;
    },
  };
}

export function constantTensor(dims: readonly number[], value: number): Tensor {
  return lazyTensor(dims, (out) => out.fill(value));
}

/**
 * Kaiming's normal initialisation for layers before a ReLU: standard deviation sqrt(2 / fan)
 * (He et al. 2015, eq. 10), times `scale`.
 */
export function kaimingNormal(
  name: string,
  dims: readonly number[],
  fan: number,
  seed: number,
  scale = 1,
): Tensor {
  const deviation = Math.sqrt(2 / fan) * scale;
  return drawn(name, dims, seed, (rng) => rng.normal() * deviation);
}

/** Uniform in [-1/sqrt(fanIn), 1/sqrt(fanIn)), the default of PyTorch's linear layers. */
export function linearUniform(
  name: string,
  dims: readonly number[],
  fanIn: number,
  seed: number,
): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return drawn(name, dims, seed, (rng) => (2 * rng.float() - 1) * bound);
}

function drawn(
  name: string,
  dims: readonly number[],
  seed: number,
  draw: (rng: Rng) => number,
): Tensor {
  return lazyTensor(dims, (out) => {
    const rng = stream(seed, `zoo/${name}`);
    for (let i = 0; i < out.length; i++) out[i] = draw(rng);
  });
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer);
  if (new Uint8Array(new Uint32Array([1]).buffer)[0] === 1) return bytes;
  const view = new DataView(new ArrayBuffer(bytes.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return new Uint8Array(view.buffer);
}
