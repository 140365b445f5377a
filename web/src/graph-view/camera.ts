/** Which part of a layout is seen: screen = (layout - origin) * scale. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const LARGEST = 3;
const MARGIN = 24;
/** Names of boxes can be read at it. */
const SMALLEST_READ = 0.5;

/** Everything in sight. */
export function fitted(content: Size, view: Size): Camera {
  const scale = Math.min(
    1.25,
    (view.width - 2 * MARGIN) / Math.max(1, content.width),
    (view.height - 2 * MARGIN) / Math.max(1, content.height),
  );
  return {
    scale,
    x: content.width / 2 - view.width / 2 / scale,
    y: content.height / 2 - view.height / 2 / scale,
  };
}

/** Everything where that can be read, else the top, as wide as the view where that can be read. */
export function start(content: Size, view: Size): Camera {
  const whole = fitted(content, view);
  if (whole.scale >= 0.6) return whole;
  const across = (view.width - 2 * MARGIN) / Math.max(1, content.width);
  const scale = Math.min(0.9, Math.max(SMALLEST_READ, across));
  return { scale, x: content.width / 2 - view.width / 2 / scale, y: -MARGIN / scale };
}

/** `x,y,scale`; undefined where it cannot be read, or shows nothing of the content. */
export function parseCamera(text: string, content: Size, view: Size): Camera | undefined {
  const [x, y, wanted, ...rest] = text.split(",").map((part) => Number(part || Number.NaN));
  if (x === undefined || y === undefined || !(wanted! > 0) || rest.length > 0) return undefined;
  const scale = Math.min(LARGEST, Math.max(1e-4, wanted!));
  const seen =
    x < content.width &&
    y < content.height &&
    x + view.width / scale > 0 &&
    y + view.height / scale > 0;
  return seen ? { x, y, scale } : undefined;
}

/** Scales by `factor` and keeps what is at the place (in pixels) where it is. */
export function zoomAt(
  camera: Camera,
  factor: number,
  px: number,
  py: number,
  smallest: number,
): Camera {
  const scale = Math.min(LARGEST, Math.max(Math.min(smallest, LARGEST), camera.scale * factor));
  return {
    scale,
    x: camera.x + px / camera.scale - px / scale,
    y: camera.y + py / camera.scale - py / scale,
  };
}

export const pan = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x - dx / camera.scale,
  y: camera.y - dy / camera.scale,
});

/** Moves as little as needed for a box to be in sight; centres it where it is far away. */
export function reveal(
  camera: Camera,
  view: Size,
  box: { readonly x: number; readonly y: number } & Size,
): Camera {
  const span = { width: view.width / camera.scale, height: view.height / camera.scale };
  const edge = Math.min(MARGIN / camera.scale, span.width / 8, span.height / 8);
  const along = (from: number, length: number, at: number, size: number): number => {
    if (at - edge >= from && at + size + edge <= from + length) return from;
    const centred = at + Math.min(size, length) / 2 - length / 2;
    const near = at - edge < from ? at - edge : Math.min(at - edge, at + size + edge - length);
    return Math.abs(near - from) > length ? centred : near;
  };
  return {
    ...camera,
    x: along(camera.x, span.width, box.x, box.width),
    y: along(camera.y, span.height, box.y, box.height),
  };
}
