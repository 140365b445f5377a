/**
 * Groups from the names of nodes, as exporters write them: `/layer1/layer1.0/conv1/Conv` (PyTorch 1.13
 * and later; the last part is the operator), `model/block1/conv/Conv2D` (TensorFlow), `layer1.0.conv1`
 * (names of modules).
 */
import type { Paths } from "./outline.ts";

/** Below this share of names with a path, the names are no description of the network. */
const ENOUGH = 0.5;
/** Deeper names come from no module tree. */
const MAX_DEPTH = 24;

/** @returns undefined where the names have no hierarchy */
export function pathsByName(names: readonly string[]): Paths | undefined {
  const paths = names.map(pathOfName);
  const deep = paths.filter((path) => path.length > 0).length;
  return deep > 0 && deep >= ENOUGH * names.length ? paths : undefined;
}

/** Groups around a node, outermost first; without the node itself. */
export function pathOfName(name: string): readonly string[] {
  if (name.includes("/")) return name.split("/").filter(Boolean).slice(0, -1).slice(0, MAX_DEPTH);
  const parts = name
    .split(".")
    .filter(Boolean)
    .slice(0, MAX_DEPTH + 1);
  // Whole prefixes, because `0` alone says nothing: layer1, layer1.0.
  return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("."));
}
