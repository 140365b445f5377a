// An objective of one's own: a function from a design to numbers, by objective name.
// Weight-stationary array, each layer as a matrix product [pixels, reduction] x [reduction, filters].

/** [pixels, reduction, filters] of ResNet-18's distinct 3x3 convolutions at 224 x 224, and how often. */
const LAYERS = [
  [3136, 576, 64, 4],
  [784, 576, 128, 1],
  [784, 1152, 128, 3],
  [196, 1152, 256, 1],
  [196, 2304, 256, 3],
  [49, 2304, 512, 1],
  [49, 4608, 512, 3],
];
/** Cycles to fetch one byte from DRAM. */
const FETCH = 0.25;

export function evaluate({ rows, columns, buffer, buffer_kb = 0 }) {
  let cycles = 0;
  for (const [pixels, reduction, filters, count] of LAYERS) {
    const folds = Math.ceil(reduction / rows) * Math.ceil(filters / columns);
    const compute = folds * (pixels + rows + columns);
    // Activations are fetched once where they fit, else once for each fold of the filters.
    const fits = pixels * reduction <= buffer_kb * 1024;
    const bytes = pixels * reduction * (fits ? 1 : Math.ceil(filters / columns));
    const fetch = bytes * FETCH;
    cycles += count * (buffer === "double" ? Math.max(compute, fetch) : compute + fetch);
  }
  const sram = { none: 0, single: 1, double: 2 }[buffer] * buffer_kb;
  return { cycles, area: rows * columns + 2 * sram };
}
