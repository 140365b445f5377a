/** Weights before the first step, drawn by seed as PyTorch's vision networks draw them. */
import { UserError } from "../../base/errors.ts";
import { stream } from "../../base/rng.ts";
import { suggest } from "../../base/suggest.ts";
import { attributeValue } from "../../graph/attribute.ts";
import { elementCount, numbers } from "../../graph/tensor.ts";
import type { Graph, Node, Tensor } from "../../graph/types.ts";
import type { Slot } from "./types.ts";

type Fill = (out: Float32Array, seed: number) => void;

/**
 * Convolutions: normal with deviation sqrt(2 / fan-out) (He et al. 2015), bias 0. Linear layers:
 * weight and bias uniform in +-1/sqrt(fan-in), PyTorch's default. Normalisations: scale 1, shift 0,
 * running mean 0, variance 1. Other weights keep the value that the network has.
 *
 * @param given weights to use instead, by initializer name
 * @throws UserError where a given tensor is unknown, no float32 or of another shape
 */
export function initialValues(
  network: Graph,
  slots: readonly Slot[],
  seed: number,
  given: ReadonlyMap<string, Tensor>,
): Float32Array {
  const out = new Float32Array(slots.reduce((sum, slot) => sum + slot.size, 0));
  const roles = rolesOf(network);
  for (const slot of slots) {
    const part = out.subarray(slot.offset, slot.offset + slot.size);
    const tensor = given.get(slot.name);
    if (tensor !== undefined) part.set(numbers(checked(slot, tensor)));
    else {
      const fill = roles.get(slot.name);
      if (fill !== undefined) fill(part, seed);
      else part.set(numbers(network.initializers.get(slot.name)!));
    }
  }
  return out;
}

/** @throws UserError for a name that the network has no initializer of */
export function checkNames(network: Graph, given: ReadonlyMap<string, Tensor>): void {
  for (const name of given.keys())
    if (!network.initializers.has(name)) {
      const meant = suggest(name, network.initializers.keys());
      throw new UserError(`${network.name} has no weights named ${name}`, {
        hint: meant === undefined ? "give weights of this network" : `did you mean ${meant}?`,
      });
    }
}

function checked(slot: Slot, tensor: Tensor): Tensor {
  if (tensor.dtype !== "float32" || tensor.dims.join() !== slot.dims.join())
    throw new UserError(
      `weights ${slot.name} are ${tensor.dtype} [${tensor.dims.join(", ")}], expected float32 [${slot.dims.join(", ")}]`,
      { hint: "give weights of this network" },
    );
  return tensor;
}

/** How each weight is drawn; where several nodes read one, the first decides. */
function rolesOf(network: Graph): ReadonlyMap<string, Fill> {
  const roles = new Map<string, Fill>();
  for (const node of network.nodes)
    fills(node, network).forEach((fill, i) => {
      const name = node.inputs[i] ?? "";
      if (fill !== undefined && !roles.has(name)) roles.set(name, fill);
    });
  return roles;
}

/** For each input of the node. */
function fills(node: Node, network: Graph): readonly (Fill | undefined)[] {
  const name = node.inputs[1] ?? "";
  const dims = network.initializers.get(name)?.dims;
  if (node.domain !== "" || dims === undefined) return [];
  switch (node.op) {
    case "Conv":
      // PyTorch's fan-out takes no account of groups.
      return [undefined, normal(name, Math.sqrt((2 * dims[1]!) / elementCount(dims))), constant(0)];
    case "Gemm": {
      const transposed = attributeValue(node, "transB", "int") === 1;
      const fill = (which: string) => uniform(which, 1 / Math.sqrt(dims[transposed ? 1 : 0]!));
      return [undefined, fill(name), fill(node.inputs[2] ?? "")];
    }
    case "MatMul":
      return [undefined, uniform(name, 1 / Math.sqrt(dims.at(-2) ?? dims[0]!))];
    case "BatchNormalization":
    case "LayerNormalization":
    case "InstanceNormalization":
    case "GroupNormalization":
      return [undefined, constant(1), constant(0), constant(0), constant(1)];
    default:
      return [];
  }
}

function constant(value: number): Fill {
  return (out) => out.fill(value);
}

function normal(name: string, deviation: number): Fill {
  return (out, seed) => {
    const rng = stream(seed, `training/${name}`);
    for (let i = 0; i < out.length; i++) out[i] = rng.normal() * deviation;
  };
}

function uniform(name: string, bound: number): Fill {
  return (out, seed) => {
    const rng = stream(seed, `training/${name}`);
    for (let i = 0; i < out.length; i++) out[i] = (2 * rng.float() - 1) * bound;
  };
}
