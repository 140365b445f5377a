/** What limits a set of kernels, and what would help. */
import type { Device } from "../../../../src/gpu/device.ts";
import type { Kernel, Prediction } from "../../../../src/gpu/types.ts";
import { advise } from "../../../../src/report/advice.ts";
import { AdviceItems } from "../../components/advice-items.tsx";

interface Props {
  readonly prediction: Prediction;
  readonly device: Device;
  /** Undefined: the network's, its host included. */
  readonly kernels?: readonly Kernel[];
}

export function AdviceList({ prediction, device, kernels }: Props) {
  const list = advise(kernels === undefined ? prediction : part(prediction, kernels), device);
  if (list.length === 0) return <p class="muted">Nothing stands out.</p>;
  return <AdviceItems list={list} />;
}

/** Some of the network's kernels as if they were all of it; the host belongs to the whole. */
function part(prediction: Prediction, kernels: readonly Kernel[]): Prediction {
  const gpuMs = kernels.reduce((sum, k) => sum + k.timeUs, 0) / 1e3;
  return { ...prediction, kernels, gpuMs, latencyMs: gpuMs, hostMs: 0 };
}
