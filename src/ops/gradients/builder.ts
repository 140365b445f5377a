/** The graph builder that gradient rules write to: it names nodes and shares constants. */
import { type BuilderOptions, GraphBuilder, type NodeOptions } from "../../graph/builder.ts";
import type { Attribute, Tensor } from "../../graph/types.ts";

/** Larger constants are not compared. */
const MAX_SHARED_BYTES = 4096;

export class GradientBuilder extends GraphBuilder {
  /** New nodes are called `scope/Operator`. */
  scope = "grad";
  /** Makes a name that no value and no node has. */
  readonly fresh: (wanted: string) => string;
  readonly #constants = new Map<string, string>();
  readonly #shared = new Map<string, string>();

  /** @param fresh makes names that neither the forward graph nor an earlier call has */
  constructor(options: BuilderOptions, fresh: (wanted: string) => string) {
    super(options);
    this.fresh = fresh;
  }

  override addMany(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    options: NodeOptions = {},
  ): readonly string[] {
    const name = options.name ?? this.fresh(`${this.scope}/${op}`);
    const names =
      options.outputs ??
      Array.from({ length: outputs }, (_, i) => this.fresh(`${name}_out${i === 0 ? "" : i}`));
    return super.addMany(op, inputs, outputs, attributes, { ...options, name, outputs: names });
  }

  /** A constant; equal ones are one initializer. */
  constant(tensor: Tensor): string {
    const { dtype, dims, bytes } = tensor;
    if (bytes.length > MAX_SHARED_BYTES) return this.initializer(this.fresh("constant"), tensor);
    const key = `${dtype} [${dims.join(",")}] ${bytes.join(",")}`;
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = this.initializer(this.fresh("constant"), tensor);
      this.#constants.set(key, name);
    }
    return name;
  }

  /** As `add`, but a node with the same operator, inputs and attributes is made only once. */
  addShared(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const key = JSON.stringify([op, inputs, attributes]);
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = this.add(op, inputs, attributes);
      this.#shared.set(key, name);
    }
    return name;
  }
}
