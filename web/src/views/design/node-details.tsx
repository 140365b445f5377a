/** A node: costs, kernels with limiter and advice, shapes, attributes, parameters. */
import { formatNumber, formatPercent, formatSi, formatUs } from "../../../../src/report/number.ts";
import { AdviceList } from "./advice-list.tsx";
import { KernelCard, Pair } from "./kernel-card.tsx";
import { attributeText, itemName, operatorOf, outputsOf, shapeText, typeText } from "./labels.ts";
import { device } from "./settings.ts";
import { costs, facts, jumpTo, type Shown, shownNetwork } from "./state.ts";

interface Props {
  readonly shown: Shown;
  readonly item: number;
}

export function NodeDetails({ shown, item }: Props) {
  const { outline } = shown;
  const isNode = outline.kinds[item] === "node";
  return (
    <>
      <h3>
        {operatorOf(shown, item)} <Enclosing shown={shown} group={outline.groupOf[item]!} />
      </h3>
      <p class="mono name">{itemName(shown, item)}</p>
      {isNode && <Costs item={item} />}
      <Values shown={shown} item={item} />
      {isNode && <Attributes shown={shown} item={item} />}
    </>
  );
}

/** The blocks around it, outermost first. */
export function Enclosing({ shown, group }: { readonly shown: Shown; readonly group: number }) {
  const { groups, kinds } = shown.outline;
  const around: number[] = [];
  for (let g = group; g >= 0; g = groups[g]!.parent) around.unshift(g);
  return (
    <span class="around">
      {around.map((g) => (
        <button key={g} type="button" class="link" onClick={() => jumpTo(kinds.length + g)}>
          {groups[g]!.label}
        </button>
      ))}
    </span>
  );
}

function Costs({ item }: { readonly item: number }) {
  const counted = facts.value;
  const found = costs.value;
  const on = device.value;
  const reason = counted?.uncounted[item];
  const conditional = counted?.conditional[item];
  const kernels = found?.kernelsOf[item] ?? [];
  const within = found?.within[item] ?? -1;
  return (
    <>
      {reason !== undefined && (
        <p class="notice">
          <strong>Not counted:</strong> {reason}
        </p>
      )}
      {conditional !== undefined && (
        <p class="notice">
          <strong>Not in the totals:</strong> it {conditional}.
        </p>
      )}
      {counted && reason === undefined && (
        <dl class="pairs">
          {found && conditional === undefined && (
            <Pair
              name="Predicted time"
              value={`${formatUs(found.timeUs[item]!)}, ${formatPercent(found.timeUs[item]! / (found.prediction.gpuMs * 1e3))} of the GPU's time`}
            />
          )}
          <Pair name="MACs" value={formatSi(counted.macs[item]!)} />
          <Pair name="Other FLOPs" value={formatSi(counted.flops[item]!)} />
          <Pair name="Parameters" value={formatNumber(counted.params[item]!)} />
          <Pair
            name="Reads, writes"
            value={`${formatSi(counted.bytesRead[item]!, "B")}, ${formatSi(counted.bytesWritten[item]!, "B")}`}
          />
        </dl>
      )}
      {found &&
        on?.id === found.prediction.device &&
        reason === undefined &&
        conditional === undefined && (
          <>
            <h4>
              {kernels.length === 0
                ? "No kernel: it moves no data"
                : `${kernels.length === 1 ? "Kernel" : `${kernels.length} kernels`} on ${on.name}`}
            </h4>
            {within >= 0 && (
              <p>
                Fused into the kernel of <JumpTo item={within} />, where its time is counted.
              </p>
            )}
            {kernels.map((k) => (
              <KernelCard
                key={k}
                kernel={found.prediction.kernels[k]!}
                more={found.more[k]!}
                prediction={found.prediction}
                device={on}
              />
            ))}
            {kernels.length > 0 && (
              <>
                <h4>Advice</h4>
                <AdviceList
                  prediction={found.prediction}
                  device={on}
                  kernels={kernels.map((k) => found.prediction.kernels[k]!)}
                />
              </>
            )}
          </>
        )}
    </>
  );
}

export function JumpTo({ item }: { readonly item: number }) {
  const shown = shownNetwork.value!;
  return (
    <button type="button" class="link mono" onClick={() => jumpTo(item)}>
      {itemName(shown, item)}
    </button>
  );
}

function Values({ shown, item }: Props) {
  const { graph, outline } = shown;
  const types = facts.value?.types;
  const node = outline.kinds[item] === "node" ? graph.nodes[outline.places[item]!] : undefined;
  const neighbours = (end: 0 | 1) => {
    const out: number[] = [];
    for (let e = 0; e < outline.edges.length; e += 2)
      if (outline.edges[e + end] === item) out.push(outline.edges[e + 1 - end]!);
    return out;
  };
  const [from, to] = [neighbours(1), neighbours(0)];
  return (
    <>
      {node && (
        <>
          <h4>Inputs</h4>
          <ul class="values">
            {node.inputs
              .filter((name) => name !== "")
              .map((name, i) => {
                const weight = graph.initializers.get(name);
                return (
                  <li key={`${i} ${name}`}>
                    <span class="mono">{name}</span>{" "}
                    <span class="muted">
                      {weight
                        ? `constant, ${weight.dtype} ${shapeText(weight.dims)}`
                        : typeText(types?.get(name))}
                    </span>
                  </li>
                );
              })}
          </ul>
        </>
      )}
      <h4>{node ? "Outputs" : "Value"}</h4>
      <ul class="values">
        {outputsOf(shown, item).map((name) => (
          <li key={name}>
            <span class="mono">{name}</span> <span class="muted">{typeText(types?.get(name))}</span>
          </li>
        ))}
      </ul>
      <Neighbours title="Reads from" items={from} />
      <Neighbours title="Read by" items={to} />
    </>
  );
}

/** More are counted, not listed. */
const LISTED = 12;

function Neighbours({ title, items }: { readonly title: string; readonly items: number[] }) {
  if (items.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="values">
        {items.slice(0, LISTED).map((item) => (
          <li key={item}>
            <JumpTo item={item} />
          </li>
        ))}
        {items.length > LISTED && <li class="muted">and {items.length - LISTED} more</li>}
      </ul>
    </>
  );
}

function Attributes({ shown, item }: Props) {
  const node = shown.graph.nodes[shown.outline.places[item]!]!;
  const entries = Object.entries(node.attributes);
  if (entries.length === 0 && node.domain === "") return null;
  return (
    <>
      <h4>Attributes</h4>
      <dl class="pairs">
        {node.domain !== "" && <Pair name="domain" value={node.domain} />}
        {entries.map(([name, attribute]) => (
          <Pair key={name} name={name} value={attributeText(attribute)} />
        ))}
      </dl>
    </>
  );
}
