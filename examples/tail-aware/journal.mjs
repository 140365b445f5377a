// What happens, with the time: to a log file that grows over all starts, and to stderr.
import { appendFileSync } from "node:fs";
import { loadavg } from "node:os";

export class Journal {
  #path;

  constructor(path) {
    this.#path = path;
    this.say(`process ${process.pid}: node ${process.argv.slice(1).join(" ")}`);
  }

  say(text) {
    const time = new Date().toISOString().slice(0, 19).replace("T", " ");
    const line = `${time}  load ${loadavg()[0].toFixed(1)}  ${text}\n`;
    appendFileSync(this.#path, line);
    process.stderr.write(line);
  }
}
