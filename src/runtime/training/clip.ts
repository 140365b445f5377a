/** The gradient's norm, and clipping to a largest one, as PyTorch's `clip_grad_norm_` does. */
import type { Formula } from "./formula.ts";

/** PyTorch's: keeps the factor finite where the gradient is zero. */
const EPSILON = 1e-6;

/** @returns name of the Euclidean norm of a flat vector, float32 [] */
export function norm(v: Formula, gradient: string): string {
  v.scoped("gradient_norm");
  return v.sqrt(v.sum(v.mul(gradient, gradient)));
}

/** The gradient times min(1, largest / (norm + epsilon)). */
export function clipByNorm(v: Formula, gradient: string, norm: string, largest: number): string {
  v.scoped("clip");
  return v.mul(gradient, v.min(v.div(largest, v.add(norm, EPSILON)), 1));
}
