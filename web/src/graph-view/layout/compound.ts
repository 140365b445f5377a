/**
 * Lays out a network whose open groups are frames: each open group on its own, innermost first, as one
 * box of the group around it. An edge that crosses a frame meets it where the edges inside it begin.
 */
import type { Outline } from "../outline.ts";
import type { Scene } from "../scene.ts";
import { type Box, layered, type Placed } from "./layered.ts";

export const NODE = { width: 176, height: 42 } as const;
const TERMINAL = { width: 132, height: 26 } as const;
/** Room inside a frame: its title stands at the top. */
export const FRAME = { side: 12, top: 26, bottom: 12 } as const;

interface Container {
  readonly members: number[];
  readonly pairs: Map<number, readonly [number, number]>;
  /** Members that read from, or feed, what is outside. */
  readonly entries: Set<number>;
  readonly exits: Set<number>;
}

/** @param open 1 for each group that shows its content; a group inside a closed one stays hidden */
export function compoundLayout(outline: Outline, open: Uint8Array): Scene {
  const { groups, groupOf, kinds, edges } = outline;
  const items = kinds.length;
  const shown = new Uint8Array(groups.length);
  groups.forEach(({ parent }, g) => {
    shown[g] = parent < 0 || (shown[parent] && open[parent]) ? 1 : 0;
  });
  const parentOf = (entity: number) =>
    entity < items ? groupOf[entity]! : groups[entity - items]!.parent;
  const representative = representatives(outline, shown, open);
  const depthOf = (entity: number) => {
    const parent = parentOf(entity);
    return parent < 0 ? 0 : groups[parent]!.depth + 1;
  };

  /** By group; -1 is the whole network. */
  const containers = new Map<number, Container>();
  const container = (group: number): Container => {
    let c = containers.get(group);
    if (c === undefined) {
      c = { members: [], pairs: new Map(), entries: new Set(), exits: new Set() };
      containers.set(group, c);
    }
    return c;
  };
  for (let i = 0; i < items; i++)
    if (representative[i] === i) container(groupOf[i]!).members.push(i);
  groups.forEach(({ parent }, g) => {
    if (shown[g]) container(parent).members.push(items + g);
  });
  // In the network's order: groups stand where their first item does.
  const first = new Float64Array(items + groups.length).fill(Number.POSITIVE_INFINITY);
  for (let i = items - 1; i >= 0; i--) {
    first[i] = i;
    for (let g = groupOf[i]!; g >= 0; g = groups[g]!.parent) first[items + g] = i;
  }
  for (const { members } of containers.values()) members.sort((a, b) => first[a]! - first[b]!);
  const scale = items + groups.length;
  const links = new Map<number, readonly [number, number]>();
  for (let e = 0; e < edges.length; e += 2) {
    let a = representative[edges[e]!]!;
    let b = representative[edges[e + 1]!]!;
    if (a === b) continue;
    links.set(a * scale + b, [a, b]);
    while (parentOf(a) !== parentOf(b)) {
      if (depthOf(a) >= depthOf(b)) {
        container(parentOf(a)).exits.add(a);
        a = items + parentOf(a);
      } else {
        container(parentOf(b)).entries.add(b);
        b = items + parentOf(b);
      }
    }
    container(parentOf(a)).pairs.set(a * scale + b, [a, b]);
  }

  const laid = new Map<number, Laid>();
  const boxOf = (entity: number): Box => {
    if (entity < items) return kinds[entity] === "node" ? NODE : TERMINAL;
    return laid.get(entity - items)?.box ?? NODE;
  };
  for (let g = groups.length - 1; g >= 0; g--)
    if (shown[g] && open[g]) laid.set(g, lay(container(g), boxOf));
  const root = lay(container(-1), boxOf);
  return assemble(items, root, laid, [...links.values()].flat());
}

/** The visible entity that stands for each item: itself, or the outermost closed group around it. */
function representatives(
  { groups, groupOf, kinds }: Outline,
  shown: Uint8Array,
  open: Uint8Array,
): Int32Array {
  const items = kinds.length;
  const closed = new Int32Array(groups.length).fill(-1);
  groups.forEach(({ parent }, g) => {
    const outer = parent < 0 ? -1 : closed[parent]!;
    closed[g] = outer >= 0 ? outer : shown[g] && !open[g] ? g : -1;
  });
  return Int32Array.from(kinds, (_, i) => {
    const g = groupOf[i]! < 0 ? -1 : closed[groupOf[i]!]!;
    return g < 0 ? i : items + g;
  });
}

interface Laid {
  readonly members: readonly number[];
  /** Of the members, then the ports. */
  readonly boxes: readonly Box[];
  readonly placed: Placed;
  /** As a frame, with where its edges come in and go out. */
  readonly box: Box;
}

function lay({ members, pairs, entries, exits }: Container, boxOf: (entity: number) => Box): Laid {
  const local = new Map(members.map((entity, i) => [entity, i]));
  const boxes: Box[] = members.map(boxOf);
  const edges = [...pairs.values()].map(([a, b]) => [local.get(a)!, local.get(b)!] as const);
  const port = { width: 0, height: 0 };
  let entry = -1;
  let exit = -1;
  if (entries.size > 0) {
    entry = boxes.push({ ...port, pin: "top" }) - 1;
    for (const entity of entries) edges.push([entry, local.get(entity)!]);
  }
  if (exits.size > 0) {
    exit = boxes.push({ ...port, pin: "bottom" }) - 1;
    for (const entity of exits) edges.push([local.get(entity)!, exit]);
  }
  const laid = layered(boxes, edges);
  // Edges go on from the frame's border to where they enter its content.
  const routes = laid.routes.map((route, e) => {
    const [from, to] = edges[e]!;
    return [
      ...(from === entry ? [route[0]!, route[1]! - FRAME.top] : []),
      ...route,
      ...(to === exit ? [route.at(-2)!, route.at(-1)! + FRAME.bottom] : []),
    ];
  });
  const placed = { ...laid, routes };
  const width = placed.width + 2 * FRAME.side;
  const at = (i: number) => (i < 0 ? 0 : placed.x[i]! + FRAME.side - width / 2);
  return {
    members,
    boxes,
    placed,
    box: {
      width,
      height: placed.height + FRAME.top + FRAME.bottom,
      inX: at(entry),
      outX: at(exit),
    },
  };
}

function assemble(
  items: number,
  root: Laid,
  laid: ReadonlyMap<number, Laid>,
  links: readonly number[],
): Scene {
  const entities: number[] = [];
  const boxes: number[] = [];
  const frames: number[] = [];
  const points: number[] = [];
  const starts: number[] = [0];
  const stack: (readonly [Laid, number, number])[] = [[root, 0, 0]];
  while (stack.length > 0) {
    const [{ members, placed, boxes: sizes }, left, top] = stack.pop()!;
    members.forEach((entity, i) => {
      const inner = entity < items ? undefined : laid.get(entity - items);
      const x = left + placed.x[i]!;
      const y = top + placed.y[i]!;
      entities.push(entity);
      boxes.push(x, y, sizes[i]!.width, sizes[i]!.height);
      frames.push(inner ? 1 : 0);
      if (inner) stack.push([inner, x + FRAME.side, y + FRAME.top]);
    });
    for (const route of placed.routes) {
      for (let p = 0; p < route.length; p += 2) points.push(left + route[p]!, top + route[p + 1]!);
      starts.push(points.length / 2);
    }
  }
  return {
    width: root.placed.width,
    height: root.placed.height,
    entities: Int32Array.from(entities),
    boxes: Float32Array.from(boxes),
    frames: Uint8Array.from(frames),
    points: Float32Array.from(points),
    starts: Uint32Array.from(starts),
    links: Int32Array.from(links),
  };
}
