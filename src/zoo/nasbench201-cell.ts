/**
 * The NAS-Bench-201 cell: four nodes, an operation on each of the six edges between them (Dong &
 * Yang, ICLR 2020). Written as the benchmark's string, one group per node with `operation~source`,
 * or as six digits, one per edge in the same order: 0-1, 0-2, 1-2, 0-3, 1-3, 2-3.
 */
import { UserError } from "../base/errors.ts";

/** The position in this list is the digit in the code. */
export const CELL_OPERATIONS = [
  "none",
  "skip_connect",
  "nor_conv_1x1",
  "nor_conv_3x3",
  "avg_pool_3x3",
] as const;
export type CellOperation = (typeof CELL_OPERATIONS)[number];

/** Edges as [source, target], in the order of the code. */
export const CELL_EDGES: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
];

export const CELL_COUNT = CELL_OPERATIONS.length ** CELL_EDGES.length;

/** Operation of each edge, in the order of `CELL_EDGES`. */
export type Cell = readonly CellOperation[];

const EXAMPLE =
  "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|";

/**
 * @param text the benchmark's string or a six-digit code
 * @throws UserError saying what is wrong where
 */
export function parseCell(text: string): Cell {
  const trimmed = text.trim();
  if (/^[0-9]*$/.test(trimmed)) return parseCode(trimmed);
  const groups = trimmed.split("+");
  if (groups.length !== 3)
    throw malformed(text, `${groups.length} node groups between '+', expected 3`);
  return groups.flatMap((group, target) => {
    const edges = group.split("|");
    if (edges.length < 3 || edges[0] !== "" || edges.at(-1) !== "")
      throw malformed(text, `group '${group}' must begin and end with '|'`);
    const inner = edges.slice(1, -1);
    if (inner.length !== target + 1)
      throw malformed(text, `node ${target + 1} has ${inner.length} edges, expected ${target + 1}`);
    return inner.map((edge, source) => {
      const [name, from] = edge.split("~");
      if (from !== String(source))
        throw malformed(
          text,
          `edge '${edge}' of node ${target + 1} comes from ${from ?? "nowhere"}, expected ~${source}`,
        );
      const operation = CELL_OPERATIONS.find((o) => o === name);
      if (operation === undefined)
        throw malformed(
          text,
          `unknown operation '${name}'; known are ${CELL_OPERATIONS.join(", ")}`,
        );
      return operation;
    });
  });
}

/** The six-digit code, e.g. `333133`. */
export function cellCode(cell: Cell): string {
  return cell.map((operation) => CELL_OPERATIONS.indexOf(operation)).join("");
}

/** The benchmark's string. */
export function cellString(cell: Cell): string {
  return [1, 2, 3]
    .map((target) => {
      const edges = CELL_EDGES.flatMap(([from, to], i) =>
        to === target ? `${cell[i]}~${from}` : [],
      );
      return `|${edges.join("|")}|`;
    })
    .join("+");
}

/** The cell whose code, read as a number to base 5, is `index`: 0 is `000000`, 15624 `444444`. */
export function cellAt(index: number): Cell {
  if (!Number.isInteger(index) || index < 0 || index >= CELL_COUNT)
    throw new UserError(
      `NAS-Bench-201 cell ${index}, expected an integer in [0, ${CELL_COUNT - 1}]`,
    );
  return parseCode(index.toString(5).padStart(CELL_EDGES.length, "0"));
}

function parseCode(code: string): Cell {
  if (code.length !== CELL_EDGES.length)
    throw malformed(code, `${code.length} digits, expected ${CELL_EDGES.length}`);
  return code.split("").map((digit, i) => {
    const operation = CELL_OPERATIONS[Number(digit)];
    if (operation === undefined)
      throw malformed(
        code,
        `digit ${digit} at place ${i + 1}, expected 0 to ${CELL_OPERATIONS.length - 1}`,
      );
    return operation;
  });
}

function malformed(text: string, what: string): UserError {
  return new UserError(`NAS-Bench-201 cell '${text}': ${what}`, {
    hint: `write it like ${EXAMPLE}, or as six digits 0-4 like 333133`,
    exitCode: 2,
  });
}
