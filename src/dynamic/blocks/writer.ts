/** Writes regions into a graph that is being built, masked or in blocks. */
import { UserError } from "../../base/errors.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/types.ts";
import { blockedRows, blockTables, flatMask, type Maps } from "./blocked.ts";
import { denseAbove } from "./dense-path.ts";
import { maskedDense } from "./masked.ts";
import { pixelGap, pixelRows } from "./pixels.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { EXTRA_ROWS, fromRows, toRows } from "./rows.ts";
import { GraphScope, type Scope } from "./scope.ts";
import { type Size, SizeMath } from "./sizes.ts";
import type { BlockRegion, BlockSource } from "./types.ts";

export interface BlockOptions {
  /**
   * "blocks": a stack of blocks with their halo. "pixels": lists of pixels and matrix products, for
   * plain convolutions on images of known size; faster where maps and blocks are small and channels
   * many (docs/results.md).
   * Default "blocks".
   */
  readonly method?: "blocks" | "pixels";
  /**
   * The fraction of active blocks above which the whole map is computed, so that no input costs much
   * more than the dense network. The weights are then stored twice. Default: never.
   */
  readonly denseAbove?: number;
}

/**
 * Shares between the regions of one graph what they have in common: a feature map that one region
 * leaves and the next one reads stays as rows in between.
 */
export class BlockWriter {
  readonly #builder: GraphBuilder;
  readonly #source: BlockSource;
  /** Rows (rows.ts) by the name of the value [N, C, H, W]. */
  readonly #rows = new Map<string, string>();

  /**
   * @param builder of opset 16 or newer; holds the regions' inputs and masks. Constants are added where
   *   they are missing
   * @param source types and constants of the graph that the regions come from
   */
  constructor(builder: GraphBuilder, source: BlockSource) {
    this.#builder = builder;
    this.#source = source;
  }

  /**
   * The masked dense form.
   *
   * @param mask a value of the builder, float32 [N, 1, ceil(H'/g), ceil(W'/g)] of 0 and 1
   * @param output a name for the result. Default: the region's output
   * @throws UserError where a node cannot be computed in blocks, or the mask has another shape
   */
  masked(region: BlockRegion, mask: Value, output = region.output): string {
    const prepared = prepare(region, mask, this.#source);
    const scope = new GraphScope(this.#builder, `${output}/masked`);
    const math = new SizeMath(scope);
    const maps = mapsOf(prepared, math, (axis) => math.of(region.input, axis + 2));
    const { height, width, grid } = maps[maps.length - 1]!;
    return maskedDense(scope, prepared, this.#source, { height, width, grid }, output);
  }

  /**
   * The same values, computed on the active blocks only. Readers of `output` outside of regions make
   * it be copied to [N, K, H', W']; without any, `removeDead` (graph/edit.ts) takes the copy away.
   *
   * @throws UserError as `masked` does
   */
  blocked(
    region: BlockRegion,
    mask: Value,
    output = region.output,
    options: BlockOptions = {},
  ): string {
    const checked = prepare(region, mask, this.#source);
    const prepared = { ...checked, region: { ...region, output } };
    const scope = new GraphScope(this.#builder, `${output}/blocks`);
    const rows = this.#rowsOf(scope, region.input);
    const { base: name } = prepared.chain;
    const base = name === undefined ? undefined : this.#rowsOf(scope, name);
    const math = new SizeMath(scope);
    const maps = mapsOf(prepared, math, (axis) =>
      axis === 0 ? math.add(math.of(rows, 1), -EXTRA_ROWS) : math.of(rows, 2),
    );
    const last = maps[maps.length - 1]!;
    const tables = blockTables(scope, maps);
    const flat = flatMask(scope, prepared, last.grid);
    const at = { maps, tables, flat };
    const gap = options.method === "pixels" ? pixelGap(prepared.chain) : undefined;
    if (gap !== undefined)
      throw new UserError(`region ${output} cannot be computed on lists of pixels: ${gap}`, {
        hint: "take the method blocks",
      });
    const blocks = (into: Scope) =>
      options.method === "pixels"
        ? pixelRows(into, prepared, this.#source, maps, rows, base)
        : blockedRows(into, prepared, this.#source, at, rows, base);
    const above = options.denseAbove;
    if (above !== undefined && !(above >= 0 && above <= 1))
      throw new UserError(`region ${output}: denseAbove is ${above}`, {
        hint: "give a fraction from 0 to 1",
      });
    const result =
      above === undefined
        ? blocks(scope)
        : denseAbove(scope, prepared, this.#source, { ...at, above }, rows, base, blocks);
    this.#rows.set(output, result);
    return fromRows(scope, result, output);
  }

  /**
   * A region without an active block, whatever the input: its base. ONNX Runtime (1.30) cannot run
   * convolutions on a stack of which it knows that it is empty.
   */
  inactive({ base }: BlockRegion & { readonly base: string }, output: string): string {
    const rows = this.#rows.get(base);
    if (rows !== undefined) this.#rows.set(output, rows);
    return new GraphScope(this.#builder, `${output}/inactive`).add("Identity", [base], {}, output);
  }

  #rowsOf(scope: Scope, value: string): string {
    const rows = this.#rows.get(value) ?? toRows(scope, value);
    this.#rows.set(value, rows);
    return rows;
  }
}

/** @param inputSize gives height (0) and width (1) of the input where they are not known */
function mapsOf({ chain, halo }: Prepared, math: SizeMath, inputSize: (axis: 0 | 1) => Size): Maps {
  const [h, w] = chain.inputShape.slice(2);
  const sizes: [Size, Size][] = [
    [typeof h === "number" ? h : inputSize(0), typeof w === "number" ? w : inputSize(1)],
  ];
  for (const { step, after } of chain.links) {
    const before = sizes[sizes.length - 1]!;
    const size = (axis: 0 | 1): Size => {
      const known = after[axis + 2]!;
      if (typeof known === "number") return known;
      return step.kind === "window" ? math.slide(before[axis], step, axis) : before[axis];
    };
    sizes.push([size(0), size(1)]);
  }
  const [height, width] = sizes[sizes.length - 1]!;
  const block = halo.after[halo.after.length - 1]!.pitch[0];
  const grid = [math.ceilDiv(height, block), math.ceilDiv(width, block)] as const;
  return [halo.input, ...halo.after].map((geometry, i) => ({
    geometry,
    height: sizes[i]![0],
    width: sizes[i]![1],
    grid,
  }));
}
