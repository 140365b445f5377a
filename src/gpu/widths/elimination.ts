/**
 * The assignment that minimises a sum of tables, exactly: variables are eliminated one by one, each
 * replaced by a table of its best option for every combination of its neighbours (Dechter, "Bucket
 * elimination", Artificial Intelligence 113, 1999). Networks are nearly chains, so these stay small.
 */

/** A term of the sum: `values` in row-major order over the options of `variables`. */
export interface Term {
  readonly variables: readonly number[];
  readonly values: Float64Array;
}

export interface Plan {
  readonly sizes: readonly number[];
  /** Variables in the order in which they go, each with the variables that are left beside it. */
  readonly steps: readonly { readonly variable: number; readonly neighbours: readonly number[] }[];
  /** Variables that keep the option given to `eliminate`, so that tables stay within the limit. */
  readonly held: readonly number[];
}

/** Entries of the largest table that an elimination may make. */
export const MOST_ENTRIES = 300_000;

/**
 * An order of elimination, always the variable with the smallest table next.
 *
 * @param sizes number of options of each variable
 * @param scopes variables of each term
 * @param limit where the smallest table has more entries, the variable with the most neighbours is held
 */
export function planElimination(
  sizes: readonly number[],
  scopes: readonly (readonly number[])[],
  limit = MOST_ENTRIES,
): Plan {
  const neighbours = sizes.map(() => new Set<number>());
  for (const scope of scopes)
    for (const v of scope) for (const w of scope) if (v !== w) neighbours[v]!.add(w);
  const left = new Set(sizes.keys());
  const steps: { variable: number; neighbours: readonly number[] }[] = [];
  const held: number[] = [];
  const entries = (v: number) => [...neighbours[v]!].reduce((n, w) => n * sizes[w]!, sizes[v]!);
  const drop = (v: number) => {
    for (const w of neighbours[v]!) neighbours[w]!.delete(v);
    left.delete(v);
  };
  while (left.size > 0) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const v of left) {
      const n = entries(v);
      if (n < least) {
        best = v;
        least = n;
      }
    }
    if (least > limit) {
      const widest = [...left].reduce((a, b) =>
        neighbours[b]!.size > neighbours[a]!.size ? b : a,
      );
      held.push(widest);
      drop(widest);
      continue;
    }
    const around = [...neighbours[best]!].sort((a, b) => a - b);
    for (const v of around) for (const w of around) if (v !== w) neighbours[v]!.add(w);
    drop(best);
    steps.push({ variable: best, neighbours: around });
  }
  // What is held later is a constant in every table, those of earlier steps too.
  const without = steps.map(({ variable, neighbours: around }) => ({
    variable,
    neighbours: around.filter((v) => !held.includes(v)),
  }));
  return { sizes, steps: without, held };
}

/** What is left when all variables are gone: the terms that each met when its turn came, and the sum. */
interface Sweep {
  readonly buckets: readonly (readonly Term[])[];
  readonly best: readonly { readonly step: Plan["steps"][number]; readonly choice: Uint16Array }[];
  readonly sum: number;
}

/**
 * @param start options of the held variables (those of others are not looked at)
 * @returns the best option of every variable and the sum there
 */
export function eliminate(
  plan: Plan,
  terms: readonly Term[],
  start: readonly number[],
): { readonly assignment: number[]; readonly sum: number } {
  const { best, sum } = sweep(plan, terms, start);
  const assignment = [...start];
  for (const { step, choice } of best.toReversed()) {
    let at = 0;
    for (const v of step.neighbours) at = at * plan.sizes[v]! + assignment[v]!;
    assignment[step.variable] = choice[at]!;
  }
  return { assignment, sum };
}

/**
 * Goes through assignments whose sum is below a limit, those of the best continuation first. The
 * tables of the elimination give the least sum of every partial assignment exactly, so that none is
 * begun in vain.
 *
 * @param visit is given each of them and says the limit from there on
 * @returns whether it went through all of them before `mostSteps` options had been set
 */
export function below(
  plan: Plan,
  terms: readonly Term[],
  start: readonly number[],
  limit: number,
  visit: (assignment: readonly number[]) => number,
  mostSteps: number,
): boolean {
  const { buckets, sum } = sweep(plan, terms, start);
  const order = plan.steps.map((s) => s.variable).toReversed();
  const assignment = [...start];
  let most = limit;
  let steps = 0;
  const descend = (depth: number, least: number): boolean => {
    const variable = order[depth];
    if (variable === undefined) {
      most = Math.min(most, visit(assignment));
      return true;
    }
    const sums = Array.from({ length: plan.sizes[variable]! }, (_, option) => {
      assignment[variable] = option;
      return {
        option,
        sum: buckets[variable]!.reduce((n, t) => n + valueAt(t, assignment, plan.sizes), 0),
      };
    });
    sums.sort((a, b) => a.sum - b.sum || a.option - b.option);
    for (const { option, sum: own } of sums) {
      const reached = least + own - sums[0]!.sum;
      if (reached >= most) break;
      if (++steps > mostSteps) return false;
      assignment[variable] = option;
      if (!descend(depth + 1, reached)) return false;
    }
    return true;
  };
  return descend(0, sum);
}

function valueAt(
  { variables, values }: Term,
  assignment: readonly number[],
  sizes: readonly number[],
) {
  let at = 0;
  for (const v of variables) at = at * sizes[v]! + assignment[v]!;
  return values[at]!;
}

function sweep(plan: Plan, terms: readonly Term[], start: readonly number[]): Sweep {
  const { sizes } = plan;
  const held = new Set(plan.held);
  const buckets: Term[][] = sizes.map(() => []);
  const place = new Map(plan.steps.map((s, i) => [s.variable, i]));
  let constant = 0;
  const put = (term: Term): void => {
    const first = term.variables.reduce(
      (a, v) => (a < 0 || place.get(v)! < place.get(a)! ? v : a),
      -1,
    );
    if (first < 0) constant += term.values[0]!;
    else buckets[first]!.push(term);
  };
  for (const term of terms) put(restricted(term, held, start, sizes));
  const best: { step: Plan["steps"][number]; choice: Uint16Array }[] = [];
  for (const step of plan.steps) {
    const { variable, neighbours } = step;
    const options = sizes[variable]!;
    const shape = neighbours.map((v) => sizes[v]!);
    const length = shape.reduce((n, s) => n * s, 1);
    const values = new Float64Array(length);
    const choice = new Uint16Array(length);
    // Strides of each term along the step's own counter and along the eliminated variable.
    const inner = buckets[variable]!.map((term) => ({
      values: term.values,
      own: strideOf(term, variable, sizes),
      strides: neighbours.map((v) => strideOf(term, v, sizes)),
      at: 0,
    }));
    const counter = shape.map(() => 0);
    for (let i = 0; i < length; i++) {
      let least = Number.POSITIVE_INFINITY;
      let which = 0;
      for (let o = 0; o < options; o++) {
        let sum = 0;
        for (const t of inner) sum += t.values[t.at + o * t.own]!;
        if (sum < least) {
          least = sum;
          which = o;
        }
      }
      values[i] = least;
      choice[i] = which;
      for (let d = shape.length - 1; d >= 0; d--) {
        counter[d]!++;
        for (const t of inner) t.at += t.strides[d]!;
        if (counter[d]! < shape[d]!) break;
        for (const t of inner) t.at -= t.strides[d]! * shape[d]!;
        counter[d] = 0;
      }
    }
    best.push({ step, choice });
    put({ variables: neighbours, values });
  }
  return { buckets, best, sum: constant };
}

function strideOf(term: Term, variable: number, sizes: readonly number[]): number {
  const at = term.variables.indexOf(variable);
  if (at < 0) return 0;
  let stride = 1;
  for (let i = at + 1; i < term.variables.length; i++) stride *= sizes[term.variables[i]!]!;
  return stride;
}

/** The term with held variables at their options. */
function restricted(
  term: Term,
  held: ReadonlySet<number>,
  start: readonly number[],
  sizes: readonly number[],
): Term {
  if (!term.variables.some((v) => held.has(v))) return term;
  const variables = term.variables.filter((v) => !held.has(v));
  const shape = variables.map((v) => sizes[v]!);
  const strides = variables.map((v) => strideOf(term, v, sizes));
  let base = 0;
  for (const v of term.variables) if (held.has(v)) base += start[v]! * strideOf(term, v, sizes);
  const values = new Float64Array(shape.reduce((n, s) => n * s, 1));
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    let at = base;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += (rest % shape[d]!) * strides[d]!;
      rest = Math.floor(rest / shape[d]!);
    }
    values[i] = term.values[at]!;
  }
  return { variables, values };
}
