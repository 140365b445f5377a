/** Saves what the page made as a file of the user's. */
export function save(name: string, type: string, data: string | Blob): void {
  const url = URL.createObjectURL(typeof data === "string" ? new Blob([data], { type }) : data);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has its own hold of the data once the click is through.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
