/**
 * The page's end of a worker. One task is under way at a time; of those that come meanwhile only the
 * last is kept, since what is shown is what was asked last.
 */
interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export class Latest<Task, Result> {
  readonly #worker: Worker;
  readonly #onResult: (result: Result, task: Task) => void;
  readonly #onError: (message: string) => void;
  #id = 0;
  #running: Task | undefined;
  #waiting: Task | undefined;

  constructor(
    worker: Worker,
    onResult: (result: Result, task: Task) => void,
    onError: (message: string) => void,
  ) {
    this.#worker = worker;
    this.#onResult = onResult;
    this.#onError = onError;
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#done(data);
    worker.onerror = (event) => {
      this.#running = undefined;
      onError(event.message);
    };
  }

  ask(task: Task): void {
    if (this.#running === undefined) this.#send(task);
    else this.#waiting = task;
  }

  /** Data that later tasks refer to: never left out. */
  tell(task: Task): void {
    this.#worker.postMessage({ id: 0, task });
  }

  close(): void {
    this.#worker.terminate();
  }

  #send(task: Task): void {
    this.#running = task;
    this.#worker.postMessage({ id: ++this.#id, task });
  }

  #done({ id, result, error }: Reply): void {
    if (id === 0) {
      if (error !== undefined) this.#onError(error);
      return;
    }
    const task = this.#running!;
    this.#running = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#send(waiting);
    if (error !== undefined) this.#onError(error);
    else this.#onResult(result as Result, task);
  }
}
