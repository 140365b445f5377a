/** The kernels as a table: identical ones in one row that opens, every column sorts. */
import type { Kernel, Prediction } from "../../gpu/types.ts";
import { groupKernels, type KernelGroup, limiterText, nodeText } from "../kernels.ts";
import { formatNumber, formatPercent, formatSi, formatUs } from "../number.ts";
import { type Child, h, replace } from "./dom.ts";

interface KernelColumn {
  readonly label: string;
  readonly title: string;
  readonly class?: string;
  readonly sort: (g: KernelGroup) => number | string;
  readonly cell: (k: Kernel) => Child;
  /** Of the whole group, where that differs from the kernel's. */
  readonly total?: (g: KernelGroup) => Child;
}

const COLUMNS: readonly KernelColumn[] = [
  {
    label: "Kernel",
    title: "Name as a profiler would print it, and the nodes that it computes",
    class: "name",
    sort: (g) => g.members[0]!,
    cell: (k) => [
      h("span", { class: "mono" }, k.name),
      h("div", { class: "nodes", title: k.nodes.join(" ") }, nodeText(k.nodes)),
    ],
  },
  {
    label: "Algorithm",
    title: "How the kernel computes",
    sort: (g) => g.kernel.algorithm,
    cell: (k) => k.algorithm,
  },
  {
    label: "Tile",
    title: "Output rows, columns and reduction step of one thread block",
    sort: (g) => g.kernel.tile?.[0] ?? 0,
    cell: (k) => k.tile?.join("×") ?? "–",
  },
  {
    label: "Grid",
    title: "Thread blocks launched, in three dimensions",
    class: "number",
    sort: (g) => g.kernel.blocks,
    cell: (k) => k.grid.map((n) => formatNumber(n)).join("×"),
  },
  number("Block", "Threads of one block", (k) => k.block),
  number("Blocks/SM", "Blocks that live on one SM at a time", (k) => k.blocksPerSm),
  number("Waves", "Times that all slots of the GPU are filled", (k) => k.waves),
  share("Tail", "Fill of the last wave", (k) => k.tailFill),
  share("SM util.", "Blocks over the slots of all waves", (k) => k.smUtilization),
  number(
    "FLOPs",
    "Floating-point operations of one kernel",
    (k) => k.flops,
    (x) => (x === 0 ? "–" : formatSi(x)),
  ),
  number(
    "DRAM",
    "DRAM traffic of one kernel",
    (k) => k.dramBytes,
    (x) => formatSi(x, "B"),
  ),
  {
    label: "Time",
    title: "Time of all kernels of the row",
    class: "number",
    sort: (g) => g.timeUs,
    cell: (k) => formatUs(k.timeUs),
    total: (g) => formatUs(g.timeUs),
  },
  {
    label: "Share",
    title: "Of the GPU's time",
    class: "number",
    sort: (g) => g.share,
    cell: () => "",
    total: (g) => formatPercent(g.share),
  },
  {
    label: "Limiter",
    title: "What bounds the kernel's time; in brackets what would without the launch",
    sort: (g) => limiterText(g.kernel),
    cell: (k) => [h("i", { class: `swatch l-${k.limiter}` }), limiterText(k)],
  },
];

function number(
  label: string,
  title: string,
  value: (k: Kernel) => number,
  text: (x: number) => string = (x) => formatNumber(x),
): KernelColumn {
  return {
    label,
    title,
    class: "number",
    sort: (g) => value(g.kernel),
    cell: (k) => text(value(k)),
  };
}

function share(label: string, title: string, value: (k: Kernel) => number): KernelColumn {
  return number(label, title, value, formatPercent);
}

/** Shows the row of the kernel at this position. */
export function revealKernel(p: Prediction, index: number): void {
  const group = groupKernels(p.kernels).find((g) => g.members.includes(index));
  const row = document.querySelector(`.kernels [data-group="${group?.members[0]}"]`);
  for (const other of document.querySelectorAll(".kernels .found")) other.classList.remove("found");
  row?.classList.add("found");
  row?.scrollIntoView({ block: "center" });
}

export function kernelTable(p: Prediction): Child {
  const groups = groupKernels(p.kernels);
  if (groups.length === 0) return undefined;
  let sorted = { column: 0, descending: false };
  const open = new Set<KernelGroup>();
  const head = h("tr");
  const body = h("tbody");
  const fill = () => {
    replace(
      head,
      h("th", { scope: "col", class: "number" }, h("span", { class: "visually-hidden" }, "Count")),
      COLUMNS.map((column, i) => {
        const on = sorted.column === i;
        return h(
          "th",
          {
            scope: "col",
            class: column.class,
            title: column.title,
            "aria-sort": on ? (sorted.descending ? "descending" : "ascending") : undefined,
          },
          h(
            "button",
            {
              type: "button",
              onclick: () => {
                // Numbers are most telling from the largest.
                const first = column.class === "number";
                sorted = { column: i, descending: on ? !sorted.descending : first };
                fill();
                (head.children[i + 1]!.firstChild as HTMLElement).focus();
              },
            },
            column.label,
            h("span", { "aria-hidden": "true" }, on ? (sorted.descending ? " ↓" : " ↑") : ""),
          ),
        );
      }),
    );
    const { sort } = COLUMNS[sorted.column]!;
    const order = [...groups].sort((a, b) => {
      const [x, y] = [sort(a), sort(b)];
      const way = x < y ? -1 : x > y ? 1 : 0;
      return (sorted.descending ? -way : way) || a.members[0]! - b.members[0]!;
    });
    replace(body, order.map(rowsOf));
  };
  const rowsOf = (g: KernelGroup): Child => {
    const many = g.members.length > 1;
    const isOpen = open.has(g);
    const toggle = h(
      "button",
      {
        type: "button",
        class: "toggle",
        "aria-expanded": isOpen ? "true" : "false",
        "aria-label": `${g.members.length} kernels ${g.kernel.name}`,
        onclick: () => {
          if (!open.delete(g)) open.add(g);
          fill();
          body.querySelector<HTMLElement>(`[data-group="${g.members[0]}"] .toggle`)?.focus();
        },
      },
      `${isOpen ? "▾" : "▸"} ${g.members.length}×`,
    );
    return [
      h(
        "tr",
        { "data-group": g.members[0]! },
        h("td", { class: "number" }, many ? toggle : "1×"),
        COLUMNS.map((c) => h("td", { class: c.class }, c.total?.(g) ?? c.cell(g.kernel))),
      ),
      isOpen
        ? g.members.map((i) =>
            h(
              "tr",
              { class: "member" },
              h("td", { class: "number" }, `#${i + 1}`),
              COLUMNS.map((c, k) =>
                h(
                  "td",
                  { class: c.class },
                  k === 0
                    ? h("span", { class: "nodes" }, p.kernels[i]!.nodes.join(" "))
                    : c.cell(p.kernels[i]!),
                ),
              ),
            ),
          )
        : undefined,
    ];
  };
  fill();
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Kernels" },
    h(
      "table",
      { class: "kernels" },
      h("caption", { class: "visually-hidden" }, "Kernels of the picked design"),
      h("thead", {}, head),
      body,
    ),
  );
}
