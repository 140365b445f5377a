/** Something that a button does: that it is under way, and what was wrong with it. */
import { useState } from "preact/hooks";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { errorOf } from "../../state/live.ts";

export function useAction() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const run = async (action: () => Promise<unknown>) => {
    setBusy(true);
    setError(undefined);
    try {
      await action();
    } catch (failed) {
      setError(errorOf(failed));
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
