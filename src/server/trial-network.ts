/** The network of a trial as ONNX, small: built again from its design, its large weights left out. */
import type { UserError } from "../base/errors.ts";
import { byteLength, elementCount } from "../graph/tensor.ts";
import type { Graph, Tensor } from "../graph/types.ts";
import { encodeModel, joined, type Placement } from "../onnx/write.ts";
import type { Design } from "../search/types.ts";
import { type BuiltSpace, SPACES, type StudyRecord } from "../study/index.ts";
import { RequestFault } from "./api-error.ts";

/** What the file says of where the weights are: there is no such file. */
export const LEFT_OUT = "weights-left-out";
/** Larger floating-point tensors are left out; shapes and scalars stay, since shapes follow from them. */
const MOST_BYTES = 1024;
/** Spaces that stay built; some read tables or models. */
const REMEMBERED = 2;

export class TrialNetworks {
  readonly #built = new Map<string, Promise<BuiltSpace>>();

  /** @throws UserError where the space makes no networks, or cannot be built any more */
  async of(study: Pick<StudyRecord, "name" | "spec">, design: Design): Promise<Uint8Array> {
    const graph = networkOf(await this.#space(study), design);
    if (graph === undefined) throw noNetworks(study.name);
    return lightOnnx(graph);
  }

  #space({ name, spec }: Pick<StudyRecord, "name" | "spec">): Promise<BuiltSpace> {
    const { space } = spec as { readonly space?: { readonly kind?: string } };
    const kind = SPACES.find((each) => each.kind === space?.kind);
    if (space === undefined || kind?.networks !== true) throw noNetworks(name);
    const key = JSON.stringify(space);
    const known = this.#built.get(key);
    if (known !== undefined) return known;
    const built = kind.build(space as never, { objectives: [], constraints: [] });
    // A model that is not there now may be there the next time.
    built.catch(() => this.#built.delete(key));
    if (this.#built.size >= REMEMBERED) this.#built.delete(this.#built.keys().next().value!);
    this.#built.set(key, built);
    return built;
  }
}

function networkOf(space: BuiltSpace, design: Design): Graph | undefined {
  const { dynamic } = space;
  if (dynamic !== undefined) return dynamic.network(dynamic.structure(design)).graph;
  return space.graph?.(design);
}

function noNetworks(name: string): UserError {
  return new RequestFault(
    404,
    `the designs of study '${name}' are no networks`,
    "open a study whose space makes networks: nasbench201, zoo, morphism or dynamic",
  );
}

/** Structure, shapes and small tensors; the others as external data that is in no file. */
export function lightOnnx(graph: Graph): Uint8Array {
  let offset = 0;
  const place: Placement = (_, { dtype, dims }: Tensor) => {
    const length = byteLength(dtype, elementCount(dims));
    if (length <= MOST_BYTES || !/^b?float/.test(dtype)) return undefined;
    const at = offset;
    offset += length;
    return { location: LEFT_OUT, offset: at, length };
  };
  const { size, parts } = encodeModel(graph, place);
  return joined(size, parts);
}
