/// <reference lib="webworker" />
/** Analysis, prediction and layout, off the page's thread. One network at a time. */
import type { Graph } from "../../../../src/graph/types.ts";
import { freeDimensions } from "../../../../src/ops/free-dims.ts";
import { openGroups } from "../../graph-view/expansion.ts";
import { compoundLayout } from "../../graph-view/layout/compound.ts";
import type { Outline } from "../../graph-view/outline.ts";
import { type Unfolded, unfold } from "../../graph-view/unfold.ts";
import { type Analyzed, analyzed, costsOf, factsOf, outlined } from "./analysis.ts";
import type { Answer, Call, Calls } from "./protocol.ts";

declare const self: DedicatedWorkerGlobalScope;

let graph: Graph | undefined;
let unfolded: Unfolded | undefined;
let outline: Outline | undefined;
let current: Analyzed | undefined;

const HANDLERS: { readonly [K in keyof Calls]: (ask: Calls[K]["ask"]) => Calls[K]["answer"] } = {
  open({ graph: opened, sizes }) {
    graph = opened;
    unfolded = unfold(graph);
    current = undefined;
    const [head] = graph.inputs.flatMap(({ shape }) => shape?.slice(0, 1) ?? []);
    const free = freeDimensions(graph).filter(({ name }) => name !== head);
    let error: Calls["open"]["answer"]["error"];
    try {
      current = analyzed(graph, unfolded, sizes);
    } catch (thrown) {
      error = said(thrown);
    }
    outline = outlined(unfolded, current ?? attempt(graph, unfolded));
    return { outline, free, facts: current && factsOf(current, outline), error };
  },
  resize({ sizes }) {
    current = undefined;
    current = analyzed(graph!, unfolded!, sizes);
    return factsOf(current, outline!);
  },
  predict(target) {
    if (current === undefined) throw new Error("the network has no shapes to predict from");
    return costsOf(current, outline!, target);
  },
  layout: ({ expansion }) => compoundLayout(outline!, openGroups(outline!, expansion)),
};

/** The network as it stands in the file, where other sizes were asked for than it can have. */
function attempt(of: Graph, open: Unfolded) {
  try {
    return analyzed(of, open, { batch: undefined, bind: {} });
  } catch {
    return undefined;
  }
}

function said(thrown: unknown) {
  const { message, hint } = thrown as { message: string; hint?: string };
  return { message, ...(hint !== undefined && { hint }) };
}

self.onmessage = ({ data }: MessageEvent<Call>) => {
  let answer: Answer;
  try {
    const handler = HANDLERS[data.kind] as (ask: unknown) => unknown;
    answer = { id: data.id, answer: handler(data.ask) };
  } catch (thrown) {
    answer = { id: data.id, error: said(thrown) };
  }
  self.postMessage(answer);
};
