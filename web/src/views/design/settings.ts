/** What costs are predicted for, as the address has it: `device=v100-pcie&precision=fp16&batch=8`. */
import { computed } from "@preact/signals";
import type { Device } from "../../../../src/gpu/device.ts";
import {
  HOST_MODES,
  type HostMode,
  PRECISIONS,
  type Precision,
} from "../../../../src/gpu/types.ts";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { parseExpansion } from "../../graph-view/expansion.ts";
import { route } from "../../router.ts";
import { devices } from "../../state/devices.ts";
import { costById } from "./costs.ts";
import type { Sizes } from "./protocol.ts";

export const DEFAULT_DEVICE = "rtx-2080-ti";

const query = (name: string) => computed(() => route.value.query[name]);

const deviceId = query("device");
const precisionText = query("precision");
const hostText = query("host");
const batchText = query("batch");
const dimsText = query("dims");
const openText = query("open");
const costText = query("cost");

/** Undefined until the list of devices is there, and where it has none of that id. */
export const device = computed<Device | undefined>(() => {
  const wanted = deviceId.value ?? DEFAULT_DEVICE;
  const all = devices.value;
  const named = all.find(({ id, aliases }) => id === wanted || aliases.includes(wanted));
  return named ?? (deviceId.value === undefined ? all[0] : undefined);
});
export const precision = computed<Precision>(
  () => PRECISIONS.find((p) => p === precisionText.value) ?? "fp32",
);
export const host = computed<HostMode>(
  () => HOST_MODES.find((mode) => mode === hostText.value) ?? "eager",
);
export const sizes = computed<Sizes>(() => ({
  batch: whole(batchText.value),
  bind: parseDims(dimsText.value),
}));
/** What the address has that is not known, and what is shown instead; undefined: nothing. */
export const unread = computed<ApiError | undefined>(() => {
  const wrong = [
    oneOf("precision", precisionText.value, PRECISIONS),
    oneOf("host", hostText.value, HOST_MODES),
    batchText.value !== undefined && whole(batchText.value) === undefined
      ? `batch '${batchText.value}', expected a whole number of at least 1`
      : undefined,
  ].filter((each) => each !== undefined);
  if (wrong.length === 0) return undefined;
  return { message: wrong.join("; "), hint: "what is shown is for the choices above" };
});
export const expansion = computed(() => parseExpansion(openText.value));
export const cost = computed(() => costById(costText.value));
export const pickText = query("pick");

function oneOf(what: string, text: string | undefined, known: readonly string[]) {
  if (text === undefined || known.includes(text)) return undefined;
  return `${what} '${text}' is not known: it is one of ${known.join(", ")}`;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** `height:224,width:224` */
export function parseDims(text: string | undefined): Record<string, number> {
  const out: Record<string, number> = {};
  for (const part of (text ?? "").split(",")) {
    const at = part.lastIndexOf(":");
    const size = whole(part.slice(at + 1));
    if (at > 0 && size !== undefined) out[part.slice(0, at)] = size;
  }
  return out;
}

export function dimsOf(bind: Readonly<Record<string, number>>): string | undefined {
  const text = Object.entries(bind)
    .map(([name, size]) => `${name}:${size}`)
    .join(",");
  return text === "" ? undefined : text;
}
