/** A file of the user's, chosen by a button that looks like the others. */
import "./file-button.css";

interface Props {
  /** Endings or types, as an input's `accept`. */
  readonly accept: string;
  readonly text: string;
  /** Tells itself what goes wrong. */
  readonly onFile: (file: File) => Promise<void>;
}

export const FileButton = ({ accept, text, onFile }: Props) => (
  <label class="file-button">
    {text}
    <input
      class="hidden"
      type="file"
      accept={accept}
      onChange={({ currentTarget }) => {
        const file = currentTarget.files?.[0];
        // The same file can be chosen again, changed.
        currentTarget.value = "";
        if (file !== undefined) void onFile(file);
      }}
    />
  </label>
);
