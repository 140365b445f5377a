/**
 * Up to some 10^5 dots as pixels: each adds a small disc of coverage, and the pixels take the colour
 * of the last dot on them. Where dots overlap the cloud is denser. The report's cloud does the same
 * for one colour.
 */

export interface Points {
  /** In the axes' uniform coordinates; a NaN is nowhere. */
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  /** Entry of the palette by point; 0 is not drawn. */
  readonly paint: Uint16Array;
  /** Points in the order they are drawn in. */
  readonly order: Uint32Array;
}

export interface Window {
  /** Values at the picture's left, right, bottom and top edge. */
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
}

/** Points in the order of their palette entry's layer, older before newer. */
export function drawingOrder(paint: Uint16Array, layerOf: (entry: number) => number): Uint32Array {
  const sizes: number[] = [];
  for (const entry of paint) {
    if (entry === 0) continue;
    const layer = layerOf(entry);
    while (sizes.length <= layer) sizes.push(0);
    sizes[layer]!++;
  }
  let total = 0;
  const next = sizes.map((size) => {
    total += size;
    return total - size;
  });
  const order = new Uint32Array(total);
  for (let i = 0; i < paint.length; i++) if (paint[i] !== 0) order[next[layerOf(paint[i]!)]!++] = i;
  return order;
}

/**
 * @param palette red | green << 8 | blue << 16 by entry
 * @param scale device pixels of one CSS pixel
 * @param pixels width x height, little-endian RGBA
 */
export function splat(
  { xs, ys, paint, order }: Points,
  window: Window,
  palette: Uint32Array,
  scale: number,
  pixels: Uint32Array,
): void {
  const { x0, x1, y0, y1, width, height } = window;
  const toX = width / (x1 - x0);
  const toY = height / (y1 - y0);
  const seen = order.filter((i) => xs[i]! >= x0 && xs[i]! <= x1 && ys[i]! >= y0 && ys[i]! <= y1);
  const coverage = new Float32Array(width * height);
  const colour = new Uint16Array(width * height);
  const { dx, dy, alpha } = discFor(seen.length, scale);
  for (const i of seen) {
    const cx = Math.round((xs[i]! - x0) * toX);
    const cy = Math.round((y1 - ys[i]!) * toY);
    const entry = paint[i]!;
    for (let k = 0; k < alpha.length; k++) {
      const x = cx + dx[k]!;
      const y = cy + dy[k]!;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const at = y * width + x;
      coverage[at]! += (1 - coverage[at]!) * alpha[k]!;
      colour[at] = entry;
    }
  }
  for (let at = 0; at < pixels.length; at++) {
    const c = coverage[at]!;
    // Little-endian: alpha is the highest byte.
    pixels[at] = c === 0 ? 0 : (palette[colour[at]!]! | (Math.round(255 * c) << 24)) >>> 0;
  }
}

interface Disc {
  readonly dx: Int32Array;
  readonly dy: Int32Array;
  readonly alpha: Float32Array;
}

/** Many dots are small and faint, few are large and firm. */
export function dotOf(count: number): { readonly radius: number; readonly alpha: number } {
  const crowd = Math.log10(Math.max(100, count));
  return { radius: Math.max(1, 3.6 - 0.5 * crowd), alpha: Math.max(0.22, 0.95 - 0.16 * crowd) };
}

function discFor(count: number, scale: number): Disc {
  const { radius, alpha } = dotOf(count);
  const size = radius * scale;
  const reach = Math.ceil(size);
  const found: [number, number, number][] = [];
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++) {
      const edge = Math.min(1, Math.max(0, size + 0.5 - Math.hypot(x, y)));
      if (edge > 0) found.push([x, y, alpha * edge]);
    }
  return {
    dx: Int32Array.from(found, ([x]) => x),
    dy: Int32Array.from(found, ([, y]) => y),
    alpha: Float32Array.from(found, ([, , a]) => a),
  };
}
