import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import {
  CELL_COUNT,
  CELL_OPERATIONS,
  cellAt,
  cellCode,
  cellString,
  parseCell,
} from "../../src/zoo/nasbench201-cell.ts";

const cells = fc.tuple(...Array.from({ length: 6 }, () => fc.constantFrom(...CELL_OPERATIONS)));

describe("cell", () => {
  it("reads what it writes, as string and as code", () => {
    fc.assert(
      fc.property(cells, (cell) => {
        expect(parseCell(cellString(cell))).toEqual(cell);
        expect(parseCell(cellCode(cell))).toEqual(cell);
      }),
    );
  });

  it("writes the benchmark's string for its best CIFAR-10 cell", () => {
    // Architecture 6111 of NATS-Bench (tss), 94.37 % on CIFAR-10.
    const text =
      "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|";
    expect(cellCode(parseCell(text))).toBe("333133");
    expect(cellString(parseCell("333133"))).toBe(text);
  });

  it("numbers all cells once", () => {
    const codes = new Set(Array.from({ length: CELL_COUNT }, (_, i) => cellCode(cellAt(i))));
    expect(codes.size).toBe(15_625);
    expect(cellCode(cellAt(0))).toBe("000000");
    expect(cellCode(cellAt(15_624))).toBe("444444");
    expect(() => cellAt(15_625)).toThrow(UserError);
  });

  it.each([
    ["33313", "5 digits, expected 6"],
    ["333153", "digit 5 at place 5, expected 0 to 4"],
    ["", "0 digits, expected 6"],
    ["|none~0|+|none~0|none~1|", "2 node groups"],
    ["|none~0|+|none~0|none~1|+|none~0|none~1|", "node 3 has 2 edges, expected 3"],
    ["|none~0|+|none~1|none~1|+|none~0|none~1|none~2|", "comes from 1, expected ~0"],
    ["|conv~0|+|none~0|none~1|+|none~0|none~1|none~2|", "unknown operation 'conv'"],
    ["none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "must begin and end with '|'"],
    ["|none|+|none~0|none~1|+|none~0|none~1|none~2|", "comes from nowhere"],
  ])("rejects %s", (text, message) => {
    expect(() => parseCell(text)).toThrow(UserError);
    expect(() => parseCell(text)).toThrow(message);
  });
});
