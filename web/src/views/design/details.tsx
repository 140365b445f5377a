/** Beside the graph: the picked node or block, or the whole network. */
import { plainText } from "../../components/plain-text.ts";
import { hashOf, route } from "../../router.ts";
import { AdviceList } from "./advice-list.tsx";
import { GroupDetails } from "./group-details.tsx";
import { NodeDetails } from "./node-details.tsx";
import { device } from "./settings.ts";
import { costs, picked, shownNetwork } from "./state.ts";

export function Details() {
  const shown = shownNetwork.value;
  const entity = picked.value;
  if (shown === undefined) return null;
  return (
    <aside
      class="details"
      aria-label="Details"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
      tabIndex={0}
    >
      {entity < 0 ? (
        <Whole />
      ) : entity < shown.outline.kinds.length ? (
        <NodeDetails shown={shown} item={entity} />
      ) : (
        <GroupDetails shown={shown} entity={entity} />
      )}
    </aside>
  );
}

function Whole() {
  const prediction = costs.value?.prediction;
  const on = device.value;
  const { network: reference, device: chosen } = route.value.query;
  const query = {
    ...(reference !== undefined && { network: reference }),
    ...(chosen !== undefined && { device: chosen }),
  };
  return (
    <>
      <h3>The network</h3>
      <p class="muted">Pick a node or a block for its shapes, kernels, limiter and advice.</p>
      {prediction !== undefined && on?.id === prediction.device && (
        <>
          <h4>What limits it, and what would help</h4>
          <AdviceList prediction={prediction} device={on} />
          <p>
            <a href={hashOf({ path: ["gpu"], query })}>Its timeline and roofline</a>
          </p>
          <h4>What the times rest on</h4>
          <ul class="notes">
            {prediction.notes.map((note) => (
              <li key={note}>{plainText(note)}</li>
            ))}
          </ul>
        </>
      )}
      {shownNetwork.value!.network.warnings.length > 0 && (
        <>
          <h4>About the file</h4>
          <ul class="notes">
            {shownNetwork.value!.network.warnings.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
