/** Rows sorted by a column. */

/** Ascending or descending, those without a value last, equals by row; without a column as given. */
export function orderOf(
  rows: Uint32Array,
  column: Float64Array | undefined,
  down: boolean,
): Uint32Array {
  if (column === undefined) return rows;
  const sign = down ? -1 : 1;
  return rows.slice().sort((a, b) => {
    const [x, y] = [column[a]!, column[b]!];
    if (Number.isNaN(x) || Number.isNaN(y))
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    return (x === y ? 0 : sign * (x < y ? -1 : 1)) || a - b;
  });
}
