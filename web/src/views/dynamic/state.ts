/**
 * What the view shows: a network, an image, one run of everything, and the thresholds that decide what
 * of it would have been left out. Image and thresholds stand in the address: `?image=3&t=0.93,0.8`.
 */
import { computed, signal } from "@preact/signals";
import type { Seen } from "../../../../src/dynamic/evaluation/seen.ts";
import { partCosts } from "../../../../src/dynamic/parts.ts";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { route, setQuery } from "../../router.ts";
import { bytesOf } from "../../state/file-bytes.ts";
import { errorOf } from "../../state/live.ts";
import { type Outcome, outcomeOf, withThresholds } from "./decide.ts";
import { type Evaluation, evaluate, exitAt, prepare } from "./evaluate.ts";
import { classNames, type Pixels } from "./input.ts";
import { fitsSamples, type Opened, openNetwork } from "./open.ts";
import { pixelsOfFile } from "./picture-file.ts";
import {
  readAnswers,
  readNetwork,
  readSamples,
  type Sample,
  SHIPPED,
  type StoredAnswers,
} from "./shipped.ts";

export interface Looked {
  /** Of what was looked at: a shipped image's number, or a file's name. */
  readonly of: number | string;
  readonly pixels: Pixels;
  /** Undefined for an image of the user's own. */
  readonly label: number | undefined;
  readonly seen: Seen;
  readonly ms: number;
}

export const opened = signal<Opened | undefined>(undefined);
export const looked = signal<Looked | undefined>(undefined);
export const busy = signal<string | undefined>(undefined);
export const failure = signal<ApiError | undefined>(undefined);
/** Images that are bright things on black (Fashion-MNIST) want photographs inverted. */
export const invert = signal(false);
const samplesRead = signal<readonly Sample[]>([]);
const answersRead = signal<StoredAnswers | undefined>(undefined);

export const isShipped = computed(() => opened.value?.title === SHIPPED);
/** Shipped images, where the network reads images of their size and has as many classes. */
export const samples = computed(() => {
  const [network, answers, list] = [opened.value, answersRead.value, samplesRead.value];
  if (network === undefined || answers === undefined) return [];
  return fitsSamples(network, list[0]?.pixels.length, answers.classes) ? list : [];
});
export const stored = computed(() => (isShipped.value ? answersRead.value : undefined));

/** The thresholds of the address, where they fit the network; else its own. */
export const thresholds = computed((): readonly number[] => {
  const exits = opened.value?.network.plan.exits ?? [];
  const given = (route.value.query.t ?? "").split(",").map(Number);
  return given.length === exits.length && given.every(Number.isFinite) && route.value.query.t
    ? given
    : exits.map(({ threshold }) => threshold);
});
/** Of the plan in the file. */
export const calibrated = computed(() =>
  (opened.value?.network.plan.exits ?? []).map(({ threshold }) => threshold),
);

export function setThresholds(values: readonly number[] | undefined): void {
  setQuery({ t: values?.map((value) => String(Number(value.toFixed(4)))).join(",") });
}

export const names = computed(() => {
  const graph = opened.value?.network.graph;
  const classes = looked.value?.seen.logits[0]?.length ?? 0;
  return graph === undefined ? [] : classNames(graph, classes);
});

export const outcome = computed((): Outcome | undefined => {
  const [network, look] = [opened.value, looked.value];
  if (network === undefined || look === undefined) return undefined;
  const { graph, plan } = network.network;
  if (look.seen.logits.length !== plan.exits.length + 1) return undefined;
  const own = { graph, plan: withThresholds(plan, thresholds.value) };
  return outcomeOf(own, network.parts, look.seen);
});

export const evaluation = computed((): Evaluation | undefined => {
  const [network, answers] = [opened.value, stored.value];
  if (network === undefined || answers === undefined) return undefined;
  return prepare(network.network, partCosts(network.network), answers);
});
export const point = computed(() =>
  evaluation.value === undefined ? undefined : evaluate(evaluation.value, thresholds.value),
);

/** Where each shipped image leaves: they are the first of the samples that were answered. */
export const sampleExits = computed((): readonly number[] => {
  const [prepared, now] = [evaluation.value, thresholds.value];
  if (prepared === undefined) return [];
  return samples.value.map((_, i) => exitAt(prepared, now, i));
});

let turn = 0;

/** The last that was asked for is shown, whichever is ready first. */
async function step(what: string, act: (current: () => boolean) => Promise<void>): Promise<void> {
  const own = ++turn;
  const current = () => own === turn;
  busy.value = what;
  failure.value = undefined;
  try {
    await act(current);
  } catch (error) {
    if (current()) failure.value = errorOf(error);
  } finally {
    if (current()) busy.value = undefined;
  }
}

export const openShipped = (): Promise<void> =>
  step("Reading the network that comes along…", async (current) => {
    const [bytes, images, answers] = await Promise.all([
      readNetwork(),
      readSamples(),
      readAnswers(),
    ]);
    samplesRead.value = images;
    answersRead.value = answers;
    await show(bytes, SHIPPED, current);
    if (!current()) return;
    // One that goes far shows more.
    const far = sampleExits.peek().indexOf(opened.peek()!.network.plan.exits.length);
    await lookAtSample(Number(route.peek().query.image ?? Math.max(0, far)), current);
  });

/** A file that was chosen or dropped: a network by its name, anything else as an image. */
export function openFile(file: File): Promise<void> {
  if (/\.onnx(\.gz)?$/i.test(file.name))
    return step(`Reading ${file.name}…`, async (current) => {
      const before = looked.peek();
      const bytes = await bytesOf(file);
      await show(bytes, file.name, current);
      if (!current()) return;
      setQuery({ t: undefined });
      // Its first look is at what is shown already, where that has the size it reads.
      const { channels, height, width } = opened.peek()!.input;
      const known = samples.peek().length > 0;
      if (before?.pixels.length === channels * height * width)
        await look(before.of, before.pixels, known ? before.label : undefined, current);
      else if (known) await lookAtSample(0, current);
    });
  return step(`Reading ${file.name}…`, async (current) => {
    const network = opened.peek();
    if (network === undefined) return;
    const pixels = await pixelsOfFile(file, network.input, invert.peek());
    lastFile = file;
    if (current()) await look(file.name, pixels, undefined, current);
    if (current()) setQuery({ image: undefined });
  });
}

let lastFile: File | undefined;

/** Reads the user's image again, the other way round. */
export function setInvert(on: boolean): void {
  invert.value = on;
  if (lastFile !== undefined && looked.peek()?.of === lastFile.name) void openFile(lastFile);
}

export const pickSample = (index: number): Promise<void> =>
  step("Running the network…", async (current) => {
    await lookAtSample(index, current);
    if (current()) setQuery({ image: String(index) });
  });

async function show(bytes: Uint8Array, title: string, current: () => boolean): Promise<void> {
  const next = await openNetwork(bytes, title);
  if (!current()) {
    await next.close();
    return;
  }
  const before = opened.peek();
  looked.value = undefined;
  opened.value = next;
  await before?.close();
}

async function lookAtSample(index: number, current: () => boolean): Promise<void> {
  const list = samplesRead.peek();
  const at = Number.isInteger(index) && index >= 0 && index < list.length ? index : 0;
  const { pixels, label } = list[at]!;
  await look(at, pixels, label, current);
}

async function look(
  of: Looked["of"],
  pixels: Pixels,
  label: number | undefined,
  current: () => boolean,
): Promise<void> {
  const { seen, ms } = await opened.peek()!.look(pixels);
  if (current()) looked.value = { of, pixels, label, seen, ms };
}
