/** How long measurements took, said before the next: GPUs differ too much to promise. No DOM. */
export type Kind = "quick" | "full";
export type Durations = Readonly<Partial<Record<Kind, number>>>;

export function parseDurations(text: string | null): Durations {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    const known = Object.entries(value).filter(
      ([kind, s]) => (kind === "quick" || kind === "full") && Number.isFinite(s) && s > 0,
    );
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}

/** `45 s`, `2 min 5 s` */
export function secondsText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${whole} s` : `${minutes} min ${whole % 60} s`;
}

export function durationsText({ quick, full }: Durations): string {
  const parts = [
    ...(quick === undefined ? [] : [`a first look ${secondsText(quick)}`]),
    ...(full === undefined ? [] : [`the full measurement ${secondsText(full)}`]),
  ];
  return parts.length === 0
    ? "How long it takes depends on the GPU; the time so far is shown as it runs."
    : `In this browser the last time: ${parts.join(", ")}.`;
}
