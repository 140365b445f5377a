/** What the view shows of the open network, kept up to date with the address by the worker. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Graph } from "../../../../src/graph/types.ts";
import type { FreeDimension } from "../../../../src/ops/free-dims.ts";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { expansionText, revealing, toggle } from "../../graph-view/expansion.ts";
import type { Outline } from "../../graph-view/outline.ts";
import { positionsOf, type Scene } from "../../graph-view/scene.ts";
import { unfold } from "../../graph-view/unfold.ts";
import { route, setQuery } from "../../router.ts";
import { errorOf } from "../../state/live.ts";
import { network, type OpenNetwork } from "../../state/network.ts";
import type { Costs, Facts } from "./protocol.ts";
import { entityText, parseEntity } from "./selection.ts";
import { device, expansion, host, pickText, precision, sizes } from "./settings.ts";
import { skeletonOf } from "./skeleton.ts";
import { workerClient } from "./worker-client.ts";

/** All of one network, so that parts of two never mix. */
export interface Shown {
  readonly network: OpenNetwork;
  readonly outline: Outline;
  /** With the nodes of its branches among the others; see unfold.ts. */
  readonly graph: Graph;
  readonly free: readonly FreeDimension[];
}

export const shownNetwork = signal<Shown | undefined>(undefined);
export const facts = signal<Facts | undefined>(undefined);
export const costs = signal<Costs | undefined>(undefined);
export const scene = signal<Scene | undefined>(undefined);
/** Why there are no counts; why there is no prediction. */
export const problem = signal<ApiError | undefined>(undefined);
export const costProblem = signal<ApiError | undefined>(undefined);
export const working = signal(false);
/** To be brought into sight once it is laid out. */
export const sought = signal(-1);

export const positions = computed(() => scene.value && positionsOf(scene.value));
/** The picked entity; -1: none. */
export const picked = computed(() => {
  const shown = shownNetwork.value;
  return shown === undefined ? -1 : parseEntity(shown.outline, pickText.value);
});

export function pick(entity: number): void {
  const outline = shownNetwork.peek()?.outline;
  if (outline === undefined) return;
  setQuery({ pick: entity < 0 ? undefined : entityText(outline, entity) });
}

/** Picks an item or a group and brings it into sight, opening what is around it. */
export function jumpTo(entity: number): void {
  const outline = shownNetwork.peek()?.outline;
  if (outline === undefined) return;
  const items = outline.kinds.length;
  let next = expansion.peek();
  if (entity < items) next = revealing(outline, next, entity);
  else {
    const inside = outline.groupOf.indexOf(outline.groups[entity - items]!.parent);
    if (inside >= 0 && outline.groups[entity - items]!.parent >= 0)
      next = revealing(outline, next, inside);
  }
  batch(() => {
    sought.value = entity;
    setQuery({ open: expansionText(next), pick: entityText(outline, entity) });
  });
}

export function toggleGroup(entity: number): void {
  const outline = shownNetwork.peek()?.outline;
  const group = outline?.groups[entity - outline.kinds.length];
  if (group === undefined) return;
  setQuery({ open: expansionText(toggle(expansion.peek(), group.path)) });
}

/** Follows network and address until it is told to stop. */
export function follow(): () => void {
  const client = workerClient();
  let last: { net?: OpenNetwork; sizes?: string; open?: string; target?: unknown } = {};
  let opening = 0;
  let layouts = 0;
  let predictions = 0;
  let pending = 0;
  const run = async <T>(
    work: Promise<T>,
    use: (answer: T) => void,
    fail: (e: ApiError) => void,
  ) => {
    pending++;
    working.value = true;
    try {
      use(await work);
    } catch (error) {
      fail(errorOf(error));
    } finally {
      if (--pending === 0) working.value = false;
    }
  };

  const stop = effect(() => {
    const net = network.value;
    const wanted = {
      sizes: sizes.value,
      target: device.value && {
        device: device.value,
        precision: precision.value,
        host: host.value,
      },
    };
    const openText = expansionText(expansion.value) ?? "";
    if (net === undefined) return;
    const fresh = net !== last.net;
    const replaced = fresh && last.net !== undefined;
    const sizesText = JSON.stringify(wanted.sizes);
    const targetText = `${wanted.target?.device.id} ${wanted.target?.precision} ${wanted.target?.host}`;
    const before = last;
    last = { net, sizes: sizesText, open: openText, target: targetText };
    const resized = fresh || before.sizes !== sizesText;
    if (fresh) {
      const own = ++opening;
      // The old network's blocks and dimensions mean nothing in this one.
      const { batch: images } = wanted.sizes;
      const ask = replaced ? { batch: images, bind: {} } : wanted.sizes;
      if (replaced) {
        last.sizes = JSON.stringify(ask);
        last.open = "";
        setQuery({ open: undefined, pick: undefined, at: undefined, dims: undefined });
      }
      void run(
        client.call("open", { graph: skeletonOf(net.graph), sizes: ask }),
        ({ outline, free, facts: found, error }) => {
          if (own !== opening) return;
          batch(() => {
            shownNetwork.value = { network: net, graph: unfold(net.graph).graph, outline, free };
            facts.value = found;
            problem.value = error;
            costs.value = undefined;
            scene.value = undefined;
          });
        },
        (error) => {
          if (own === opening) problem.value = error;
        },
      );
    } else if (resized) {
      const own = opening;
      const asked = sizesText;
      void run(
        client.call("resize", { sizes: wanted.sizes }),
        (found) => {
          if (own !== opening || last.sizes !== asked) return;
          facts.value = found;
          problem.value = undefined;
        },
        (error) => {
          if (own !== opening || last.sizes !== asked) return;
          facts.value = undefined;
          problem.value = error;
        },
      );
    }
    if (wanted.target !== undefined && (resized || before.target !== targetText)) {
      const own = ++predictions;
      void run(
        client.call("predict", wanted.target),
        (found) => {
          if (own !== predictions) return;
          costs.value = found;
          costProblem.value = undefined;
        },
        (error) => {
          if (own !== predictions) return;
          costs.value = undefined;
          costProblem.value = error;
        },
      );
    }
    if (fresh || before.open !== openText) {
      const own = ++layouts;
      const asked = replaced ? parsedAnew() : expansion.peek();
      void run(
        client.call("layout", { expansion: asked }),
        (found) => {
          if (own === layouts) scene.value = found;
        },
        (error) => {
          if (own === layouts) problem.value = error;
        },
      );
    }
  });
  return () => {
    stop();
    last = {};
  };
}

/** The expansion after the address was cleared of the old network's. */
const parsedAnew = () => ({ base: "fit", toggled: new Set<string>() }) as const;

/** The address's place of the picture: x, y, scale. */
export function cameraText(): string | undefined {
  return route.peek().query.at;
}
