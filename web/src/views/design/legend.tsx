/** What the colours mean. */
import { colourAt, css, valueAt } from "../../graph-view/colour.ts";
import { shown as shownTheme } from "../../theme.ts";
import { look, uncounted } from "./picture.ts";
import { cost } from "./settings.ts";

const STEPS = 16;

export function Legend() {
  const most = look.value?.most ?? 0;
  const theme = shownTheme.value;
  const gradient = Array.from({ length: STEPS + 1 }, (_, i) => css(colourAt(i / STEPS, theme)));
  const gaps = uncounted.value.some((n) => n > 0);
  return (
    <figure class="legend" aria-label={`Colours: ${cost.value.label}, square-root scale`}>
      <figcaption>
        {cost.value.label} <span class="muted">(√ scale)</span>
      </figcaption>
      {most > 0 ? (
        <div class="scale">
          <div
            class="ramp"
            style={{ background: `linear-gradient(90deg, ${gradient.join(",")})` }}
          />
          <div class="ticks">
            {[0, 0.5, 1].map((t) => (
              <span key={t}>{cost.value.format(Number(valueAt(t, most).toPrecision(3)))}</span>
            ))}
          </div>
        </div>
      ) : (
        <p class="muted">nothing to show</p>
      )}
      {gaps && (
        <p>
          <span class="gap-key" /> not counted
        </p>
      )}
    </figure>
  );
}
