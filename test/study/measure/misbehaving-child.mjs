// Stands in for the process that holds the GPU: says a little, then does what MISBEHAVE names.
const adapter = {
  vendor: "acme",
  architecture: "x1",
  device: "Acme X1",
  description: `process ${process.pid}`,
  fallback: false,
  runtime: "a test",
};
const measurement = {
  kernel: "empty",
  sweep: "launch",
  sizes: { repeat: 1 },
  grid: [1, 1, 1],
  workgroups: 1,
  workgroup: 32,
  workgroupStorageBytes: 0,
  flops: 0,
  bytes: 0,
  medianUs: 3,
  q1Us: 2,
  q3Us: 4,
  minUs: 2,
  n: 5,
  dropped: 0,
};
const tell = (message) => new Promise((done) => process.send(message, done));
// As the real one: the parent decides what Ctrl-C means.
process.on("SIGINT", () => {});

async function misbehave() {
  await tell({ kind: "adapter", adapter });
  await tell({ kind: "stage", stage: "launch" });
  await tell({ kind: "measurement", measurement });
  await tell({ kind: "running", what: "fma on 3 workgroups" });
  process.stderr.write("the driver's last words\n");
  switch (process.env.MISBEHAVE ?? "") {
    case "crash":
      process.kill(process.pid, "SIGSEGV");
      break;
    case "exit":
      process.exit(3);
      break;
    case "hang":
      for (;;);
    case "fail":
      await tell({ kind: "failed", message: "the GPU was lost", hint: "do this" });
      break;
    case "break":
      await tell({ kind: "broken", message: "our own defect" });
      break;
    default:
      throw new Error(`no such misbehaviour: ${process.env.MISBEHAVE}`);
  }
  setInterval(() => {}, 1000);
}

process.once("message", () => void misbehave());
