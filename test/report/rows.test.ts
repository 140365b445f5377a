import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { type Column, columnsOf } from "../../src/report/column.ts";
import { csvLine } from "../../src/report/csv.ts";
import { formatMarkdown } from "../../src/report/markdown.ts";
import { formatRows } from "../../src/report/rows.ts";
import { cut, printable, textWidth } from "../../src/report/terminal.ts";

interface Board {
  readonly name: string;
  readonly latencyMs: number;
  readonly sms: number | null;
}
const boards: Board[] = [
  { name: "rtx-2080-ti", latencyMs: 12.3456, sms: 68 },
  { name: "jetson, nano", latencyMs: 104.5, sms: null },
];
const columns: Column<Board>[] = [
  { key: "name", value: (b) => b.name },
  { key: "latencyMs", label: "latency", unit: "ms", value: (b) => b.latencyMs },
  { key: "sms", label: "SMs", value: (b) => b.sms },
];

describe("formatRows", () => {
  it("aligns a table for terminals", () => {
    expect(formatRows(columns, boards, "table", { color: false })).toBe(
      [
        "name          latency [ms]  SMs",
        "rtx-2080-ti           12.3   68",
        "jetson, nano         104.5    –",
        "",
      ].join("\n"),
    );
  });
  it("writes JSON that parses back to the rows", () => {
    expect(JSON.parse(formatRows(columns, boards, "json"))).toEqual(boards);
  });
  it("writes CSV with all digits", () => {
    expect(formatRows(columns, boards, "csv")).toBe(
      'name,latencyMs,sms\nrtx-2080-ti,12.3456,68\n"jetson, nano",104.5,\n',
    );
  });
  it("fits a narrow terminal by cutting text, not numbers", () => {
    const text = formatRows(
      [
        { key: "name", value: (r: { name: string; n: number }) => r.name },
        { key: "n", value: (r) => r.n },
      ],
      [{ name: "a-very-long-name-of-a-network", n: 123456 }],
      "table",
      { color: false, width: 24 },
    );
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(24);
    expect(text).toContain("a-very-long-na…");
    expect(text).toContain("123,456");
  });
  it("colours only the header, and only when asked", () => {
    expect(formatRows(columns, boards, "table", { color: true })).toContain("\u001b[1m");
    expect(formatRows(columns, boards, "table", { color: false })).not.toContain("\u001b");
  });
  it("shows control characters of hostile names instead of sending them", () => {
    const text = formatRows(columnsOf<{ n: string }>(["n"]), [{ n: "x\u001b[2J\ny" }], "table", {
      color: false,
    });
    expect(text).toBe("n\nx\\u001b[2J\\u000ay\n");
  });
  it("omits keys without a value from JSON", () => {
    expect(
      JSON.parse(formatRows(columnsOf<{ a?: Json; b: Json }>(["a", "b"]), [{ b: 1 }], "json")),
    ).toEqual([{ b: 1 }]);
  });
});

describe("csv", () => {
  it("is read back by another implementation, whatever the cells hold", () => {
    const cell = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 }),
        (rows) => {
          const text = rows.map((row) => csvLine(row)).join("");
          // Given its delimiter and newline, papaparse guesses nothing.
          const back = Papa.parse<string[]>(text, { delimiter: ",", newline: "\n" }).data.slice(
            0,
            -1,
          );
          expect(back).toEqual(rows);
        },
      ),
    );
  });
  it("keeps every bit of a number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => Number(csvLine([x])) === x || x === 0),
    );
  });
});

describe("markdown", () => {
  it("escapes what would be markup", () => {
    expect(
      formatMarkdown(columnsOf<{ n: string; v: number }>(["n", "v"]), [{ n: "a|b <i>*x*", v: 2 }]),
    ).toBe("| n | v |\n| :-- | --: |\n| a\\|b &lt;i&gt;\\*x\\* | 2 |\n");
  });
});

describe("terminal text", () => {
  it("counts wide and combining characters", () => {
    expect(textWidth("潮")).toBe(2);
    expect(textWidth("e\u0301")).toBe(1);
    expect(cut("潮位標", 4)).toBe("潮…");
  });
  it("cut text never exceeds the width", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 1, max: 30 }),
        (text, width) => {
          expect(textWidth(cut(printable(text), width))).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
