/** Keeps sessions open that are let go, so that the same graph need not be loaded again. */
import { UserError } from "../base/errors.ts";
import { byteLength, elementCount } from "../graph/tensor.ts";
import type { Graph } from "../graph/types.ts";
import { graphHash } from "./graph-hash.ts";
import type { DenseTensor, Engine, RunOptions, Session, SessionOptions } from "./types.ts";

export interface CacheOptions {
  /** Sessions that are kept, in use or not. Default 8. */
  readonly limit?: number;
  /** Their weights, bytes. Default 1 GiB. */
  readonly limitBytes?: number;
}

export interface CachedEngine extends Engine {
  /** Sessions that hold native memory now. */
  readonly size: number;
  /** Frees all that nobody uses now; what is in use is freed by its last release. */
  clear(): Promise<void>;
}

interface Entry {
  readonly key: string;
  readonly session: Promise<Session>;
  readonly bytes: number;
  users: number;
  /** Left out of the cache: the last user frees it. */
  orphan: boolean;
}

/**
 * An engine whose sessions are shared: opening a graph of the same content and options again gives
 * the session that there is. Its `release` hands it back; over a limit, the sessions unused for
 * longest are freed. Sessions in use are never freed, so the limits may be exceeded by them.
 */
export function cachedEngine(engine: Engine, options: CacheOptions = {}): CachedEngine {
  return new Cache(engine, options.limit ?? 8, options.limitBytes ?? 2 ** 30);
}

class Cache implements CachedEngine {
  readonly name: string;
  readonly #engine: Engine;
  readonly #limit: number;
  readonly #limitBytes: number;
  /** In the order of last use. */
  readonly #entries = new Map<string, Entry>();

  constructor(engine: Engine, limit: number, limitBytes: number) {
    if (!(limit >= 0) || !(limitBytes >= 0))
      throw new UserError(`a cache of ${limit} sessions and ${limitBytes} bytes`, {
        hint: "give limits from 0",
      });
    this.name = engine.name;
    this.#engine = engine;
    this.#limit = limit;
    this.#limitBytes = limitBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  async open(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const key = `${graphHash(graph)} ${options.provider ?? "cpu"} ${options.threads ?? "default"} ${options.optimize ?? "all"}`;
    const entry = this.#entries.get(key) ?? this.#add(key, graph, options);
    entry.users++;
    this.#touch(entry);
    try {
      return new Lease(await entry.session, () => this.#handBack(entry));
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  async clear(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) entry.orphan = true;
    await Promise.all(entries.filter((e) => e.users === 0).map(free));
  }

  #add(key: string, graph: Graph, options: SessionOptions): Entry {
    let bytes = 0;
    for (const { dtype, dims } of graph.initializers.values())
      bytes += byteLength(dtype, elementCount(dims));
    const session = this.#engine.open(graph, options);
    const entry = { key, session, bytes, users: 0, orphan: false };
    this.#entries.set(key, entry);
    return entry;
  }

  #touch(entry: Entry): void {
    if (this.#entries.get(entry.key) !== entry) return;
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
  }

  async #handBack(entry: Entry): Promise<void> {
    entry.users--;
    if (entry.orphan) {
      if (entry.users === 0) await free(entry);
      return;
    }
    this.#touch(entry);
    let bytes = 0;
    for (const e of this.#entries.values()) bytes += e.bytes;
    const surplus: Entry[] = [];
    for (const e of this.#entries.values()) {
      if (this.#entries.size - surplus.length <= this.#limit && bytes <= this.#limitBytes) break;
      if (e.users > 0) continue;
      surplus.push(e);
      bytes -= e.bytes;
    }
    for (const e of surplus) this.#entries.delete(e.key);
    await Promise.all(surplus.map(free));
  }
}

const free = async (entry: Entry) => (await entry.session).release();

class Lease implements Session {
  readonly #session: Session;
  readonly #handBack: () => Promise<void>;
  #released = false;

  constructor(session: Session, handBack: () => Promise<void>) {
    this.#session = session;
    this.#handBack = handBack;
  }

  get inputs() {
    return this.#session.inputs;
  }

  get outputs() {
    return this.#session.outputs;
  }

  async run(
    feeds: Readonly<Record<string, DenseTensor>>,
    options?: RunOptions,
  ): Promise<Record<string, DenseTensor>> {
    if (this.#released) throw new Error("the session is released");
    return this.#session.run(feeds, options);
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#handBack();
  }
}
