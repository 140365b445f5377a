/** Every verb of the command, in the order that help shows them. */
import type { Command } from "commander";
import { calibrate } from "./calibrate.ts";
import { compare } from "./compare.ts";
import { data } from "./data.ts";
import { devices } from "./devices.ts";
import { dynamic } from "./dynamic/index.ts";
import { explore } from "./explore.ts";
import { exportVerb } from "./export.ts";
import { front } from "./front.ts";
import { importProfile } from "./import-profile.ts";
import { measure } from "./measure.ts";
import { profile } from "./profile.ts";
import { report } from "./report.ts";
import { resume } from "./resume.ts";
import { retune } from "./retune.ts";
import { run } from "./run.ts";
import { schema } from "./schema.ts";
import { show } from "./show.ts";
import { spaces } from "./spaces.ts";
import { studies } from "./studies.ts";
import { train } from "./train.ts";
import { validate } from "./validate.ts";
import { widths } from "./widths.ts";

export const verbs: readonly (() => Command)[] = [
  explore,
  resume,
  show,
  profile,
  widths,
  retune,
  compare,
  run,
  importProfile,
  data,
  train,
  dynamic,
  devices,
  measure,
  validate,
  calibrate,
  spaces,
  studies,
  front,
  exportVerb,
  report,
  schema,
];
