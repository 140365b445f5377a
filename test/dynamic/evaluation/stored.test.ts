import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeStored, encodeStored } from "../../../src/dynamic/evaluation/stored.ts";

describe("stored arrays", () => {
  it("come back as they were, with what they are of", () => {
    const array = fc.oneof(fc.uint8Array(), fc.int32Array(), fc.float32Array({ noNaN: true }));
    fc.assert(
      fc.property(
        fc.string(),
        fc.dictionary(fc.stringMatching(/^[a-z]+$/), array),
        (of, arrays) => {
          const { about, arrays: found } = decodeStored(
            encodeStored({ about: { of }, arrays }),
            "x",
          );
          expect(about).toEqual({ of });
          expect(found).toEqual({ ...arrays });
        },
      ),
    );
  });

  it("says so where a file is cut short, or another", () => {
    const bytes = encodeStored({ about: {}, arrays: { a: Float32Array.of(1, 2, 3) } });
    expect(() => decodeStored(bytes.subarray(0, -4), "a.bin")).toThrow("a.bin: its array a is cut");
    expect(() => decodeStored(new Uint8Array(40), "a.bin")).toThrow("does not hold stored arrays");
  });
});
