/**
 * Items whose name or operator holds every word of the text, whatever the case; an operator that is the
 * text itself comes first, then operators that begin with it, then the others in the network's order.
 */
export function matches(
  text: string,
  names: readonly string[],
  operator: (item: number) => string,
): readonly number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const whole = words.join(" ");
  const ranked: [number[], number[], number[]] = [[], [], []];
  names.forEach((name, item) => {
    const op = operator(item).toLowerCase();
    const both = `${op} ${name.toLowerCase()}`;
    if (!words.every((word) => both.includes(word))) return;
    ranked[op === whole ? 0 : op.startsWith(whole) ? 1 : 2].push(item);
  });
  return ranked.flat();
}
