import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/runtime/data/index.ts";
import { newFolder, refusal } from "./helpers.ts";

const file = (content: string | Uint8Array, name = "t.csv") => {
  const path = join(newFolder(), name);
  writeFileSync(path, content);
  return path;
};

describe("CSV", () => {
  it("reads features in the order of their columns and classes as text", async () => {
    const text =
      '\uFEFFwidth,species,"petal, length"\r\n1.5,"setosa ",2\r\n-3e2,"virginica, ""x""",4\r\n\r\n0,setosa,0.25\r\n';
    for (const path of [file(text), file(gzipSync(text), "t.csv.gz")]) {
      const set = await readDataset(path, { label: "species" });
      expect(set.classes).toEqual(["setosa", 'virginica, "x"']);
      expect([...set.train.samples]).toEqual([1.5, 2, -300, 4, 0, 0.25]);
      expect(set.train).toMatchObject({ shape: [2], count: 3 });
      expect([...set.train.labels]).toEqual([0, 1, 0]);
    }
  });

  it("takes label, class or target by itself, a split column, and classes in numeric order", async () => {
    const set = await readDataset(
      file("a;Class;split\n1;10;train\n2;9;train\n3;9;test\n4;10;Test\n"),
    );
    expect(set.classes).toEqual(["9", "10"]);
    expect([...set.train.labels]).toEqual([1, 0]);
    expect([...set.test!.samples]).toEqual([3, 4]);
  });

  it("reads what spreadsheets save: UTF-16, a separator line, blank lines above the header", async () => {
    const rows = "\uFEFFsep=|\r\n\r\nx|label\r\n1|constructor\r\n2|süß, fein\r\n";
    for (const path of [file(Buffer.from(rows, "utf16le")), file(rows), file(gzipSync(rows))]) {
      const set = await readDataset(path);
      expect(set.classes).toEqual(["constructor", "süß, fein"]);
      expect([...set.train.samples]).toEqual([1, 2]);
    }
    const bad = await refusal(() => readDataset(file("\nx,label\n1,a\n\n?,b\n")));
    expect(bad.message).toContain("row 5, column x: '?'");
  });

  it("reads what another writer wrote, over the ends of pieces", async () => {
    const row = fc.record({
      a: fc.float({ noNaN: true, noDefaultInfinity: true }),
      label: fc.constantFrom("x", 'y"', "z,\n"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 2, maxLength: 30 }),
        fc.constantFrom("\n", "\r\n"),
        async (rows, newline) => {
          fc.pre(new Set(rows.map((r) => r.label)).size > 1);
          const set = await readDataset(file(Papa.unparse(rows, { newline })));
          expect([...set.train.samples]).toEqual(rows.map((r) => Math.fround(r.a) + 0));
          expect([...set.train.labels].map((l) => set.classes[l])).toEqual(
            rows.map((r) => r.label.trim()),
          );
        },
      ),
      { numRuns: 30 },
    );
    const lines = Array.from({ length: 200_000 }, (_, i) => `${i},${i % 7}.25,"c${i % 3}"`);
    const big = await readDataset(file(`i,f,label\n${lines.join("\n")}`));
    expect(big.train.count).toBe(200_000);
    for (const i of [0, 77_777, 199_999]) {
      expect([...big.train.samples.subarray(2 * i, 2 * i + 2)]).toEqual([i, (i % 7) + 0.25]);
      expect(big.train.labels[i]).toBe(i % 3);
    }
  });

  it.each([
    ["a,label\n1,x\noops,y\n", /row 3, column a: 'oops' is no number/],
    ["a,label\n1,x\n,y\n", /row 3, column a: '' is no number/],
    ["a,label\n1,x\n1e39,y\n", /row 3, column a: '1e39' is no number of float32/],
    ["a,label\n1,x\n2\n", /row 3 has 1 fields, the header 2/],
    ["a,label\n1,x\n2,\n", /row 3 has no class in column label/],
    ["a,b\n1,2\n", /no column named label, class, target among a, b/],
    ["1,2\n3,4\n", /the first row is all numbers: the header is missing/],
    ["a,a,label\n1,2,x\n", /two columns are named 'a'/],
    ["label,split\nx,train\n", /no column of features/],
    ["a,label\n", /has no rows of data/],
    ["a,label\n1,x\n2,x\n", /one class only \(x\)/],
    ["a,label\n1,x\n2,X\n", /classes 'X' and 'x' have the same name/],
    ["a,label,split\n1,x,train\n2,y,dev\n", /row 3, column split: 'dev'/],
    ["a,label,split\n1,x,test\n2,y,test\n", /no samples to train on/],
    ['a,label\n1,x\n2,"y\n3,z\n', /row 3: Quoted field unterminated/],
  ])("refuses %j", async (text, message) => {
    const error = await refusal(() => readDataset(file(text)));
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  it("suggests the column that was meant, and refuses a cut gzip file", async () => {
    const near = await refusal(() =>
      readDataset(file("a,species\n1,x\n2,y\n"), { label: "specis" }),
    );
    expect(near.hint).toContain("species");
    const packed = gzipSync(`a,label\n${"1,x\n2,y\n".repeat(5000)}`);
    const cut = await refusal(() => readDataset(file(packed.subarray(0, -30), "t.csv.gz")));
    expect(cut.message).toContain("ends in the middle");
  });
});
