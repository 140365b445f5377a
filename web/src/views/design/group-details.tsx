/** A block: sums over what is in it, its dearest nodes, its advice. */
import type { Kernel } from "../../../../src/gpu/types.ts";
import { formatNumber, formatPercent, formatSi, formatUs } from "../../../../src/report/number.ts";
import { AdviceList } from "./advice-list.tsx";
import { itemsIn, missingIn, withSums } from "./costs.ts";
import { Pair } from "./kernel-card.tsx";
import { operatorOf } from "./labels.ts";
import { Enclosing, JumpTo } from "./node-details.tsx";
import { values } from "./picture.ts";
import { toggleHere } from "./placing.ts";
import { cost, device } from "./settings.ts";
import { costs, facts, positions, type Shown, scene } from "./state.ts";
import { wavesText } from "./totals.tsx";

const DEAREST = 8;

export function GroupDetails({
  shown,
  entity,
}: {
  readonly shown: Shown;
  readonly entity: number;
}) {
  const { outline } = shown;
  const group = outline.groups[entity - outline.kinds.length]!;
  const items = itemsIn(outline, entity);
  const found = costs.value;
  const counted = facts.value;
  const on = device.value;
  const sum = (column: Float64Array) => withSums(outline, column)[entity]!;
  const missing = (predicted: boolean) =>
    missingIn(
      outline,
      Float64Array.from(outline.kinds, (_, i) =>
        counted?.uncounted[i] || (predicted && counted?.conditional[i]) ? 1 : 0,
      ),
    )[entity]!;
  const [uncounted, unpredicted] = [missing(false), missing(true)];
  const least = (n: number) => (n > 0 ? "≥ " : "");
  const carrier = group.branch
    ? items.map((i) => counted?.conditional[i]).find(Boolean)
    : undefined;
  const own = values.value;
  const dearest = own
    ? items
        .filter((item) => own[item]! > 0)
        .sort((a, b) => own[b]! - own[a]!)
        .slice(0, DEAREST)
    : [];
  const kernels = new Set<Kernel>();
  // Those that count here; a kernel that ends here may have begun before.
  for (const item of items)
    if ((found?.within[item] ?? -1) < 0)
      for (const k of found?.kernelsOf[item] ?? []) kernels.add(found!.prediction.kernels[k]!);
  const at = positions.value?.get(entity);
  const open = at !== undefined && scene.value?.frames[at] === 1;
  return (
    <>
      <h3>
        {group.branch ? "Branch" : "Block"} {group.label}{" "}
        <Enclosing shown={shown} group={group.parent} />
      </h3>
      <p class="mono name">{group.path}</p>
      <p>
        <button type="button" onClick={() => toggleHere(entity)}>
          {open ? "Fold" : "Open"}
        </button>
      </p>
      {carrier !== undefined && (
        <p class="notice">
          <strong>Not in the totals:</strong> it {carrier}.
        </p>
      )}
      <dl class="pairs">
        <Pair name="Nodes" value={formatNumber(group.size)} />
        {Math.max(uncounted, unpredicted) > 0 && (
          <Pair
            name="Not in the sums"
            value={
              uncounted === unpredicted
                ? `${formatNumber(uncounted)} nodes`
                : `${formatNumber(uncounted)} nodes; ${formatNumber(unpredicted)} in those of time and traffic`
            }
          />
        )}
        {found && unpredicted < group.size && (
          <>
            <Pair
              name="Predicted time"
              value={`${least(unpredicted)}${formatUs(sum(found.timeUs))}, ${formatPercent(sum(found.timeUs) / (found.prediction.gpuMs * 1e3))} of the GPU's time`}
            />
            <Pair
              name="Lost to the tail"
              value={`${[formatUs(sum(found.tailUs)), wavesText(sum(found.lostWaves))].filter(Boolean).join(", ")}`}
            />
            <Pair name="Kernels" value={formatNumber(kernels.size)} />
            <Pair name="DRAM traffic" value={formatSi(sum(found.dramBytes), "B")} />
          </>
        )}
        {counted && (
          <>
            <Pair name="MACs" value={`${least(uncounted)}${formatSi(sum(counted.macs))}`} />
            <Pair
              name="Parameters"
              value={`${least(uncounted)}${formatNumber(sum(counted.params))}`}
            />
          </>
        )}
      </dl>
      {dearest.length > 0 && (
        <>
          <h4>Most of it: {cost.value.label.toLowerCase()}</h4>
          <ul class="values dearest">
            {dearest.map((item) => (
              <li key={item}>
                <span class="number">{cost.value.format(own![item]!)}</span>{" "}
                {operatorOf(shown, item)} <JumpTo item={item} />
              </li>
            ))}
          </ul>
        </>
      )}
      {found && kernels.size > 0 && on?.id === found.prediction.device && (
        <>
          <h4>What limits it, and what would help</h4>
          <AdviceList prediction={found.prediction} device={on} kernels={[...kernels]} />
        </>
      )}
    </>
  );
}
