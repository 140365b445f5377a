/** Reads a profile as it comes, byte by byte: which kind it is, its launches, and what it lacks. */
import { UserError } from "../../base/errors.ts";
import { CsvRecords } from "./csv-records.ts";
import { KinetoEvents } from "./kineto.ts";
import { NcuRecords } from "./ncu.ts";
import { Recording } from "./recording.ts";
import { binaryKind, textKind } from "./sniff.ts";
import { TraceSplitter } from "./trace-splitter.ts";

export const PROFILE_FORMATS = ["kineto", "ncu-raw", "ncu-details"] as const;
export type ProfileFormat = (typeof PROFILE_FORMATS)[number];

export interface ReadProfile {
  readonly format: ProfileFormat;
  readonly recording: Recording;
  /** The file ended before what it holds was at its end. */
  readonly truncated: boolean;
}

const FORMATS_HINT =
  "give a Chrome trace of PyTorch's profiler (prof.export_chrome_trace, .json or .json.gz) or a CSV of Nsight Compute (ncu --csv --page raw)";

/** The header of Nsight Compute's table, at the start of a line. */
const NCU_HEADER = /^"?ID"?,.*"?Kernel Name"?/m;

/** What the profiled program may print before the table. Characters. */
const LONGEST_PREFACE = 1 << 24;

type Body =
  | { readonly kind: "trace"; readonly splitter: TraceSplitter; readonly events: KinetoEvents }
  | { readonly kind: "table"; readonly csv: CsvRecords; readonly records: NcuRecords };

export class ProfileReader {
  private readonly origin: string;
  private readonly recording = new Recording();
  private decoder: InstanceType<typeof TextDecoder> | undefined;
  /** Text of which it is not known yet what it is. */
  private head = "";
  private body: Body | undefined;

  /** @param origin the file's name, for messages */
  constructor(origin: string) {
    this.origin = origin;
  }

  /** @throws UserError where this cannot be a profile: what it looks like instead */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.decoder === undefined) {
      const binary = binaryKind(bytes);
      if (binary !== undefined)
        throw new UserError(`${this.origin} looks like ${binary.is}`, { hint: binary.instead });
      // Windows' shells write the output of a command as UTF-16.
      this.decoder = new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8");
    }
    this.text(this.decoder.decode(bytes, { stream: true }));
  }

  /** @throws UserError where no kernel was found */
  end(): ReadProfile {
    this.text(this.decoder?.decode() ?? "");
    if (this.body === undefined) this.begin(true);
    const { body, recording } = this;
    if (body === undefined) throw this.wrongKind();
    let complete: boolean;
    if (body.kind === "trace") {
      complete = body.splitter.end();
      const { trailing } = body.splitter;
      if (trailing !== "")
        recording.skip(`text after the end of the trace, which begins ${JSON.stringify(trailing)}`);
    } else {
      complete = body.csv.end();
      body.records.end();
    }
    if (recording.groups.length === 0) throw this.nothing(body, complete);
    return {
      format: body.kind === "trace" ? "kineto" : body.records.raw ? "ncu-raw" : "ncu-details",
      recording,
      truncated: !complete,
    };
  }

  private text(text: string): void {
    if (this.body === undefined) {
      this.head += text;
      this.begin(false);
    } else this.feed(this.body, text);
  }

  /** @param ended no more text will come */
  private begin(ended: boolean): void {
    const { head, recording } = this;
    const header = NCU_HEADER.exec(head);
    if (header !== null) {
      const records = new NcuRecords(recording);
      const csv = new CsvRecords((cells) => records.record(cells));
      this.body = { kind: "table", csv, records };
      this.feed(this.body, head.slice(header.index));
    } else if (/^\s*[{[]/.test(head)) {
      const events = new KinetoEvents(recording);
      this.body = { kind: "trace", splitter: new TraceSplitter(events), events };
      this.feed(this.body, head);
    } else if (!ended && head.length > LONGEST_PREFACE) throw this.wrongKind();
    if (this.body !== undefined) this.head = head.slice(0, 4096);
  }

  private feed(body: Body, text: string): void {
    try {
      if (body.kind === "trace") body.splitter.push(text);
      else body.csv.push(text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${this.origin}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        cause: error,
      });
    }
  }

  private wrongKind(): UserError {
    const kind = textKind(this.head);
    return new UserError(
      kind === "empty"
        ? `${this.origin} is empty`
        : `${this.origin} is no profile: it looks like ${kind}`,
      { hint: FORMATS_HINT },
    );
  }

  /** Why a file of a right kind holds no kernel. */
  private nothing(body: Body, complete: boolean): UserError {
    const skips = this.recording.skips.map((s) => `${s.reason}: ${s.count}`).join("; ");
    const cut = complete ? "" : "; the file is cut off";
    if (body.kind === "table")
      return new UserError(
        `${this.origin} holds no launch that can be used${skips === "" ? "" : ` (${skips})`}${cut}`,
        {
          hint: "collect at least gpu__time_duration.sum and the sections LaunchStats and Occupancy (ncu --set basic), and export with --csv --page raw",
        },
      );
    const { categories, members } = body.events;
    const events = [...categories].map(([name, n]) => `${n} ${name || "without a category"}`);
    if (events.length === 0 && !members.includes("traceEvents"))
      return new UserError(
        `${this.origin} holds no trace events${members.length === 0 ? "" : `, but ${members.slice(0, 8).join(", ")}`}${cut}`,
        { hint: FORMATS_HINT },
      );
    return new UserError(
      `${this.origin} holds no GPU kernel that can be used, among ${events.slice(0, 8).join(", ")} events${skips === "" ? "" : ` (${skips})`}${cut}`,
      {
        hint: "profile with activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA], on a machine with an NVIDIA GPU, and export_chrome_trace",
      },
    );
  }
}
