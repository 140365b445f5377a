import fc from "fast-check";
import papaparse from "papaparse";
import { describe, expect, it } from "vitest";
import { CsvRecords } from "../../../src/gpu/profiles/csv-records.ts";
import { ProfileReader } from "../../../src/gpu/profiles/index.ts";
import { TraceSplitter } from "../../../src/gpu/profiles/trace-splitter.ts";
import { readText, sample } from "./read.ts";

/** `text` in pieces cut at the given places. */
function pieces(text: string, cuts: readonly number[]): string[] {
  const at = [0, ...cuts.map((c) => c % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}

describe("TraceSplitter", () => {
  it("finds the members and events that JSON.parse finds, wherever the text is cut", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z ]{1,8}$/), fc.jsonValue(), { maxKeys: 4 }),
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.constantFrom(0, 2),
        (members, traceEvents, cuts, indent) => {
          const text = JSON.stringify({ ...members, traceEvents, last: 1 }, undefined, indent);
          const found: [string, unknown][] = [];
          const events: unknown[] = [];
          const splitter = new TraceSplitter({
            onMember: (key, value) => found.push([key, JSON.parse(value)]),
            onEvent: (value) => events.push(JSON.parse(value)),
          });
          for (const piece of pieces(text, cuts)) splitter.push(piece);
          expect(splitter.end()).toBe(true);
          const whole = JSON.parse(text);
          expect(events).toEqual(whole.traceEvents);
          delete whole.traceEvents;
          expect(Object.fromEntries(found)).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["[]", ""],
    ['{"traceEvents":[]}\n \n', ""],
    ["[] }x", "}x"],
    [`{}${"junk ".repeat(50)}`, "junk ".repeat(8)],
  ])("keeps the beginning of what follows the end: %j", (text, expected) => {
    for (const cuts of [[], [2], [3, 5, 30], [100]]) {
      const splitter = new TraceSplitter({ onMember: () => {}, onEvent: () => {} });
      for (const piece of pieces(text, cuts)) splitter.push(piece);
      expect(splitter.end()).toBe(true);
      expect(splitter.trailing).toBe(expected);
    }
  });

  it("does not hold an event without an end", () => {
    const splitter = new TraceSplitter({ onMember: () => {}, onEvent: () => {} });
    splitter.push('{"traceEvents":[{"name":"');
    const piece = "x".repeat(1 << 22);
    expect(() => {
      for (let i = 0; i < 10; i++) splitter.push(piece);
    }).toThrow(/longer than 16 million characters/);
  });
});

describe("CsvRecords", () => {
  it("gives the records that papaparse gives, wherever the text is cut", () => {
    const cell = fc.stringMatching(/^[a-c ,"\n.]{0,6}$/);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (rows, cuts) => {
          const text = papaparse.unparse(rows, { newline: "\n", quotes: true });
          const found: (readonly string[])[] = [];
          const csv = new CsvRecords((cells) => found.push(cells));
          for (const piece of pieces(text, cuts)) csv.push(piece);
          expect(csv.end()).toBe(true);
          expect(found).toEqual(papaparse.parse(text, { newline: "\n" }).data);
        },
      ),
    );
  });
});

describe("files that are no profile", () => {
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const problem = (data: string): string => {
    const reader = new ProfileReader("file");
    try {
      reader.push(bytes(data));
      reader.end();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("was read");
  };

  it.each([
    ["", /is empty/],
    ["  \n", /is empty/],
    ["NVR\0\u0001\u0002", /looks like a binary report of Nsight Compute/],
    ["SQLite format 3\0....", /looks like an SQLite database/],
    ["PK\u0003\u0004....", /looks like a zip archive/],
    ["\u0008\u0007\u0012\0\u0001", /looks like a binary file/],
    ["<!doctype html>", /a web page or XML/],
    ["Time (%),Total Time (ns),Instances\n1,2,3\n", /a summary of nsys or nvprof/],
    ["batch,latency_ms\n1,2\n", /a CSV file with the columns batch,latency_ms/],
    ["hello", /text that begins with 'hello'/],
    ['{"name":"tidemark","version":"1"}', /holds no trace events, but name, version/],
    ['{"traceEvents":[]}', /holds no trace events/],
    [
      '{"traceEvents":[{"ph":"X","cat":"cpu_op","name":"a","ts":1,"dur":1},{"ph":"M","name":"b"}]}',
      /holds no GPU kernel that can be used, among 1 cpu_op, 1 without a category events/,
    ],
    [
      '{"traceEvents":[{"ph":"X","cat":"kernel","name":"a","ts":1,"dur":0}]}',
      /\(kernel with a duration of zero: 1\)/,
    ],
    ['{"traceEvents":[{"ph":"X","cat":"cpu_op","na', /cut off/],
    ['"ID","Kernel Name","Grid Size"\n', /holds no launch that can be used/],
  ])("%j", (text, expected) => {
    expect(problem(text)).toMatch(expected);
  });

  it("reads UTF-16, which Windows' shells write", () => {
    const text = `\ufeff${sample("ncu-raw.csv")}`;
    const reader = new ProfileReader("file");
    reader.push(new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer));
    expect(reader.end().recording.groups).toHaveLength(3);
  });

  it("names what a single damaged event was, and reads the others", () => {
    const text = sample("kineto.json").replace('"registers per thread": 16,', '"registers per": ,');
    const { recording } = readText(text);
    expect(recording.groups).toHaveLength(1);
    expect(recording.skips).toEqual([{ reason: "kernel event that is not valid JSON", count: 1 }]);
  });

  it("survives any bytes: an error that says what it looks like, or a profile", () => {
    const origin = sample("kineto.json");
    fc.assert(
      fc.property(fc.nat(origin.length - 1), fc.string({ maxLength: 6 }), (at, noise) => {
        const text = origin.slice(0, at) + noise + origin.slice(at + noise.length);
        try {
          expect(readText(text, 997).recording.groups.length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).name).toBe("UserError");
        }
      }),
      { numRuns: 200 },
    );
  });
});
