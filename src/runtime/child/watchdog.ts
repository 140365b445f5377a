/**
 * A thread of the child that ends it when its parent is gone. The main thread cannot: inside a long
 * native call it does not hear that the channel closed.
 */
import { workerData } from "node:worker_threads";

const INTERVAL_MS = 250;
const parent = workerData as number;

function alive(): boolean {
  // On POSIX an orphan gets another parent; on Windows the number stays, but nobody has it.
  if (process.ppid !== parent) return false;
  try {
    process.kill(parent, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

setInterval(() => {
  if (!alive()) process.kill(process.pid, "SIGKILL");
}, INTERVAL_MS);
