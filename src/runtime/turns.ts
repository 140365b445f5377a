/** Work that is done one piece after the other, in the order asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** What fails is the asker's to handle; the next piece is done all the same. */
  next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
