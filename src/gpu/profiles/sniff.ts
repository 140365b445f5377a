/** What a file looks like that is no profile we read: the first step of telling what to do instead. */

interface Signature {
  readonly bytes: string;
  readonly is: string;
  readonly instead: string;
}

const SIGNATURES: readonly Signature[] = [
  {
    bytes: "NVR\0",
    is: "a binary report of Nsight Compute (.ncu-rep)",
    instead: "export it: ncu --import REPORT.ncu-rep --csv --page raw > profile.csv",
  },
  {
    bytes: "SQLite format 3\0",
    is: "an SQLite database, as Nsight Systems exports",
    instead:
      "profile with PyTorch's profiler (export_chrome_trace) or with ncu --csv --page raw instead",
  },
  {
    bytes: "NVIDIA Nsight",
    is: "a binary report of Nsight Systems",
    instead:
      "profile with PyTorch's profiler (export_chrome_trace) or with ncu --csv --page raw instead",
  },
  {
    bytes: "PK\u0003\u0004",
    is: "a zip archive",
    instead: "unpack it, and give the trace inside; .gz can be read as it is",
  },
  {
    bytes: "\u0028\u00b5\u002f\u00fd",
    is: "compressed with zstd",
    instead: "unpack it (zstd -d); .gz can be read as it is",
  },
  { bytes: "BZh", is: "compressed with bzip2", instead: "unpack it; .gz can be read as it is" },
  {
    bytes: "\u0089PNG",
    is: "a PNG image",
    instead: "give the trace itself, not a picture of it",
  },
];

/** @param head the file's first bytes; undefined where it looks like text */
export function binaryKind(head: Uint8Array): Omit<Signature, "bytes"> | undefined {
  for (const signature of SIGNATURES)
    if (signature.bytes.split("").every((c, i) => head[i] === c.charCodeAt(0))) return signature;
  const utf16 = head[0] === 0xff && head[1] === 0xfe;
  if (!utf16 && head.subarray(0, 4096).includes(0))
    return {
      is: "a binary file",
      instead:
        "a profile is a Chrome trace of PyTorch's profiler (.json, .json.gz) or a CSV of Nsight Compute",
    };
  return undefined;
}

/** @param head text from the file's start */
export function textKind(head: string): string {
  const first = head.trimStart();
  if (first === "") return "empty";
  if (first.startsWith("<")) return "a web page or XML";
  const [line = ""] = first.split(/\r?\n/, 1);
  if (/^"?(Time|Time \(%\))"?,/.test(line)) return "a summary of nsys or nvprof";
  if (line.includes(",") && !line.startsWith("{"))
    return `a CSV file with the columns ${line.slice(0, 120)}`;
  return `text that begins with '${line.slice(0, 60)}'`;
}
