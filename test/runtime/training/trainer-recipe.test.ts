import { describe, expect, it } from "vitest";
import { recipe, sized, trainingOptions } from "../../../src/runtime/training/trainer-recipe.ts";

describe("recipe", () => {
  it("takes a tenth of few samples for a batch, where none is given", () => {
    const batch = (samples: number, given?: number) =>
      sized(recipe({ epochs: 1, batch: given }), samples).batch;
    expect([5, 19, 30, 120, 1279, 1280, 60_000].map((n) => batch(n))).toEqual([
      2, 2, 3, 12, 127, 128, 128,
    ]);
    expect([5, 60_000].map((n) => batch(n, 64))).toEqual([64, 64]);
  });

  it("counts the schedule in steps and gives each optimiser its usual settings", () => {
    expect(trainingOptions(sized(recipe({ epochs: 3 }), 2000), 10)).toEqual({
      batch: 128,
      optimizer: { name: "sgd", momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
      schedule: { name: "one-cycle", learningRate: 0.1, steps: 30 },
      labels: "indices",
      labelSmoothing: 0,
    });
    const adam = recipe({
      epochs: 4,
      optimizer: "adamw",
      schedule: "cosine",
      warmup: 0.5,
      augment: { mixup: 0.2 },
      emaDecay: 0.99,
      clipNorm: 1,
    });
    expect(trainingOptions(sized(adam, 2000), 10)).toMatchObject({
      optimizer: { name: "adamw" },
      schedule: { name: "cosine", learningRate: 1e-3, steps: 40, warmup: 5 },
      labels: "soft",
      emaDecay: 0.99,
      clipNorm: 1,
    });
    const still = recipe({ epochs: 1, momentum: 0, schedule: "constant", learningRate: 2 });
    expect(trainingOptions(sized(still, 2000), 5)).toMatchObject({
      optimizer: { momentum: 0, nesterov: false },
      schedule: { name: "constant", learningRate: 2 },
    });
  });

  it("refuses what would have no effect", () => {
    expect(() => recipe({ epochs: 3, warmup: 1 })).toThrow(/warmup = 1 has no effect: one-cycle/);
    expect(() => recipe({ epochs: 3, warmup: 1, schedule: "constant" })).toThrow(/no effect/);
    expect(() => recipe({ epochs: 3, warmup: 3, schedule: "cosine" })).toThrow(
      /warmup = 3: the training ends after 3 epochs/,
    );
    expect(() => recipe({ epochs: 1, optimizer: "adamw", momentum: 0.8 })).toThrow(
      /momentum = 0.8 has no effect/,
    );
    const given = { epochs: 3, warmup: 2, schedule: "cosine", momentum: 0.8 } as const;
    expect(recipe(recipe(given))).toMatchObject(given);
    expect(recipe(recipe({ epochs: 1, optimizer: "adamw" })).optimizer).toBe("adamw");
  });

  it("names what is out of range", () => {
    expect(() => recipe({ epochs: 0 })).toThrow(/epochs = 0: /);
    expect(() => recipe({ epochs: 1, labelSmoothing: 1 })).toThrow(/labelSmoothing = 1: /);
    expect(() => recipe({ epochs: 1, optimizer: "adam" as "sgd" })).toThrow(/optimizer = "adam": /);
    expect(() => recipe({ epochs: 1, rate: 3 } as never)).toThrow(/rate/);
  });
});
