/** A file that is dropped anywhere on the page, while what calls this is shown. */
import { useEffect } from "preact/hooks";

/** @param onFile the same function at each call; it tells itself what goes wrong */
export function useFileDrop(onFile: (file: File) => Promise<void>): void {
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void onFile(file);
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, []);
}
