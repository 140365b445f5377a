/**
 * What a picture is made of, before anything is drawn: the same marks go to a canvas and into an SVG
 * file, so that an export is what the screen shows.
 */

/** One of the page's colours, by its variable. */
export type Colour = `--${string}`;

export type Mark =
  | {
      readonly kind: "rect";
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
      readonly fill: Colour;
      /** Default 1. */
      readonly alpha?: number;
      /** Diagonal lines over the ground instead of a plain fill. */
      readonly hatch?: boolean;
      readonly stroke?: Colour;
    }
  | {
      readonly kind: "text";
      /** Left end, middle or right end by `anchor`; `y` is the middle of the line. */
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly fill: Colour;
      readonly size: number;
      readonly anchor?: "start" | "middle" | "end";
      readonly bold?: boolean;
    }
  | {
      readonly kind: "line";
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
      readonly stroke: Colour;
      readonly width: number;
      readonly dash?: boolean;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

/** Mean width of a character of the page's font, as a share of its size: names fit, or are cut. */
const CHARACTER = 0.56;

/** `text` cut to a width in pixels; empty where not even three characters fit. */
export function fitted(text: string, width: number, size: number): string {
  const room = Math.floor(width / (size * CHARACTER));
  if (text.length <= room) return text;
  return room < 4 ? "" : `${text.slice(0, room - 1)}…`;
}
