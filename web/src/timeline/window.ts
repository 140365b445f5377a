/** The stretch of time that is shown, and how keys and wheel change it. Microseconds. */

export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Nothing in the model is shorter than this. */
const SHORTEST_US = 0.05;
/** Empty room at the ends, as a share of all. */
const ROOM = 0.01;

export function whole(spanUs: number): Window {
  const span = Math.max(spanUs, SHORTEST_US);
  return { fromUs: -ROOM * span, toUs: span * (1 + ROOM) };
}

/** Within what there is, as long as it was where that fits. */
export function clamped({ fromUs, toUs }: Window, spanUs: number): Window {
  const all = whole(spanUs);
  const length = Math.min(Math.max(toUs - fromUs, SHORTEST_US), all.toUs - all.fromUs);
  const middle = (fromUs + toUs) / 2;
  const from = Math.min(Math.max(middle - length / 2, all.fromUs), all.toUs - length);
  return { fromUs: from, toUs: from + length };
}

/** @param factor below 1 shows less; `atUs` stays where it is on the screen */
export function zoomed(window: Window, factor: number, atUs: number, spanUs: number): Window {
  const length = window.toUs - window.fromUs;
  const all = whole(spanUs);
  const next = Math.min(Math.max(length * factor, SHORTEST_US), all.toUs - all.fromUs);
  const share = (atUs - window.fromUs) / length;
  const fromUs = atUs - share * next;
  return clamped({ fromUs, toUs: fromUs + next }, spanUs);
}

/** @param share of what is shown; above 0 moves on in time */
export function panned(window: Window, share: number, spanUs: number): Window {
  const by = share * (window.toUs - window.fromUs);
  return clamped({ fromUs: window.fromUs + by, toUs: window.toUs + by }, spanUs);
}

/** Around an interval, with a margin. */
export function around(fromUs: number, toUs: number, spanUs: number): Window {
  const margin = Math.max((toUs - fromUs) * 0.15, SHORTEST_US / 2);
  return clamped({ fromUs: fromUs - margin, toUs: toUs + margin }, spanUs);
}

/** `12.5-80`, as the address holds it; undefined where it is none. */
export function parseWindow(text: string | undefined): Window | undefined {
  const match = /^(-?[\d.]+)-([\d.]+)$/.exec(text ?? "");
  if (match === null) return undefined;
  const fromUs = Number(match[1]);
  const toUs = Number(match[2]);
  return toUs > fromUs ? { fromUs, toUs } : undefined;
}

export function windowText({ fromUs, toUs }: Window): string {
  const digits = (us: number) => String(Number(us.toFixed(3)));
  return `${digits(fromUs)}-${digits(toUs)}`;
}
