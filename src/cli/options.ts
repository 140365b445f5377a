/** Options that several verbs share, and the parsers of their values. */
import { InvalidArgumentError, Option } from "commander";
import { HOST_MODES, PRECISIONS } from "../gpu/types.ts";
import { ROW_FORMATS, type RowFormat } from "../report/index.ts";

export const formatOption = () =>
  new Option("-f, --format <format>", "how to print").choices(ROW_FORMATS).default("table");

export const storeOption = () =>
  new Option(
    "--store <file>",
    "where studies are kept (default: TIDEMARK_STORE, or your data folder)",
  );

export const deviceOption = () =>
  new Option("-d, --device <device>", "a device of `tidemark devices`, or a device file").default(
    "rtx-2080-ti",
  );

export const precisionOption = () =>
  new Option("-p, --precision <precision>", "arithmetic of the network").choices(PRECISIONS);

export const hostOption = () =>
  new Option("--host <mode>", "how the host feeds the GPU").choices(HOST_MODES);

export const tunedOption = () =>
  new Option(
    "--tuned",
    "eager: the library takes its fastest algorithm (cudnn.benchmark), not its guess",
  );

export const hostUsOption = () =>
  new Option("--host-us <us>", "host time of one simple operator on your machine").argParser(
    hostUs,
  );

/** A second; beyond, sums are no numbers any more. */
const MOST_HOST_US = 1e6;

function hostUs(text: string): number {
  const value = positive(text);
  if (value > MOST_HOST_US)
    throw new InvalidArgumentError(`expected a number above 0, at most ${MOST_HOST_US}.`);
  return value;
}

/** Images that run together. */
export const MOST_BATCH = 65_536;

export interface Formatted {
  readonly format: RowFormat;
}

export interface Stored {
  readonly store?: string;
}

/** An integer of at least `min`, written in full. */
export function integer(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`expected an integer of at least ${min}.`);
    if (value > max) throw new InvalidArgumentError(`expected an integer from ${min} to ${max}.`);
    return value;
  };
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

/** Gathers a repeated option, or a list with commas. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === ""))
    throw new InvalidArgumentError("expected names, separated by commas.");
  return [...before, ...items];
}

/** Gathers repeated `name=number`. */
export function sizes(text: string, before: Readonly<Record<string, number>> = {}) {
  const [, name, value] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined || Number(value) < 1)
    throw new InvalidArgumentError("expected NAME=SIZE, e.g. height=224.");
  return { ...before, [name]: Number(value) };
}
