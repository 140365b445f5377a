/** The worker's end: answers each task under its number, with an error's message where it fails. */
interface Scope {
  onmessage: ((event: MessageEvent<{ id: number; task: unknown }>) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

export function answer<Task>(
  work: (task: Task) => unknown,
  transferOf: (result: unknown) => Transferable[] = () => [],
): void {
  const scope = self as unknown as Scope;
  scope.onmessage = ({ data: { id, task } }) => {
    try {
      const result = work(task as Task);
      scope.postMessage({ id, result }, transferOf(result));
    } catch (error) {
      scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, []);
    }
  };
}
