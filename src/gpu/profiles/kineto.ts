/**
 * PyTorch's profiler: Kineto's Chrome trace (pytorch/kineto `libkineto/src/output_json.cpp`,
 * `CuptiActivity.cpp`, `DeviceProperties.cpp`). A kernel is an event of category `kernel` with grid,
 * block, registers and shared memory among its arguments; `correlation` ties it to the host's call.
 */
import {
  blockProblem,
  durationProblem,
  gridProblem,
  plausibleRegisters,
  plausibleShared,
} from "./checks.ts";
import type { Dim3, Recording, ReportedBoard } from "./recording.ts";
import type { TraceHandler } from "./trace-splitter.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Categories of newer and of older traces. */
const KIND: Readonly<Record<string, "kernel" | "copy" | "call">> = {
  kernel: "kernel",
  Kernel: "kernel",
  gpu_memcpy: "copy",
  Memcpy: "copy",
  gpu_memset: "copy",
  Memset: "copy",
  cuda_runtime: "call",
  Runtime: "call",
  cuda_driver: "call",
};

/** `"cat"` in quotes of its own does not occur inside a string, where quotes are escaped. */
const CATEGORY = /"cat"\s*:\s*"([^"]*)"/;

export class KinetoEvents implements TraceHandler {
  /** Events of each category, whether read or not. */
  readonly categories = new Map<string, number>();
  readonly members: string[] = [];
  private readonly into: Recording;

  constructor(into: Recording) {
    this.into = into;
  }

  onMember(key: string, text: string): void {
    this.members.push(key);
    if (key !== "deviceProperties") return;
    const boards = parse(text);
    if (!Array.isArray(boards)) {
      this.into.skip("deviceProperties that are not valid JSON");
      return;
    }
    boards.forEach((fields: unknown, i) => {
      const board = boardOf(fields, i);
      if (board !== undefined) this.into.boards.set(board.index, board);
    });
  }

  onEvent(text: string): void {
    const category = CATEGORY.exec(text)?.[1] ?? "";
    this.categories.set(category, (this.categories.get(category) ?? 0) + 1);
    const kind = Object.hasOwn(KIND, category) ? KIND[category] : undefined;
    if (kind === undefined) return;
    const event = parse(text);
    if (!isFields(event)) {
      this.into.skip(`${kind} event that is not valid JSON`);
      return;
    }
    if (event.ph !== undefined && event.ph !== "X") return;
    const args = isFields(event.args) ? event.args : {};
    if (kind === "kernel") this.kernel(event, args);
    else if (kind === "copy") this.copy(event, args);
    else this.call(event, args);
  }

  private kernel(event: Fields, args: Fields): void {
    const grid = dim3(args.grid);
    const block = dim3(args.block);
    const timeUs = number(event.dur);
    const startUs = number(event.ts);
    const problem = durationProblem(timeUs) ?? gridProblem(grid) ?? blockProblem(block);
    if (problem !== undefined) {
      this.into.skip(problem);
      return;
    }
    if (startUs === undefined) this.into.skip("start time of a kernel (its time counts)");
    const percent = number(args["est. achieved occupancy %"]);
    this.into.launch(
      {
        name: typeof event.name === "string" ? event.name : "(no name)",
        grid: grid!,
        block: block!,
        registersPerThread: plausibleRegisters(number(args["registers per thread"])),
        sharedBytesPerBlock: plausibleShared(number(args["shared memory"])),
        device: deviceOf(event, args),
        timeUs: timeUs!,
        reported: {
          gridBlocksPerSm: number(args["blocks per SM"]),
          // Newer versions write 0 where they do not calculate it.
          estimatedOccupancy: percent !== undefined && percent > 0 ? percent / 100 : undefined,
        },
      },
      startUs,
      number(args.correlation),
    );
  }

  private copy(event: Fields, args: Fields): void {
    const startUs = number(event.ts);
    const timeUs = number(event.dur);
    if (startUs === undefined || durationProblem(timeUs) !== undefined) {
      this.into.skip("copy or fill without a start or a duration");
      return;
    }
    this.into.copy(startUs, timeUs!, deviceOf(event, args), number(args.correlation));
  }

  private call(event: Fields, args: Fields): void {
    const startUs = number(event.ts);
    const correlation = number(args.correlation);
    if (startUs !== undefined && correlation !== undefined)
      this.into.calls.set(correlation, startUs);
  }
}

/** Undefined where it is no description of a GPU. */
function boardOf(fields: unknown, position: number): ReportedBoard | undefined {
  if (!isFields(fields)) return undefined;
  const major = number(fields.computeMajor);
  const minor = number(fields.computeMinor);
  return {
    index: number(fields.id) ?? position,
    name: typeof fields.name === "string" ? fields.name : undefined,
    computeCapability: major === undefined || minor === undefined ? undefined : `${major}.${minor}`,
    smCount: number(fields.numSms),
    warpSize: number(fields.warpSize),
    maxThreadsPerSm: number(fields.maxThreadsPerMultiprocessor),
    registersPerSm: number(fields.regsPerMultiprocessor),
    registersPerBlock: number(fields.regsPerBlock),
    sharedBytesPerSm: number(fields.sharedMemPerMultiprocessor),
    sharedBytesPerBlock: number(fields.sharedMemPerBlockOptin),
  };
}

function deviceOf(event: Fields, args: Fields): number {
  return number(args.device) ?? number(event.pid) ?? 0;
}

/** Kineto prints floats with C++'s words for what is no number, which JSON does not have. */
const NOT_JSON = /([:[,]\s*)-?(?:nan|inf)(?=\s*[,}\]])/gi;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(text.replace(NOT_JSON, "$1null"));
    } catch {
      return undefined;
    }
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Older traces write some numbers as strings. */
function number(value: unknown): number | undefined {
  const x = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof x === "number" && Number.isFinite(x) ? x : undefined;
}

function dim3(value: unknown): Dim3 | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [x, y, z] = value.map(number);
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}
