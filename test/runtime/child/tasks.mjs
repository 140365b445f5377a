// Tasks that behave well or badly, in a child process of the pool.

export const double = (x) => 2 * x;

export const pid = () => process.pid;

export const tensors = (t) => ({ data: t.data.map((x) => x + 1), big: t.big + 1n, none: t.none });

export function crash(how) {
  console.error("last words");
  if (how === "abort") process.abort();
  if (how === "exit") process.exit(3);
  process.kill(process.pid, how);
  for (;;);
}

/** As a native call that never returns: no event is heard. */
export function hang() {
  for (;;);
}

export const fail = async () => {
  const { UserError } = await import(process.env.TIDEMARK_ERRORS);
  throw new UserError("wrong input", { hint: "mend it", exitCode: 2 });
};

export function defect() {
  throw new TypeError("our own defect");
}

export const unsendable = () => () => {};

export function steps(n, tell) {
  for (let i = 1; i <= n; i++) tell({ done: i });
  return n;
}
