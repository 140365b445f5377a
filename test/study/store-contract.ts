/** What every store must keep: written, read back, found, refused, and in step with its writer. */
import { describe, expect, it } from "vitest";
import { blockOf, type TrialRow } from "../../src/study/block.ts";
import { encodeBlock } from "../../src/study/store/codec.ts";
import type { NewStudy, StoreReader, StoreWriter } from "../../src/study/store/index.ts";
import { userError } from "./helpers.ts";

export interface StoreMaker {
  /** The writing end of a new, empty store, and how to open its reading ends. */
  make(): { writer: StoreWriter; reader: () => StoreReader };
}

const study = (name: string): NewStudy => ({
  name,
  spec: { seed: 7, text: "ü" },
  meta: {
    objectives: [{ name: "loss", unit: "", goal: "minimize", stage: 0 }],
    constraints: [],
    notes: ["a note"],
    size: null,
  },
});

export const trial = (i: number): TrialRow =>
  i % 7 === 3
    ? { state: "failed", design: { x: i }, values: {}, error: `reason ${i}` }
    : { state: "complete", design: { x: i, op: `op${i % 5}` }, values: { loss: i / 3 } };

const batch = (first: number, count: number) =>
  blockOf(Array.from({ length: count }, (_, i) => trial(first + i)));

export function storeContract(name: string, maker: StoreMaker): void {
  const make = () => maker.make();
  describe(`store contract: ${name}`, () => {
    it("keeps a study as it was created", () => {
      const { writer, reader } = make();
      writer.create(study("first"));
      const view = reader();
      const [summary] = view.studies();
      expect(summary).toMatchObject({ id: 1, name: "first", state: "running", trials: 0 });
      expect(Date.parse(summary!.createdAt)).toBeGreaterThan(Date.parse("2020-01-01"));
      expect(view.study("first")).toMatchObject({ ...study("first").meta, spec: { text: "ü" } });
      expect(view.trials(1).count).toBe(0);
      view.close();
      writer.close();
    });

    it.each([
      [1, 150],
      [3, 100],
      [64, 70],
      [5000, 3],
      [700, 20],
    ])("gives back batches of %i trials, %i times, in order", (size, times) => {
      const { writer, reader } = make();
      const owned = writer.create(study("batches"));
      for (let b = 0; b < times; b++) owned.append(batch(b * size, size), { told: b });
      const view = reader();
      const all = batch(0, size * times);
      expect(encodeBlock(view.trials(owned.id))).toEqual(encodeBlock(all));
      const { trials, failed, search } = view.study(owned.id);
      expect({ trials, failed }).toEqual({ trials: all.count, failed: all.errors.size });
      expect(search).toEqual({ state: { told: times - 1 }, trials: all.count });
      view.close();
      writer.close();
    });

    it("keeps the last state that was given, and at which trial", () => {
      const { writer } = make();
      const owned = writer.create(study("states"));
      owned.append(batch(0, 5), { a: 1 });
      owned.append(batch(5, 5));
      expect(writer.study(owned.id)).toMatchObject({
        trials: 10,
        search: { state: { a: 1 }, trials: 5 },
      });
      writer.close();
    });

    it("shows a reader each batch as soon as it is stored", () => {
      const { writer, reader } = make();
      const owned = writer.create(study("live"));
      const view = reader();
      for (let b = 0; b < 10; b++) {
        owned.append(batch(b * 10, 10));
        expect(view.trials(owned.id).count).toBe(10 * (b + 1));
        expect(view.study("live").trials).toBe(10 * (b + 1));
      }
      view.close();
      writer.close();
    });

    it("finds a study by id, by name, and by the beginning of its name", async () => {
      const { writer, reader } = make();
      for (const name of ["alpha", "alphabet", "beta", "2"]) writer.create(study(name));
      const view = reader();
      expect(view.study(3).name).toBe("beta");
      expect(view.study("3").name).toBe("beta");
      expect(view.study("b").name).toBe("beta");
      expect(view.study("alpha").name).toBe("alpha");
      expect(view.study("2").id).toBe(4);
      expect(view.study(2).name).toBe("alphabet");
      expect(await userError(() => view.study(9))).toMatch(/no study '9'/);
      expect(await userError(() => view.study("alp"))).toMatch(/'alp'.*2 studies\n.*alphabet/s);
      expect(await userError(() => view.study("betta"))).toMatch(/no study 'betta'.*'beta'/s);
      view.close();
      writer.close();
    });

    it("gives a taken name a number", () => {
      const { writer } = make();
      expect(["a", "a", "a"].map((name) => writer.create(study(name)).name)).toEqual([
        "a",
        "a-2",
        "a-3",
      ]);
      writer.close();
    });

    it("keeps studies apart, and deletes one without the others", async () => {
      const { writer, reader } = make();
      const a = writer.create(study("a"));
      const b = writer.create(study("b"));
      a.append(batch(0, 10));
      b.append(batch(100, 20));
      a.release("finished");
      b.release("interrupted");
      writer.remove(a.id);
      const view = reader();
      expect(view.studies()).toMatchObject([{ name: "b", state: "interrupted", trials: 20 }]);
      expect(view.trials(a.id).count).toBe(0);
      expect(encodeBlock(view.trials(b.id))).toEqual(encodeBlock(batch(100, 20)));
      view.close();
      writer.close();
    });

    it("lets one process at a time own a study", async () => {
      const { writer } = make();
      const owned = writer.create(study("mine"));
      expect(await userError(() => writer.claim(owned.id))).toMatch(
        new RegExp(`'mine' is being run by process ${process.pid}`),
      );
      expect(await userError(() => writer.remove(owned.id))).toMatch(/being run by process/);
      owned.release("interrupted");
      const again = writer.claim(owned.id);
      again.append(batch(0, 3));
      // The handle from before must not add to what is now someone else's.
      expect(await userError(() => owned.append(batch(3, 3)))).toMatch(/taken over/);
      expect(writer.study(owned.id).trials).toBe(3);
      writer.close();
    });
  });
}
