import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { MORPHISMS } from "../../../src/zoo/morphisms/index.ts";
import { formatSteps, parseSteps, type Step } from "../../../src/zoo/morphisms/steps.ts";

const step: fc.Arbitrary<Step> = fc.constantFrom(...MORPHISMS).chain((morphism) =>
  fc.record({
    morphism: fc.constant(morphism.name),
    place: fc.string({ unit: "grapheme", minLength: 1 }),
    values: fc.record(
      Object.fromEntries(
        Object.entries(morphism.parameters).map(([name, { choices }]) => [
          name,
          fc.constantFrom(...choices),
        ]),
      ),
    ),
  }),
);

test("reads what it writes, whatever the nodes are called", () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const text = formatSteps(steps);
      expect(parseSteps(text)).toEqual(steps.map((s) => ({ ...s, values: { ...s.values } })));
      expect(text).not.toMatch(/\n/);
    }),
  );
});

test("reads as a sentence", () => {
  expect(
    formatSteps([
      { morphism: "widen", place: "layer1.0.conv1", values: { factor: 1.5 } },
      { morphism: "add-skip", place: "relu>layer2.0.conv1", values: {} },
    ]),
  ).toBe("widen layer1.0.conv1 factor=1.5; add-skip relu>layer2.0.conv1");
  expect(parseSteps(" ; ")).toEqual([]);
});

test.each([
  ["widn conv1 factor=2", /no morphism is named 'widn'/, /did you mean 'widen'/],
  ["widen", /does not say where/, /widen NODE factor=1.25/],
  ["widen conv1", /does not say factor/, /one of 1.25, 1.5, 2/],
  ["widen conv1 factor=3", /factor=3 is not allowed/, /one of 1.25, 1.5, 2/],
  ["widen conv1 factor=", /factor= is not allowed/, /one of/],
  ["remove-skip sum depth=2", /depth=2 is not allowed/, /takes no settings/],
  ["remove-skip a%zz", /no name with escapes/, /%25/],
])("refuses '%s'", (text, message, hint) => {
  const refused = () => parseSteps(text);
  expect(refused).toThrow(UserError);
  expect(refused).toThrow(message);
  try {
    refused();
  } catch (error) {
    expect((error as UserError).hint).toMatch(hint);
  }
});
