/** What stands on the boxes, by position in `scene.entities`: made once for many draws. */

import { colourAt, css, darkText, position, type Rgb } from "./colour.ts";
import type { Outline } from "./outline.ts";
import type { Scene } from "./scene.ts";

export interface Look {
  readonly title: readonly string[];
  readonly detail: readonly string[];
  /** The cost, as text at the right. */
  readonly value: readonly string[];
  readonly fill: readonly string[];
  readonly ink: readonly string[];
  /** 1: not counted, drawn hatched. */
  readonly gap: Uint8Array;
  /** Largest value of a visible box that is no frame. */
  readonly most: number;
}

export interface LookInput {
  readonly scene: Scene;
  readonly outline: Outline;
  readonly theme: "light" | "dark";
  readonly title: (entity: number) => string;
  readonly detail: (entity: number) => string;
  /** By entity; undefined: not known. */
  readonly values: Float64Array | undefined;
  readonly format: (value: number) => string;
  /** By entity. */
  readonly gaps: Uint8Array;
  /** By entity: whether a group's value lacks some of what is in it. */
  readonly partial: Uint8Array;
}

const PLAIN: Readonly<Record<"light" | "dark", Rgb>> = {
  light: [255, 255, 255],
  dark: [24, 34, 42],
};
const INK = { dark: "#000000", light: "#ffffff" } as const;

export function lookOf(input: LookInput): Look {
  const { scene, outline, theme, values } = input;
  const entities = Array.from(scene.entities);
  const items = outline.kinds.length;
  let most = 0;
  entities.forEach((entity, i) => {
    if (!scene.frames[i]) most = Math.max(most, values?.[entity] ?? 0);
  });
  const colours = entities.map((entity): Rgb => {
    const terminal = entity < items && outline.kinds[entity] !== "node";
    if (values === undefined || terminal || input.gaps[entity]) return PLAIN[theme];
    return colourAt(position(values[entity]!, most), theme);
  });
  return {
    most,
    title: entities.map(input.title),
    detail: entities.map(input.detail),
    value: entities.map((entity, i) => {
      if (entity < items && outline.kinds[entity] !== "node") return "";
      if (input.gaps[entity] && entity < items) return "not counted";
      const value = values?.[entity];
      // Nothing is written for a zero but in a frame's sum: most nodes have no parameters.
      if (value === undefined || (value === 0 && !scene.frames[i])) return "";
      if (!input.partial[entity]) return input.format(value);
      return value === 0 ? "not counted" : `≥ ${input.format(value)}`;
    }),
    fill: colours.map(css),
    ink: colours.map((c) => (darkText(c) ? INK.dark : INK.light)),
    gap: Uint8Array.from(entities, (entity) => input.gaps[entity]!),
  };
}
