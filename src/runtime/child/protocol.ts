/** What parent and child say to each other, by Node's advanced serialization (structured clone). */

export interface Request {
  /** URL of the module, and the name of the function that it exports. */
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

export type Reply =
  /** The first word: requests may come. */
  | { readonly kind: "ready" }
  /** Of the request that is worked on; any number of them before its end. */
  | { readonly kind: "progress"; readonly progress: unknown }
  | { readonly kind: "done"; readonly output: unknown }
  /** A `UserError`. */
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly hint?: string;
      readonly exitCode: 1 | 2;
    }
  /** Any other error, a defect of ours. */
  | { readonly kind: "broken"; readonly message: string };
