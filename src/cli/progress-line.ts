/** The one line on a terminal that follows a run. */
import { formatDuration } from "../report/index.ts";
import type { Progress } from "../study/index.ts";

/** Writes nothing where stderr is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  update(progress: Progress): void {
    if (this.#stream.isTTY) this.show(progressText(progress));
  }

  show(line: string): void {
    if (!this.#stream.isTTY) return;
    // A terminal that does not know its width says 0.
    const text = line.slice(0, Math.max(20, (this.#stream.columns || 80) - 1));
    this.#stream.write(`\r\x1b[2K${text}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#stream.write("\r\x1b[2K");
    this.#shown = false;
  }
}

const count = (n: number) => n.toLocaleString("en-US");

export function progressText(p: Progress): string {
  const finite = Number.isFinite(p.total);
  const left = p.perSecond > 0 && finite ? (p.total - p.evaluated) / p.perSecond : undefined;
  const parts = [
    finite ? `${count(p.evaluated)} of ${count(p.total)} designs` : `${count(p.evaluated)} designs`,
    finite ? `${Math.floor((100 * p.evaluated) / p.total)} %` : "",
    p.perSecond >= 10 ? `${count(Math.round(p.perSecond))}/s` : `${p.perSecond.toFixed(2)}/s`,
    `front ${p.front}`,
    p.hypervolume === undefined ? "" : `hypervolume ${p.hypervolume.toPrecision(5)}`,
    p.failed > 0 ? `${count(p.failed)} failed` : "",
    left !== undefined && left > 0 ? `${formatDuration(left * 1000)} left` : "",
  ];
  return parts.filter((part) => part !== "").join("   ");
}
