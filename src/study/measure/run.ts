/** Runs the measurements in a child process, and watches it. */
import { type ChildProcess, fork } from "node:child_process";
import { UserError } from "../../base/errors.ts";
import {
  type AdapterFacts,
  type Findings,
  type Measurement,
  STAGES,
  type Stage,
} from "../../gpu/measure/index.ts";
import type { ChildMessage, ChildOptions } from "./protocol.ts";

export interface MeasureProgress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly stage: Stage;
  /** What the GPU runs now. */
  readonly what: string;
  readonly measurements: number;
}

export interface MeasureOptions {
  readonly quick?: boolean;
  /** A part of the adapter's name; absent: the most powerful. */
  readonly adapter?: string;
  /** Longest time without a word from the GPU's process, milliseconds. Default 60,000. */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
  readonly onAdapter?: (adapter: AdapterFacts) => void;
  readonly onMeasurement?: (measurement: Measurement) => void;
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** The program of the child process, for tests. */
  readonly child?: URL;
}

export interface MeasureResult {
  readonly adapter: AdapterFacts;
  readonly findings: Findings;
  readonly measurements: readonly Measurement[];
  /** Step of the GPU's clock as the timestamps show it, ns. */
  readonly tickNs: number;
}

/** From TypeScript sources (tests) the child is the built one: Node runs no `.ts`. */
const CHILD = import.meta.url.endsWith(".ts")
  ? new URL("../../../dist/study/measure/child.js", import.meta.url)
  : new URL("./child.js", import.meta.url);

/** Stderr of the child that is kept for messages. */
const MOST_TALK = 4000;

/**
 * Measures the GPU at hand. Every measurement goes to `onMeasurement` as it is taken, so that what
 * came before a crash is not lost.
 *
 * @throws UserError where there is no adapter, the driver fails or hangs, or `signal` stops it
 */
export async function runMeasure(options: MeasureOptions = {}): Promise<MeasureResult> {
  const { signal, silenceMs = 60_000 } = options;
  if (signal?.aborted) throw stopped();
  const child = fork(options.child ?? CHILD, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
  });
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  try {
    return await listen(child, options, silenceMs);
  } finally {
    process.off("exit", endWithUs);
    await end(child);
  }
}

function listen(
  child: ChildProcess,
  options: MeasureOptions,
  silenceMs: number,
): Promise<MeasureResult> {
  const measurements: Measurement[] = [];
  let adapter: AdapterFacts | undefined;
  let stage: Stage = STAGES[0];
  let what = "the start of WebGPU";
  let talk = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    talk = (talk + text).slice(-MOST_TALK);
  });
  const progress = () =>
    options.onProgress?.({
      step: STAGES.indexOf(stage) + 1,
      steps: STAGES.length,
      stage,
      what,
      measurements: measurements.length,
    });

  return new Promise((resolve, reject) => {
    let watch: NodeJS.Timeout | undefined;
    const settle = (act: () => void) => {
      clearTimeout(watch);
      options.signal?.removeEventListener("abort", stop);
      act();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const stop = () => fail(stopped());
    const rewind = () => {
      clearTimeout(watch);
      watch = setTimeout(
        () =>
          fail(
            new UserError(
              `the GPU has not answered for ${silenceMs / 1000} s; the last kernel was ${what}`,
              {
                hint: `the driver hangs; update it, or close other programs that use the GPU${said(talk)}`,
              },
            ),
          ),
        silenceMs,
      );
    };
    options.signal?.addEventListener("abort", stop, { once: true });
    rewind();
    child.on("error", fail);
    child.on("message", (message: ChildMessage) => {
      rewind();
      switch (message.kind) {
        case "adapter":
          adapter = message.adapter;
          options.onAdapter?.(adapter);
          return;
        case "stage":
          stage = message.stage;
          progress();
          return;
        case "running":
          what = message.what;
          progress();
          return;
        case "measurement":
          measurements.push(message.measurement);
          options.onMeasurement?.(message.measurement);
          return;
        case "done": {
          const { findings, tickNs } = message;
          settle(() => resolve({ adapter: adapter!, findings, measurements, tickNs }));
          return;
        }
        case "failed":
          fail(
            new UserError(message.message, {
              hint: `${message.hint ?? ""}${said(talk)}`.trimStart(),
            }),
          );
          return;
        case "broken":
          fail(new Error(message.message));
      }
    });
    // `close` comes after the last message and the last word on stderr.
    child.on("close", (code, sign) =>
      fail(
        new UserError(
          `the process that holds the GPU died (${sign ?? `exit code ${code}`}); the last kernel was ${what}`,
          { hint: `the driver crashed; update it, or choose another adapter${said(talk)}` },
        ),
      ),
    );
    child.send({
      quick: options.quick ?? false,
      ...(options.adapter === undefined ? {} : { adapter: options.adapter }),
    } satisfies ChildOptions);
  });
}

function stopped(): UserError {
  return new UserError("stopped before all was measured");
}

/** The driver's own last words. */
function said(talk: string): string {
  const lines = talk.split("\n").filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  return lines.length === 0 ? "" : `\nit said: ${lines.slice(-3).join("\n         ")}`;
}

/** Nothing stays behind, however the run ended. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  await gone;
}
