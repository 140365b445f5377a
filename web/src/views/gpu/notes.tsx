/** What the figures rest on: calibration, host, and what was not modelled. */
import { plainText } from "../../components/plain-text.ts";
import type { Side } from "./evaluate.ts";
import { sideText } from "./evaluate.ts";

export const Notes = ({ sides }: { readonly sides: readonly Side[] }) => (
  <section class="panel" aria-label="What these figures rest on">
    <h2>What these figures rest on</h2>
    {sides.map((side, i) => (
      <div key={i}>
        <h3>
          {sides.length > 1 && `${"AB"[i]}: `}
          {sideText(side)}
        </h3>
        <ul class="notes">
          {side.prediction.gaps.map((gap) => (
            <li key={gap.op + gap.reason}>
              Not in these figures: {gap.op} ({gap.count}): {gap.reason}
            </li>
          ))}
          {[...side.prediction.notes, ...side.device.notes].map((note) => (
            <li key={note}>{plainText(note)}</li>
          ))}
        </ul>
      </div>
    ))}
  </section>
);
