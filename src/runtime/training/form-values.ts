/** The values of a form's graph that loss and report read. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { ValueType } from "../../graph/types.ts";
import { classCount } from "./classifier.ts";
import type { WholeForm } from "./whole-form.ts";

/** Each once. */
export function formValues({ classifiers, penalties, report }: WholeForm): readonly string[] {
  const logits = classifiers.flatMap(({ logits, teacher }) =>
    teacher === undefined ? [logits] : [logits, teacher.logits],
  );
  return [...new Set([...logits, ...penalties, ...Object.values(report)])];
}

/**
 * @returns the number of classes
 * @throws UserError for a name that is no value of the graph, a classifier or teacher that does not
 *   give the same row of logits for each sample as the others, and a penalty that is no number
 */
export function checkValues(
  form: WholeForm,
  types: ReadonlyMap<string, ValueType>,
  batch: number,
): number {
  const { graph, classifiers, penalties, stop, report } = form;
  const typeOf = (what: string, name: string): ValueType => {
    const type = types.get(name);
    if (type !== undefined) return type;
    const weight = graph.initializers.get(name);
    if (weight !== undefined) return { dtype: weight.dtype, shape: weight.dims };
    const meant = suggest(name, types.keys());
    throw new UserError(`${graph.name}: ${what} ${name} is no value of the graph`, {
      hint: meant === undefined ? "name a value of the form's graph" : `did you mean ${meant}?`,
    });
  };
  const classesOf = (what: string, name: string) =>
    classCount(graph, typeOf(what, name), name, batch);
  const [first, ...others] = classifiers.flatMap(({ logits, teacher }) => [
    { logits, classes: classesOf("classifier", logits) },
    ...(teacher === undefined
      ? []
      : [{ logits: teacher.logits, classes: classesOf("teacher", teacher.logits) }]),
  ]);
  for (const { logits, classes } of others)
    if (classes !== first!.classes)
      throw new UserError(
        `${graph.name}: ${logits} tells ${classes} classes apart, ${first!.logits} ${first!.classes}`,
        { hint: "give all classifiers and teachers the classes of the data" },
      );
  for (const name of stop) typeOf("stop", name);
  const numbers = [
    ...penalties.map((name) => ["penalty", name] as const),
    ...Object.entries(report).map(([key, name]) => [`report ${key}:`, name] as const),
  ];
  for (const [what, name] of numbers) {
    const { dtype, shape } = typeOf(what, name);
    if (dtype !== "float32" || shape?.length !== 0)
      throw new UserError(
        `${graph.name}: ${what} ${name} is ${dtype} [${shape?.join(", ") ?? "?"}], expected float32 []`,
        { hint: "reduce it to a number, e.g. by ReduceMean without keepdims" },
      );
  }
  return first!.classes;
}
