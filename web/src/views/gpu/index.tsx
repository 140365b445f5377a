/** A network on a GPU: where its time goes, kernel by kernel and wave by wave. */
import "./gpu.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { ErrorBox } from "../../components/error-box.tsx";
import { NetworkPicker } from "../../components/network-picker.tsx";
import { route } from "../../router.ts";
import { devices, readDevices } from "../../state/devices.ts";
import { errorOf } from "../../state/live.ts";
import { network, type OpenNetwork, readReference } from "../../state/network.ts";
import { evaluate, type Side } from "./evaluate.ts";
import { Findings } from "./findings.tsx";
import { otherSettings, type Settings, settingsOf } from "./settings.ts";
import { Setup } from "./setup.tsx";

type Result = { readonly side?: Side; readonly error?: ApiError };

export default function View() {
  const [unread, setUnread] = useState<ApiError | undefined>();
  useEffect(() => {
    readDevices().catch((error: unknown) => setUnread(errorOf(error)));
  }, []);
  const { query } = route.value;
  const open = network.value;
  const known = devices.value;
  const a = useSide(open, query, settingsOf, known);
  const named = query["b.network"];
  const other = useOther(named);
  const b = useSide(named === undefined ? open : other.open, query, otherSettings, known);
  const problem = unread ?? a.error ?? other.error ?? b.error;
  return (
    <div class="gpu">
      <h1 class="hidden">A network on a GPU</h1>
      <section class="panel" aria-label="Network and device">
        <NetworkPicker />
        <Setup />
      </section>
      {problem !== undefined && <ErrorBox error={problem} />}
      {open === undefined && (
        <p class="muted">
          Open a network above, or one of the examples: its kernels, waves and limiters stand here
          then.
        </p>
      )}
      {a.side !== undefined && <Findings a={a.side} b={b.side} />}
    </div>
  );
}

/** Computed again only where something of it changed, not for each step of a zoom. */
function useSide(
  open: OpenNetwork | undefined,
  query: Readonly<Record<string, string>>,
  read: (query: Readonly<Record<string, string>>) => Settings | undefined,
  known: readonly Parameters<typeof evaluate>[3][number][],
): Result {
  let settings: Settings | undefined;
  let wrong: ApiError | undefined;
  try {
    settings = read(query);
  } catch (error) {
    wrong = errorOf(error);
  }
  const key = JSON.stringify(settings ?? wrong);
  return useMemo((): Result => {
    if (wrong !== undefined) return { error: wrong };
    if (open === undefined || settings === undefined || known.length === 0) return {};
    try {
      return { side: evaluate(open.graph, open.title, settings, known) };
    } catch (error) {
      return { error: errorOf(error) };
    }
  }, [open, key, known]);
}

function useOther(reference: string | undefined): {
  readonly open?: OpenNetwork;
  readonly error?: ApiError;
} {
  const [read, set] = useState<{ open?: OpenNetwork; error?: ApiError; of?: string }>({});
  useEffect(() => {
    if (reference === undefined) return;
    let wanted = true;
    readReference(reference).then(
      (open) => wanted && set({ open, of: reference }),
      (error: unknown) => wanted && set({ error: errorOf(error), of: reference }),
    );
    return () => {
      wanted = false;
    };
  }, [reference]);
  return read.of === reference ? read : {};
}
