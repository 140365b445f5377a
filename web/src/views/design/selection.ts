/** The picked item or group as the address writes it: `node:/layer1/conv1/Conv`, `group:layer1`. */
import type { Outline } from "../../graph-view/outline.ts";

export function entityText({ kinds, names, groups }: Outline, entity: number): string {
  return entity < kinds.length
    ? `${kinds[entity]}:${names[entity]}`
    : `group:${groups[entity - kinds.length]!.path}`;
}

/** @returns -1 where the network has no such item */
export function parseEntity({ kinds, names, groups }: Outline, text: string | undefined): number {
  if (text === undefined) return -1;
  const at = text.indexOf(":");
  const [kind, name] = [text.slice(0, at), text.slice(at + 1)];
  if (kind === "group") {
    const g = groups.findIndex(({ path }) => path === name);
    return g < 0 ? -1 : kinds.length + g;
  }
  return names.findIndex((each, i) => each === name && kinds[i] === kind);
}
