/** From the state to what is drawn: colours, labels, marks. */
import { computed, signal } from "@preact/signals";
import { bandsOf } from "../../graph-view/cull.ts";
import { type Look, lookOf } from "../../graph-view/look.ts";
import type { Ink, Marks } from "../../graph-view/paint.ts";
import { walkOf } from "../../graph-view/walk.ts";
import { shown as shownTheme } from "../../theme.ts";
import { missingIn, withSums } from "./costs.ts";
import { detailOf, titleOf } from "./labels.ts";
import { cost } from "./settings.ts";
import { costs, facts, picked, positions, scene, shownNetwork } from "./state.ts";

/** By entity; undefined where the cost is not known (yet). */
export const values = computed(() => {
  const found = cost.value.of(facts.value, costs.value);
  const shown = shownNetwork.value;
  if (found === undefined || found.length !== shown?.outline.kinds.length) return undefined;
  return withSums(shown.outline, found);
});

/** 1 for each item that is not counted; for each group, how many of its items are in no sum. */
export const uncounted = computed(() => {
  const outline = shownNetwork.value?.outline;
  if (outline === undefined) return new Float64Array(0);
  const counted = facts.value;
  const { predicted } = cost.value;
  const marks = Float64Array.from(outline.kinds, (_, i) =>
    counted?.uncounted[i] || (predicted && counted?.conditional[i]) ? 1 : 0,
  );
  return missingIn(outline, marks);
});

export const look = computed<Look | undefined>(() => {
  const shown = shownNetwork.value;
  const drawn = scene.value;
  if (shown === undefined || drawn === undefined) return undefined;
  const found = facts.value;
  return lookOf({
    scene: drawn,
    outline: shown.outline,
    theme: shownTheme.value,
    title: (entity) => titleOf(shown, entity),
    detail: (entity) => detailOf(shown, found, entity),
    values: values.value,
    format: cost.value.format,
    partial: Uint8Array.from(uncounted.value, (n) => (n > 0 ? 1 : 0)),
    gaps: Uint8Array.from(uncounted.value, (n, entity) =>
      entity < shown.outline.kinds.length && n > 0 ? 1 : 0,
    ),
  });
});

export const bands = computed(() => scene.value && bandsOf(scene.value));
export const walk = computed(() => scene.value && walkOf(scene.value));

export const ink = computed<Ink>(() => {
  // The style is read anew when the theme changes.
  void shownTheme.value;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    ground: read("--ground"),
    ink: read("--ink"),
    muted: read("--muted"),
    line: read("--line"),
    grid: read("--grid"),
    page: read("--page"),
    edge: read("--cloud"),
    picked: read("--picked"),
    sans: read("--sans"),
  };
});

/** Position in the scene of the box under the pointer; -1: none. */
export const hovered = signal(-1);
/** Items that the search found. */
export const found = signal<readonly number[]>([]);

export const marks = computed<Marks>(() => {
  const drawn = scene.value;
  const places = positions.value;
  const outline = shownNetwork.value?.outline;
  if (drawn === undefined || places === undefined || outline === undefined)
    return { picked: -1, hovered: -1, hits: new Set(), links: [] };
  /** The box itself, or the innermost closed group that hides it. */
  const placeOf = (entity: number): number | undefined => {
    const items = outline.kinds.length;
    let at = entity;
    while (at >= 0 && !places.has(at)) {
      const parent = at < items ? outline.groupOf[at]! : outline.groups[at - items]!.parent;
      at = parent < 0 ? -1 : items + parent;
    }
    return places.get(at);
  };
  const at = placeOf(picked.value) ?? -1;
  const links: (readonly [number, number])[] = [];
  for (let l = 0; l < drawn.links.length; l += 2)
    if (drawn.links[l] === picked.value || drawn.links[l + 1] === picked.value)
      links.push([places.get(drawn.links[l]!)!, places.get(drawn.links[l + 1]!)!]);
  const hits = new Set<number>();
  for (const item of found.value) {
    const place = placeOf(item);
    if (place !== undefined && !drawn.frames[place]) hits.add(place);
  }
  return { picked: at, hovered: hovered.value, hits, links };
});
