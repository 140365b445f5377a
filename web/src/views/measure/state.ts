/** One measurement at a time: begun, followed and stopped; it goes on while other views are shown. */
import { signal } from "@preact/signals";
import type { Json } from "../../../../src/base/json.ts";
import { type Device, parseDevice } from "../../../../src/gpu/device.ts";
import {
  type AdapterFacts,
  deviceFile,
  type Findings,
  type Measurement,
  STAGES,
  type Stage,
} from "../../../../src/gpu/measure/index.ts";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { addDevice, devices, readDevices } from "../../state/devices.ts";
import { errorOf } from "../../state/live.ts";
import type { Kind } from "./durations.ts";
import { keepDuration } from "./kept-durations.ts";
import type { Begin, Told } from "./messages.ts";

export type Phase = "idle" | "running" | "stopped" | "done" | "failed";

export const phase = signal<Phase>("idle");
export const adapter = signal<AdapterFacts | undefined>(undefined);
export const tick = signal<{ readonly tickNs: number; readonly coarse: boolean } | undefined>(
  undefined,
);
export const stage = signal<Stage | undefined>(undefined);
export const what = signal("");
export const measurements = signal<readonly Measurement[]>([]);
export const findings = signal<Findings | undefined>(undefined);
/** As it is saved. */
export const file = signal<{ readonly json: Json; readonly device: Device } | undefined>(undefined);
export const failure = signal<ApiError | undefined>(undefined);
/** ISO 8601, UTC. */
export const begunAt = signal("");

/** Longest time without a word from the GPU, ms. */
const SILENCE_MS = 60_000;
/** Measurements reach the page in bundles: a plot is drawn a few times a second. */
const BUNDLE_MS = 200;

let worker: Worker | undefined;
let kind: Kind = "quick";
let watch: number | undefined;
let bundle: Measurement[] = [];
let bundled: number | undefined;

export const stepOf = (at: Stage | undefined): number =>
  at === undefined ? 0 : STAGES.indexOf(at) + 1;

export function begin(quick: boolean): void {
  end();
  phase.value = "running";
  kind = quick ? "quick" : "full";
  adapter.value = undefined;
  tick.value = undefined;
  stage.value = undefined;
  what.value = "the start of WebGPU";
  measurements.value = [];
  findings.value = undefined;
  file.value = undefined;
  failure.value = undefined;
  begunAt.value = new Date().toISOString();
  worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Told>) => hear(data);
  worker.onerror = (event) => {
    event.preventDefault();
    fail({
      message: `the worker that holds the GPU ended: ${event.message || "no reason given"}`,
      hint: "load the page anew",
    });
  };
  rewind();
  worker.postMessage({ quick } satisfies Begin);
}

/** What was measured stays. */
export function stop(): void {
  if (phase.peek() !== "running") return;
  end();
  phase.value = "stopped";
}

function hear(told: Told): void {
  rewind();
  switch (told.kind) {
    case "adapter":
      adapter.value = told.adapter;
      return;
    case "tick":
      tick.value = told;
      return;
    case "stage":
      stage.value = told.stage;
      return;
    case "running":
      what.value = told.what;
      return;
    case "measurement":
      bundle.push(told.measurement);
      bundled ??= window.setTimeout(flush, BUNDLE_MS);
      return;
    case "done":
      end();
      findings.value = told.findings;
      void finish(told.findings);
      return;
    case "failed":
      fail(told);
  }
}

async function finish(found: Findings): Promise<void> {
  try {
    // Figures that WebGPU hides come from the shipped device of that name, where there is one.
    await readDevices();
    const json = deviceFile({
      findings: found,
      adapter: adapter.peek()!,
      date: begunAt.peek().slice(0, 10),
      boards: devices.peek(),
    });
    const device = parseDevice(json, "the measured device");
    file.value = { json, device };
    addDevice(device);
    phase.value = "done";
    keepDuration(kind, (Date.now() - Date.parse(begunAt.peek())) / 1000);
  } catch (error) {
    fail(errorOf(error));
  }
}

function fail({ message, hint }: ApiError): void {
  end();
  failure.value = { message, ...(hint !== undefined && { hint }) };
  phase.value = "failed";
}

function flush(): void {
  clearTimeout(bundled);
  bundled = undefined;
  if (bundle.length === 0) return;
  measurements.value = [...measurements.peek(), ...bundle];
  bundle = [];
}

function rewind(): void {
  clearTimeout(watch);
  watch = window.setTimeout(
    () =>
      fail({
        message: `the GPU has not answered for ${SILENCE_MS / 1000} s; the last kernel was ${what.peek()}`,
        hint: "the driver hangs: update it, or close other programs that use the GPU",
      }),
    SILENCE_MS,
  );
}

function end(): void {
  clearTimeout(watch);
  flush();
  worker?.terminate();
  worker = undefined;
}
