/** The app with a store's studies as files: any static host shows the same views, read-only. */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../base/errors.ts";
import { makeFolder } from "../runtime/folder.ts";
import {
  listDevices,
  openReader,
  resultOf,
  type StoreReader,
  type StudyRecord,
  trialAt,
} from "../study/index.ts";
import { encodePage } from "./api/columns.ts";
import { EXPORT_FILES, EXPORTED_NETWORKS } from "./api/export-files.ts";
import type { StudyList } from "./api/types.ts";
import { requireApp, WEB } from "./index.ts";
import { HEADERS } from "./security.ts";
import { detailOf, rowOf } from "./study-info.ts";
import { TrialNetworks } from "./trial-network.ts";

/** Marks a folder as ours, so that it may be written again. */
const MARK = "tidemark-export.json";

export interface ExportOptions {
  readonly store: string;
  readonly folder: string;
  /** Folder of the built app; the one beside this module by default. */
  readonly web?: string;
}

export interface Exported {
  readonly folder: string;
  readonly studies: number;
  /** What could not be taken along, one sentence each. */
  readonly gaps: readonly string[];
}

/** @throws UserError where the folder holds anything else, cannot be written, or there is no store */
export async function exportApp({ store, folder, web = WEB }: ExportOptions): Promise<Exported> {
  requireApp(web);
  const reader = openReader(store);
  try {
    const target = resolve(folder);
    prepare(target);
    const entries = [...readdirSync(web), "data", MARK];
    // First, so that an export that was cut short can be written again.
    write(target, MARK, JSON.stringify({ entries }));
    cpSync(web, target, { recursive: true });
    const gaps: string[] = [];
    const studies = reader.overviews();
    for (const { id } of studies) gaps.push(...(await writeStudy(target, reader, id)));
    const list: StudyList = {
      store: basename(store),
      writable: false,
      studies: studies.map(rowOf),
    };
    write(target, EXPORT_FILES.studies, JSON.stringify(list));
    write(target, EXPORT_FILES.devices, JSON.stringify(listDevices()));
    write(target, "index.html", exportedPage(readFileSync(join(web, "index.html"), "utf8")));
    return { folder: target, studies: studies.length, gaps };
  } finally {
    reader.close();
  }
}

async function writeStudy(
  target: string,
  reader: StoreReader,
  id: number,
): Promise<readonly string[]> {
  const study = reader.study(id);
  const trials = reader.trials(id);
  write(target, EXPORT_FILES.trials(id), encodePage({ first: 0, ...trials }));
  const detail = detailOf(study);
  const front = detail.networks ? resultOf(study, trials).front.slice(0, EXPORTED_NETWORKS) : [];
  const networks = await writeNetworks(
    target,
    study,
    front.map(({ trial }) => trialAt(trials, trial)),
  );
  const exported = { ...detail, exportedNetworks: networks.written };
  write(target, EXPORT_FILES.study(id), JSON.stringify(exported));
  return networks.gaps;
}

async function writeNetworks(
  target: string,
  study: StudyRecord,
  trials: readonly ReturnType<typeof trialAt>[],
): Promise<{ readonly written: readonly number[]; readonly gaps: readonly string[] }> {
  const networks = new TrialNetworks();
  const written: number[] = [];
  for (const { number, design } of trials)
    try {
      write(target, EXPORT_FILES.network(study.id, number), await networks.of(study, design));
      written.push(number);
    } catch (error) {
      // Its base or its table may be gone; the study is worth showing all the same.
      if (!(error instanceof UserError)) throw error;
      const gaps = [`study '${study.name}' has no networks here: ${error.message}`];
      return { written, gaps };
    }
  return { written, gaps: [] };
}

/** Empties the folder where it is an export of before; a folder of anything else is left alone. */
function prepare(target: string): void {
  const stat = statSync(target, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory())
    throw new UserError(`${target} is a file`, { hint: "name a folder", exitCode: 2 });
  if (stat !== undefined && readdirSync(target).length > 0) {
    if (!existsSync(join(target, MARK)))
      throw new UserError(`${target} is not empty, and no export of before`, {
        hint: "name a new folder, or empty this one",
        exitCode: 2,
      });
    const { entries } = JSON.parse(readFileSync(join(target, MARK), "utf8")) as {
      readonly entries: readonly string[];
    };
    // Names only: a mark that was tampered with leads nowhere else.
    for (const name of entries.map((entry) => basename(entry)))
      if (name !== "" && name !== "." && name !== "..")
        rmSync(join(target, name), { recursive: true, force: true });
  }
  makeFolder(target);
}

function write(target: string, name: string, data: string | Uint8Array): void {
  const path = join(target, name);
  makeFolder(dirname(path));
  writeFileSync(path, data);
}

/** What the server says in headers, as far as a page can say it of itself; and where its data are. */
function exportedPage(html: string): string {
  const policy = HEADERS["content-security-policy"]!.split("; ")
    .filter((rule) => !rule.startsWith("frame-ancestors"))
    .join("; ");
  const lines = [
    `<meta http-equiv="Content-Security-Policy" content="${policy}" />`,
    '<meta name="tidemark-source" content="files" />',
  ];
  return html.replace("<head>", `<head>\n    ${lines.join("\n    ")}`);
}
