/** Light, dark, or as the system has it. */
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "tidemark-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

const stored = (): Theme => {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
};

export const theme = signal<Theme>(stored());
/** What is shown: canvases read their colours again when it changes. */
export const shown = signal<"light" | "dark">("light");

const update = () => {
  shown.value = theme.value === "system" ? (dark.matches ? "dark" : "light") : theme.value;
};
dark.addEventListener("change", update);
effect(() => {
  update();
  document.documentElement.dataset.theme = shown.value;
  try {
    if (theme.value === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme.value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
});
