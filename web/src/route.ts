/** An address of the app, taken apart. */
export interface Route {
  /** Parts of the path. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}
