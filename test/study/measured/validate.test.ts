import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { planKernels } from "../../../src/gpu/kernels/index.ts";
import { loadDevice, validate } from "../../../src/study/index.ts";
import { sharedPath } from "../../shared.ts";

const data = (name: string) => fileURLToPath(new URL(`../../data/gpu/${name}`, import.meta.url));

function table(text: string | Buffer, name = "table.csv"): string {
  const path = join(mkdtempSync(join(tmpdir(), "tidemark-validate-")), name);
  writeFileSync(path, text);
  return path;
}

describe("every kind of table, by its header", () => {
  test.each([
    ["neusight_linear.csv", ["linear"]],
    ["neusight_bmm.csv", ["bmm"]],
    ["neusight_conv.csv", ["conv3x3"]],
    ["tables/deepbench_gemm.csv", ["gemm"]],
    ["tables/deepbench_conv.csv", ["conv"]],
    ["tables/llmcompass_matmul.csv", ["gemm"]],
    ["tables/help_nasbench201.csv", [1, 256, 32].map((b) => `nasbench201 batch ${b}`)],
    ["tables/help_fbnet.csv", [1, 32, 64].map((b) => `fbnet batch ${b}`)],
    ["tables/pytorch_gpu_benchmark.csv", ["torchvision batch 12"]],
    ["tables/timm.csv", ["timm amp-nchw", "timm amp-nhwc"]],
  ])("%s", (file, families) => {
    const { groups, overall, skipped } = validate([data(file)]);
    expect([...new Set(groups.map((g) => g.family))].sort()).toEqual([...families].sort());
    expect(overall!.count).toBe(groups.reduce((n, g) => n + g.count, 0));
    // Physics, not noise: a wrong unit, layout or swapped dimension would be off by far more.
    expect(overall!.medianApe).toBeLessThan(0.3);
    for (const { count, reason } of skipped) {
      expect(count).toBeGreaterThan(0);
      expect(reason).toMatch(/^(no device|the zoo has no|precision .* is not modelled)/);
    }
  });

  test("the same rows whatever the file is called: grids tell products from layers", () => {
    const text = [
      "gpu,split,b,m,n_reduce,k_out,ms,kernel,kernels_launched,grid,block",
      "V100-PCIe,test,32,256,2048,2048,5.6,1,1,16x2x32,256",
    ].join("\n");
    expect(validate([table(text, "mine.csv")]).groups[0]!.family).toBe("bmm");
    expect(validate([table(text.replace("16x2x32", "16x64x1"), "x.csv")]).groups[0]!.family).toBe(
      "linear",
    );
  });

  test.each([
    ["tables/tfnas.csv", /TF-NAS/],
    ["tables/fasterseg.csv", /FasterSeg/],
  ])("%s is named as not modelled, with its count", (file, reason) => {
    const { overall, skipped } = validate([data(file)]);
    expect(overall).toBeNull();
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatchObject({ count: 3, reason: expect.stringMatching(reason) });
  });

  test("profiled kernels are compared: algorithm and grid", () => {
    const [group] = validate([data("neusight_conv.csv")]).groups;
    expect(group!.algorithmRight).toBeGreaterThan(0.5);
    expect(group!.gridExact).toBeGreaterThan(0.5);
    const { groups } = validate([data("tables/llmcompass_matmul.csv")]);
    expect(groups[0]!.gridExact).toBeNull();
  });
});

describe("our own columns", () => {
  const t4 = loadDevice("t4");

  test("products, convolutions and networks, timed on the GPU or round the call", () => {
    const us = planKernels(
      { kind: "matmul", batch: 1, m: 512, n: 1024, k: 768, weightB: true, bias: false },
      t4,
      "fp32",
    )[0]!.timeUs;
    const { groups, overheads, skipped } = validate([
      table(
        [
          "device,op,precision,batch,m,n,k,inChannels,outChannels,height,kernel,stride,network,us,timed",
          `t4,linear,fp32,1,512,1024,768,,,,,,,${us},gpu`,
          "T4,conv,fp16,8,,,,64,128,56,3,2,,90,gpu",
          "Tesla T4,network,fp32,1,,,,,,,,,mobilenet_v2:width=0.5,9000,",
        ].join("\n"),
      ),
    ]);
    expect(skipped).toEqual([]);
    expect(groups.map((g) => g.family)).toEqual(["conv", "linear", "network batch 1"]);
    expect(groups[1]!.mape).toBeLessThan(1e-12);
    expect(overheads.every((o) => o.from === "none" && o.addedUs === 0)).toBe(true);
  });

  test("what `tidemark measure --csv` writes", () => {
    const { groups, skipped } = validate(
      [
        table(
          [
            "kernel,sweep,sizes,grid,workgroups,medianUs,adapterDevice",
            "matmul,width,m=4096;n=64;k=512,64x1x1,64,120,",
            "conv,width,batch=1;channels=64;height=40;width=64;filters=32;kernel=3,40x1x1,40,150,",
            "copy,bandwidth,bytesPerBuffer=268435456,65535x1x1,65535,2300,",
            "fma,sm-count,rounds=4,40x1x1,40,80,",
          ].join("\n"),
        ),
      ],
      { device: "t4" },
    );
    expect(groups.map((g) => g.family)).toEqual(["conv", "copy", "matmul"]);
    expect(groups[1]!.mape).toBeLessThan(0.2);
    expect(skipped).toMatchObject([{ count: 1, reason: expect.stringContaining("'fma'") }]);
  });
});

describe("bad input", () => {
  const header = "gpu,suite,precision,m,n,k,a_trans,b_trans,ms";

  test("rows that cannot be used are counted by reason", () => {
    const { skipped, overall, rows } = validate([
      table(
        [
          header,
          "T4,train,fp32,1760,32,1760,N,N,0.12",
          "T4,train,fp32,1760,32,1760,N,N,0",
          "T4,train,fp32,1760,32,1760,N,N,-3",
          "T4,train,fp32,1760,32,1760,N,N,fast",
          "T4,train,fp32,1760,32,1760,N,N,1e9",
          "T4,train,fp32,1760,32,1760,N,N,1000",
          "T4,train,fp32,1760,,1760,N,N,0.12",
          "T4,train,fp32,-5,32,1760,N,N,0.12",
          "T4,train,fp4,1760,32,1760,N,N,0.12",
          "Voodoo2,train,fp32,1760,32,1760,N,N,0.12",
        ].join("\n"),
      ),
    ]);
    expect(rows).toBe(10);
    expect(overall!.count).toBe(1);
    const reasons = Object.fromEntries(skipped.map((s) => [s.reason, s.count]));
    expect(reasons).toEqual({
      "a time of 0": 1,
      "a negative time": 1,
      "the time is no number": 1,
      "a time above 1000 s": 1,
      "a time 1000 times off the prediction: another unit?": 1,
      "m is no whole number above 0": 1,
      "n is no whole number above 0": 1,
      "precision fp4 is not modelled": 1,
      "no device 'voodoo2'": 1,
    });
  });

  test("in our own columns too, with the true reason and the first row", () => {
    const base = { op: "linear", m: "512", n: "512", k: "512", us: "100" };
    const conv = {
      op: "conv",
      inChannels: "64",
      outChannels: "64",
      height: "56",
      kernel: "3",
      us: "200",
    };
    const rows: [Record<string, string>, string | null][] = [
      [base, null],
      [{ ...base, m: "512.0", ms: "0.1001" }, null],
      [{ ...base, us: "", ms: "0,1" }, "the time has a comma, expected digits and a decimal point"],
      [{ ...base, us: "" }, "no time"],
      [{ ...base, us: "NaN" }, "the time is no number"],
      [{ ...base, us: "1e999" }, "the time is no number"],
      [{ ...base, us: "0x64" }, "the time is no number"],
      [{ ...base, us: "7.2e9" }, "a time above 1000 s"],
      [{ ...base, us: "1e-3" }, "a time below what the data sheet allows"],
      [{ ...base, ms: "100" }, "ms and us contradict one another"],
      [{ ...base, m: "1e15" }, "m is above 2147483647, more than any axis"],
      [{ ...base, m: "0x10" }, "m is no whole number above 0"],
      [{ ...base, k: "" }, "no k"],
      [{ ...base, algorithm: "magic" }, "algorithm 'magic' is not known"],
      [
        { ...base, algorithm: "winograd-fussed" },
        "algorithm 'winograd-fussed' is not known, did you mean 'winograd-fused'?",
      ],
      [{ ...base, algorithm: "IMPLICIT_PRECOMP_GEMM", grid: "16x16" }, null],
      [{ ...base, grid: "banana" }, "grid is not written XxYxZ, e.g. 128x2x1"],
      [{ ...base, grid: "0x10" }, "grid has an extent of 0"],
      [conv, null],
      [{ ...conv, stride: "0" }, "stride is no whole number above 0"],
      [{ ...conv, pad: "-4" }, "pad is no whole number of 0 or more"],
      [{ ...conv, kernel: "61", pad: "0" }, "the kernel is larger than the padded input"],
      [{ ...conv, op: "pool" }, "op 'pool' is none of linear, bmm, conv, network"],
      [
        { op: "network", network: "resnet5O", us: "5000" },
        "no network named 'resnet5O' in the zoo, did you mean 'resnet50'?",
      ],
      [{ op: "network", network: "resnet50", us: "1" }, "a time below what the data sheet allows"],
    ];
    const columns = [...new Set(rows.flatMap(([row]) => Object.keys(row)))];
    const lines = rows.map(([row]) => columns.map((c) => `"${row[c] ?? ""}"`).join());
    const path = table([columns.join(), ...lines].join("\n"));
    const { skipped, overall } = validate([path], { device: "t4" });
    expect(overall!.count).toBe(rows.filter(([, reason]) => reason === null).length);
    for (const { reason, count, first } of skipped) {
      const of = rows.flatMap(([, r], i) => (r === reason ? [i + 2] : []));
      expect(of, reason).toHaveLength(count);
      expect(first).toMatch(new RegExp(`^row ${of[0]}(:|$)`));
    }
    expect(skipped.reduce((n, s) => n + s.count, 0) + overall!.count).toBe(rows.length);
    expect(skipped.find((s) => s.reason.includes("data sheet"))!.first).toMatch(
      /^row 10: 0\.001000 us, at least 2\d\.\d+ us by 10\.\d TFLOP\/s of FP32 arithmetic$/,
    );
  });

  describe("a table of two rows, as programs write it", () => {
    const text = [
      "op,device,m,n,k,us",
      "linear,t4,512,512,512,100",
      "linear,t4,256,256,256,50.5",
    ].join("\n");
    const utf16 = Buffer.from(`\ufeff${text}`, "utf16le");
    test.each<[string, string | Buffer]>([
      ["a byte order mark", `\ufeff${text}`],
      ["CRLF", text.replaceAll("\n", "\r\n")],
      ["CR", text.replaceAll("\n", "\r")],
      ["semicolons", text.replaceAll(",", ";")],
      ["semicolons, and Excel's line that says so", `sep=;\r\n${text.replaceAll(",", ";")}`],
      ["tabs", text.replaceAll(",", "\t")],
      ["quotes and spaces", text.replaceAll(/[^,\n]+/g, '" $& "')],
      ["blank lines around", `\n \n${text}\n\n`],
      ["gzip", gzipSync(text)],
      ["UTF-16, little-endian", utf16],
      ["UTF-16, big-endian", Buffer.from(utf16).swap16()],
      ["gzip of UTF-16", gzipSync(utf16)],
    ])("%s", (_, written) => {
      const { overall, skipped, ignoredColumns } = validate([table(written)]);
      expect([overall!.count, skipped, ignoredColumns]).toEqual([2, [], []]);
    });

    test.each<[string, string | Buffer, RegExp]>([
      ["UTF-16 without a mark", Buffer.from(text, "utf16le"), /is no text: it holds zero bytes/],
      ["a spreadsheet", Buffer.from("PK\u0003\u0004\0\0"), /ZIP archive or a spreadsheet/],
      ["a header twice", text.replace("op,", "us,").replaceAll("linear", "1"), /both called 'us'/],
      ["a quote that is not closed", `${text}\n"linear,t4`, /row 4: Quoted field unterminated/],
      ["gzip that is cut off", gzipSync(text).subarray(0, 40), /unexpected end of file/],
    ])("%s is refused", (_, written, message) => {
      expect(() => validate([table(written)])).toThrow(message);
    });

    test("names that every object of JavaScript has are names like others", () => {
      for (const name of ["__proto__", "constructor", "toString"]) {
        const reasons = (spoiled: string) =>
          validate([table(spoiled)]).skipped.map((s) => s.reason);
        expect(reasons(text.replace("linear", name))).toEqual([
          `op '${name}' is none of linear, bmm, conv, network`,
        ]);
        expect(reasons(text.replace("t4", name))).toEqual([`no device '${name}'`]);
        expect(
          reasons(`gpu,precision_layout,model,img,batch,step_ms\nRTX3090,amp-nchw,${name},64,1,5`),
        ).toEqual([`the zoo has no ${name}`]);
      }
    });

    test("rows keep the numbers that a spreadsheet shows", () => {
      const { skipped } = validate([table(`\n\n${text.replace("50.5", "0")}`)]);
      expect(skipped).toMatchObject([{ reason: "a time of 0", first: "row 5" }]);
    });
  });

  test("a column that is nearly one of ours is an error, another is named", () => {
    const columns = "op,device,inChannels,outChannels,height,kernel,us";
    const row = "conv,t4,64,64,56,3,200";
    const of = (extra: string, value = "2") => table(`${columns},${extra}\n${row},${value}`);
    for (const [slip, meant] of [
      ["strides", "stride"],
      ["group", "groups"],
      ["padding", "pad"],
      ["batch_size", "batch"],
      ["Stride", "stride"],
      ["dtype", "precision"],
    ])
      expect(() => validate([of(slip!)])).toThrow(
        `column '${slip}' is not known, did you mean '${meant}'?`,
      );
    for (const foreign of ["date", "driver", "m", "network_id", "note"]) {
      const { ignoredColumns, overall } = validate([of(foreign)]);
      expect(overall!.count).toBe(1);
      expect(ignoredColumns.map((c) => c.column)).toEqual(foreign === "m" ? [] : [foreign]);
    }
    expect(validate([of("stride,stride_of_pool", "1,7")]).ignoredColumns).toEqual([
      { file: "table.csv", column: "stride_of_pool" },
    ]);
  });

  test.each([
    ["{}", /is JSON other than a list of flat objects, no table of measurements/],
    ['{"schema":"tidemark-device/1","figures":{}}', /is a device file, no table/],
    ['{"groups":[],"overall":null}', /is a report of `tidemark validate`, no table/],
    ['{"traceEvents":[]}', /is a profiler's trace, no table/],
  ])("%s is no table, and says what it is", (text, message) => {
    expect(() => validate([table(text, "x.json")])).toThrow(message);
  });

  test("a table of boards that nobody knows is an error with the nearest", () => {
    const text = `${header}\nTeslaT44,train,fp32,1760,32,1760,N,N,0.12`;
    expect(() => validate([table(text)])).toThrow(/no device 'teslat44', did you mean 't4'\?/);
  });

  test.each([
    ["a,b\n1,2", /no known kind of table has the columns a, b/],
    [`${header}\nT4,train`, /row 2 has 2 fields, the header 9/],
    [header, /has no rows/],
    ["op,ms,m,n,k\nlinear,1,2,3,4", /does not say which board/],
  ])("%j is refused with what and where", (text, message) => {
    expect(() => validate([table(text)])).toThrow(message);
  });

  test("a file that is not there, and a device that is none", () => {
    expect(() => validate(["/nowhere/data.csv"])).toThrow(/data\.csv/);
    expect(() => validate([data("neusight_bmm.csv")], { device: "t44" })).toThrow(/t44/);
  });

  test("one board of several: its own rows; a board that the table lacks is an error", () => {
    const only = validate([data("tables/deepbench_gemm.csv")], { device: "m40" });
    expect(only.groups.map((g) => g.device)).toEqual(["m40"]);
    expect(only.skipped.some((s) => s.reason === "another board, 't4'")).toBe(true);
    expect(() => validate([data("tables/deepbench_gemm.csv")], { device: "l4" })).toThrow(
      /no rows of l4/,
    );
  });
});

describe("all that there is", () => {
  const folder = sharedPath("data/gpu");
  test.skipIf(folder === undefined)("14,610 convolutions", () => {
    const { overall } = validate([join(folder!, "neusight_conv3x3_fp32.csv")]);
    expect(overall!.count).toBe(14_610);
    expect(overall!.mape).toBeLessThan(0.12);
    expect(overall!.algorithmRight).toBeGreaterThan(0.75);
  });
});
