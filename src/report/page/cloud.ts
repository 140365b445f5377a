/**
 * Up to 10^5 dots on a canvas within a frame: each adds a small disc of coverage to a buffer of
 * pixels, and the buffer becomes one image. Where dots overlap the cloud is denser.
 */

export interface Dots {
  /** Device pixels from the image's corner. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly count: number;
  readonly colour: readonly [number, number, number];
}

export class Cloud {
  #image: ImageData | undefined;
  #coverage = new Float32Array(0);

  /** @param scale device pixels of one CSS pixel */
  paint(width: number, height: number, layers: readonly Dots[], scale: number): ImageData {
    if (!this.#image || this.#image.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height);
      this.#coverage = new Float32Array(width * height);
    }
    const image = this.#image;
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(0);
    for (const dots of layers) {
      if (dots.count === 0) continue;
      const coverage = this.#coverage;
      coverage.fill(0);
      // Many dots are small and faint, few are large and firm.
      const crowd = Math.log10(Math.max(100, dots.count));
      const radius = Math.max(1, 3.6 - 0.5 * crowd) * scale;
      const alpha = Math.max(0.22, 0.95 - 0.16 * crowd);
      splat(coverage, width, height, dots, disc(radius, alpha));
      const [r, g, b] = dots.colour;
      // Little endian: alpha is the highest byte.
      const rgb = (b << 16) | (g << 8) | r;
      for (let i = 0; i < coverage.length; i++) {
        const c = coverage[i]!;
        if (c > 0) pixels[i] = (rgb | (Math.round(255 * c) << 24)) >>> 0;
      }
    }
    return image;
  }
}

interface Disc {
  readonly dx: Int32Array;
  readonly dy: Int32Array;
  readonly alpha: Float32Array;
}

function disc(radius: number, alpha: number): Disc {
  const reach = Math.ceil(radius);
  const dx: number[] = [];
  const dy: number[] = [];
  const a: number[] = [];
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++) {
      const edge = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x, y)));
      if (edge === 0) continue;
      dx.push(x);
      dy.push(y);
      a.push(alpha * edge);
    }
  return { dx: Int32Array.from(dx), dy: Int32Array.from(dy), alpha: Float32Array.from(a) };
}

function splat(coverage: Float32Array, width: number, height: number, dots: Dots, d: Disc): void {
  for (let i = 0; i < dots.count; i++) {
    const cx = Math.round(dots.x[i]!);
    const cy = Math.round(dots.y[i]!);
    for (let k = 0; k < d.alpha.length; k++) {
      const x = cx + d.dx[k]!;
      const y = cy + d.dy[k]!;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const at = y * width + x;
      coverage[at]! += (1 - coverage[at]!) * d.alpha[k]!;
    }
  }
}
