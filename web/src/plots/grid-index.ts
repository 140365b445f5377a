/**
 * Points sorted into the cells of a uniform grid, so that what lies under the pointer is found among
 * those nearby. Two counting passes build it; it does not change with the view.
 */

interface Extent {
  readonly low: number;
  readonly high: number;
}

export class GridIndex {
  readonly #xs: Float64Array;
  readonly #ys: Float64Array;
  readonly #x: Extent;
  readonly #y: Extent;
  readonly #cells: number;
  /** Where each cell's rows begin in `#rows`; one more than there are cells. */
  readonly #starts: Uint32Array;
  readonly #rows: Uint32Array;

  /** @param perCell points in a cell, were they spread evenly; those with a NaN are left out */
  constructor(xs: Float64Array, ys: Float64Array, perCell = 4) {
    this.#xs = xs;
    this.#ys = ys;
    this.#x = extentOf(xs);
    this.#y = extentOf(ys);
    this.#cells = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(xs.length / perCell))));
    const cells = this.#cells;
    const starts = new Uint32Array(cells * cells + 1);
    const cellOf = new Int32Array(xs.length);
    for (let i = 0; i < xs.length; i++) {
      const at =
        Number.isFinite(xs[i]!) && Number.isFinite(ys[i]!)
          ? this.#cell(this.#y, ys[i]!) * cells + this.#cell(this.#x, xs[i]!)
          : -1;
      cellOf[i] = at;
      if (at >= 0) starts[at + 1]!++;
    }
    for (let c = 0; c < cells * cells; c++) starts[c + 1]! += starts[c]!;
    const next = starts.slice();
    this.#rows = new Uint32Array(starts[cells * cells]!);
    for (let i = 0; i < xs.length; i++) {
      const at = cellOf[i]!;
      if (at >= 0) this.#rows[next[at]!++] = i;
    }
    this.#starts = starts;
  }

  #cell({ low, high }: Extent, value: number): number {
    const at = Math.floor(((value - low) / (high - low || 1)) * this.#cells);
    return Math.min(this.#cells - 1, Math.max(0, at));
  }

  /**
   * The row nearest to (x, y), with distances of `scaleX` and `scaleY` pixels a unit and at most
   * `reach` pixels; of equals the lowest.
   *
   * @param allowed rows that count; absent: all
   */
  nearest(
    x: number,
    y: number,
    scaleX: number,
    scaleY: number,
    reach: number,
    allowed?: (row: number) => boolean,
  ): number | undefined {
    const [left, right] = [x - reach / scaleX, x + reach / scaleX];
    const [low, high] = [y - reach / scaleY, y + reach / scaleY];
    let best: number | undefined;
    let least = reach;
    for (let cy = this.#cell(this.#y, low); cy <= this.#cell(this.#y, high); cy++)
      for (let cx = this.#cell(this.#x, left); cx <= this.#cell(this.#x, right); cx++) {
        const cell = cy * this.#cells + cx;
        for (let at = this.#starts[cell]!; at < this.#starts[cell + 1]!; at++) {
          const row = this.#rows[at]!;
          const d = Math.hypot((this.#xs[row]! - x) * scaleX, (this.#ys[row]! - y) * scaleY);
          if (d > least || (d === least && best !== undefined && best < row)) continue;
          if (allowed !== undefined && !allowed(row)) continue;
          best = row;
          least = d;
        }
      }
    return best;
  }
}

function extentOf(values: Float64Array): Extent {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? { low: 0, high: 1 } : { low, high };
}
