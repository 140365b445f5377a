// Starts children that hang, says their process ids, and waits to be killed.
const { ChildPool, childTask } = await import(process.argv[2]);
const pool = new ChildPool({ size: 2 });
const hang = childTask(new URL("./tasks.mjs", import.meta.url), "hang");
const pid = childTask(new URL("./tasks.mjs", import.meta.url), "pid");
const pids = await Promise.all([pool.run(pid, undefined), pool.run(pid, undefined)]);
// One is busy in a call that hears nothing, one is idle.
pool.run(hang, undefined).catch(() => {});
process.stdout.write(`${JSON.stringify(pids)}\n`);
