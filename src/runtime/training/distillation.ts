/** What a classifier learns from a teacher (Hinton, Vinyals and Dean 2015). */
import { int } from "../../graph/attribute.ts";
import type { Teacher } from "./form.ts";
import type { Formula } from "./formula.ts";

/**
 * weight T^2 mean over the batch of KL(p || q), with p = softmax(teacher / T) and
 * q = softmax(logits / T).
 *
 * @param logits float32 [batch, classes]
 * @param teacher its logits are taken as they are: whoever differentiates stops them
 * @returns name of the value, float32 []
 */
export function distillation(v: Formula, logits: string, teacher: Teacher): string {
  v.scoped("distillation");
  const { temperature, weight } = teacher;
  const softened = (x: string) => v.apply("LogSoftmax", [v.div(x, temperature)], { axis: int(-1) });
  const p = softened(teacher.logits);
  const q = softened(logits);
  const divergence = v.sum(v.mul(v.apply("Exp", [p]), v.sub(p, q)), 1);
  const mean = v.apply("ReduceMean", [divergence], { keepdims: int(0) });
  return v.mul(mean, weight * temperature ** 2);
}
