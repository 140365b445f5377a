/** What both ends of the store read. */
import { UserError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { suggest } from "../../base/suggest.ts";
import { concatBlocks, EMPTY_BLOCK, sliceBlock, type TrialBlock } from "../block.ts";
import type { Constraint, Objective, StudyState, StudySummary } from "../types.ts";
import { decodeBlock } from "./codec.ts";
import { liveness, type Owner } from "./owner.ts";
import { type Connection, hasNotes } from "./schema.ts";

/** What a study was, as it was run: enough to show it without its data or its modules. */
export interface StudyMeta {
  readonly objectives: readonly Objective[];
  readonly constraints: readonly Constraint[];
  readonly notes: readonly string[];
  /** Designs in the space; null where it is not finite. */
  readonly size: number | null;
  /** Files that the designs or their values come from; absent in stores of older versions. */
  readonly inputs?: readonly { readonly path: string; readonly sha256: string }[];
}

export interface StudyRecord extends StudySummary, StudyMeta {
  readonly failed: number;
  /** The algorithm's state after the first `trials` trials; null before it was stored. */
  readonly search: { readonly state: Json; readonly trials: number } | null;
  /** The process that runs the study, or died running it. */
  readonly owner: Owner | null;
  /** Markdown of the user's; "" for none. */
  readonly note: string;
}

/** What a list of studies shows of each. */
export interface StudyOverview extends StudySummary, StudyMeta {
  readonly failed: number;
  readonly note: string;
}

/** What changes while a study runs, or when someone annotates it. */
export interface StudyPulse {
  readonly id: number;
  readonly name: string;
  readonly state: StudyState;
  readonly trials: number;
  readonly note: string;
}

const SUMMARY = "id, name, created_at, state, spec, trials, owner";

export function readSummaries(db: Connection): StudySummary[] {
  const rows = db.prepare(`SELECT ${SUMMARY} FROM study ORDER BY id`).all();
  return (rows as Record<string, unknown>[]).map(summaryOf);
}

/** Without the algorithms' states, which may be large. */
export function readOverviews(db: Connection): StudyOverview[] {
  const rows = db
    .prepare(`SELECT ${SUMMARY}, meta, failed, ${noteOf(db)} FROM study ORDER BY id`)
    .all();
  return (rows as Record<string, unknown>[]).map((row) => ({
    ...summaryOf(row),
    ...(JSON.parse(String(row.meta)) as StudyMeta),
    failed: Number(row.failed),
    note: String(row.note),
  }));
}

export function readPulses(db: Connection): StudyPulse[] {
  const rows = db
    .prepare(`SELECT id, name, state, trials, owner, ${noteOf(db)} FROM study ORDER BY id`)
    .all();
  return (rows as Record<string, unknown>[]).map((row) => ({
    id: Number(row.id),
    name: String(row.name),
    state: stateOf(row),
    trials: Number(row.trials),
    note: String(row.note),
  }));
}

const noteOf = (db: Connection) => (hasNotes(db) ? "note" : "'' AS note");

function summaryOf(row: Record<string, unknown>): StudySummary {
  return {
    id: Number(row.id),
    name: String(row.name),
    state: stateOf(row),
    trials: Number(row.trials),
    createdAt: String(row.created_at),
    spec: JSON.parse(String(row.spec)) as Json,
  };
}

/** A process that was killed could not say so: what it ran is interrupted, not running. */
function stateOf({ state, owner }: Record<string, unknown>): StudyState {
  const died =
    state === "running" &&
    typeof owner === "string" &&
    liveness(JSON.parse(owner) as Owner) === "dead";
  return died ? "interrupted" : (state as StudyState);
}

/**
 * The study with this id (a number), or this name, id, or unique beginning of a name (text, in
 * this order).
 *
 * @throws UserError where none or several match
 */
export function findStudy(db: Connection, reference: string | number): StudyRecord {
  const names = db.prepare("SELECT id, name FROM study ORDER BY id").all() as {
    id: number;
    name: string;
  }[];
  const wanted = String(reference);
  const isId = typeof reference === "number";
  const exact =
    (isId ? undefined : names.find((s) => s.name === wanted)) ??
    names.find((s) => String(s.id) === wanted);
  const prefixed = exact ? [exact] : names.filter((s) => !isId && s.name.startsWith(wanted));
  const [found] = prefixed;
  if (!found) {
    const near = suggest(
      wanted,
      names.map((s) => s.name),
    );
    throw new UserError(`no study '${wanted}' in the store`, {
      hint: near ? `did you mean '${near}'?` : "`tidemark studies` lists them",
      exitCode: 2,
    });
  }
  if (prefixed.length > 1) {
    const some = prefixed.slice(0, 5).map((s) => `'${s.name}' (${s.id})`);
    throw new UserError(`'${wanted}' begins the names of ${prefixed.length} studies`, {
      hint: `name one of ${some.join(", ")}`,
      exitCode: 2,
    });
  }
  return recordOf(db.prepare("SELECT * FROM study WHERE id = ?").get(found.id));
}

function recordOf(row: unknown): StudyRecord {
  const r = row as Record<string, unknown>;
  const parse = (text: unknown): unknown => (typeof text === "string" ? JSON.parse(text) : null);
  return {
    ...summaryOf(r),
    ...(parse(r.meta) as StudyMeta),
    failed: Number(r.failed),
    search:
      r.search === null ? null : { state: parse(r.search) as Json, trials: Number(r.search_at) },
    owner: parse(r.owner) as Owner | null,
    note: typeof r.note === "string" ? r.note : "",
  };
}

/** All trials of a study. @throws UserError where some are missing */
export function readBlock(db: Connection, study: number): TrialBlock {
  return readTrials(db, study, 0);
}

/**
 * Trials `from` to `to` (exclusive) of a study, as far as there are any; only the blocks that hold
 * them are read.
 *
 * @throws UserError where some are missing
 */
export function readTrials(
  db: Connection,
  study: number,
  from: number,
  to = Number.MAX_SAFE_INTEGER,
): TrialBlock {
  const statement = db.prepare(
    "SELECT first, data FROM block WHERE study = ? AND first + count > ? AND first < ? ORDER BY first",
  );
  statement.raw();
  const blocks: TrialBlock[] = [];
  let next: number | undefined;
  let start = 0;
  for (const row of statement.iterate(study, from, to)) {
    const [first, data] = row as [number, Buffer];
    const block = decodeBlock(data);
    // The first block read must hold the trial asked for.
    const expected = next ?? Math.min(first, from);
    if (first !== expected)
      throw new UserError(
        `the store is damaged: study ${study} lacks trials ${expected} to ${first - 1}`,
        {
          hint: "restore it from a copy",
        },
      );
    if (next === undefined) start = first;
    next = first + block.count;
    blocks.push(block);
  }
  if (blocks.length === 0) return EMPTY_BLOCK;
  return sliceBlock(concatBlocks(blocks), from - start, to - start);
}
