/** Colours of charts, told apart by the colour-blind (after Okabe & Ito) and on both grounds. */
import type { Limiter } from "../gpu/types.ts";

export interface Palette {
  readonly ground: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** Dominated designs, as red, green, blue. */
  readonly cloud: readonly [number, number, number];
  readonly infeasible: readonly [number, number, number];
  readonly front: string;
  readonly frontFill: string;
  readonly picked: string;
  /** What the front dominates. */
  readonly water: string;
  readonly limiters: Readonly<Record<Limiter, string>>;
}

export const LIGHT: Palette = {
  ground: "#ffffff",
  ink: "#14212b",
  muted: "#54646f",
  grid: "#e3e8eb",
  cloud: [96, 125, 143],
  infeasible: [176, 120, 60],
  front: "#005a8d",
  frontFill: "#0072b2",
  picked: "#c43e00",
  water: "rgba(0, 114, 178, 0.055)",
  limiters: { compute: "#0072b2", memory: "#b87400", tail: "#b0468a", launch: "#6b7780" },
};

export const DARK: Palette = {
  ground: "#11181d",
  ink: "#e6edf1",
  muted: "#9db0bb",
  grid: "#25313a",
  cloud: [128, 158, 176],
  infeasible: [196, 150, 96],
  front: "#8ccdf2",
  frontFill: "#56b4e9",
  picked: "#ff8a4c",
  water: "rgba(86, 180, 233, 0.07)",
  limiters: { compute: "#56b4e9", memory: "#e6a21a", tail: "#d985b8", launch: "#93a1aa" },
};
