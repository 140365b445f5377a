/** What a side of the view is predicted for, as the address holds it: `device=t4&b.precision=fp16`. */
import { UserError } from "../../../../src/base/errors.ts";
import { suggest } from "../../../../src/base/suggest.ts";
import {
  HOST_MODES,
  type HostMode,
  PRECISIONS,
  type Precision,
} from "../../../../src/gpu/types.ts";

export interface Settings {
  /** `zoo:resnet50`; undefined: the network that is open. */
  readonly network: string | undefined;
  readonly device: string;
  readonly precision: Precision;
  readonly batch: number;
  readonly host: HostMode;
}

export const FIELDS = ["network", "device", "precision", "batch", "host"] as const;
export type Field = (typeof FIELDS)[number];
type Query = Readonly<Record<string, string>>;

const DEFAULTS = { device: "rtx-2080-ti", precision: "fp32", batch: "1", host: "eager" } as const;

/** @throws UserError for a value that none of them has */
export function settingsOf(query: Query): Settings {
  return parsed((field) => (field === "network" ? undefined : query[field]));
}

/**
 * The other side: what it does not name is as on the first.
 *
 * @returns undefined where the address names nothing of another side
 */
export function otherSettings(query: Query): Settings | undefined {
  if (!FIELDS.some((field) => query[`b.${field}`] !== undefined)) return undefined;
  return parsed((field) => query[`b.${field}`] ?? (field === "network" ? undefined : query[field]));
}

function parsed(value: (field: Field) => string | undefined): Settings {
  const batch = value("batch") ?? DEFAULTS.batch;
  if (!/^[1-9]\d{0,6}$/.test(batch))
    throw new UserError(`batch '${batch}', expected a whole number of at least 1`, {
      hint: "write e.g. batch=32",
    });
  return {
    network: value("network"),
    device: value("device") ?? DEFAULTS.device,
    precision: oneOf("precision", value("precision") ?? DEFAULTS.precision, PRECISIONS),
    batch: Number(batch),
    host: oneOf("host", value("host") ?? DEFAULTS.host, HOST_MODES),
  };
}

function oneOf<T extends string>(what: string, value: string, known: readonly T[]): T {
  if ((known as readonly string[]).includes(value)) return value as T;
  const meant = suggest(value, known);
  throw new UserError(`${what} '${value}' is not known`, {
    hint: `${meant === undefined ? "" : `did you mean ${meant}? `}Known: ${known.join(", ")}`,
  });
}
