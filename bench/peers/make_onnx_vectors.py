"""Writes test/data/onnx/: small models made by the official onnx package, and what it reads in them.

    python bench/peers/make_onnx_vectors.py [FOLDER_OF_NETWORKS]

FOLDER_OF_NETWORKS holds resnet18.onnx.gz and so on; without it, networks.json is left as it is.
"""

import gzip
import hashlib
import json
import math
import pathlib
import sys
from collections import Counter

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import AttributeProto, TensorProto, helper, inliner, numpy_helper

OUT = pathlib.Path(__file__).resolve().parents[2] / "test/data/onnx"
F = TensorProto.FLOAT
expected = {}


def save(name, model, check=True):
    if check:
        onnx.checker.check_model(model)
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def model_of(nodes, inputs, outputs, initializers=(), opset=21, name="g", **kwargs):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers), **kwargs)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, producer_name="vectors"
    )


def value(name, shape=(2,), dtype=F):
    return helper.make_tensor_value_info(name, dtype, shape)


def plain(x):
    """JSON has no NaN and no infinity."""
    if isinstance(x, complex):
        return [plain(x.real), plain(x.imag)]
    if isinstance(x, float) and not math.isfinite(x):
        return str(x)
    return x


# Every kind of attribute, in an operator of our own.
def attributes():
    body = helper.make_graph(
        [helper.make_node("Relu", ["outer"], ["r"], name="in_body")], "body", [], [value("r")]
    )
    sparse = helper.make_sparse_tensor(
        helper.make_tensor("", F, [2], [1.5, -2.5]),
        helper.make_tensor("", TensorProto.INT64, [2], [1, 5]),
        [2, 3],
    )
    type_proto = helper.make_sequence_type_proto(helper.make_tensor_type_proto(F, ["n", 3]))
    tensor = helper.make_tensor("t", F, [2], [1.0, 2.0])
    attribute = helper.make_attribute
    node = helper.make_node("Everything", ["outer"], ["y"], name="all", domain="test.vectors")
    node.attribute.extend(
        [
            attribute("a_float", 0.1),
            attribute("a_nan", float("nan")),
            attribute("an_infinity", float("-inf")),
            attribute("an_int", -(2**53) + 1),
            attribute("the_largest_int", 2**63 - 1),
            attribute("the_smallest_int", -(2**63)),
            attribute("a_string", "größer, 大"),
            attribute("a_tensor", tensor),
            attribute("a_graph", body),
            attribute("a_sparse_tensor", sparse),
            attribute("a_type", type_proto),
            attribute("some_floats", [1.5, 2.5, float("inf")]),
            attribute("some_ints", [1, -1, 0]),
            attribute("some_strings", ["a", "", "ü"]),
            attribute("some_tensors", [tensor, tensor]),
            attribute("some_graphs", [body, body]),
            attribute("some_sparse_tensors", [sparse, sparse]),
            attribute("some_types", [type_proto, type_proto]),
            attribute("no_ints", [], attr_type=AttributeProto.INTS),
            AttributeProto(name="bytes", type=AttributeProto.STRING, s=b"\xff\xfe\x00code"),
            # Writers of proto3 leave zeros out; writers of IR version 1 leave the type out.
            AttributeProto(name="a_zero_left_out", type=AttributeProto.INT),
            AttributeProto(name="a_type_left_out", ints=[7, 8]),
        ]
    )
    model = model_of([node], [value("outer")], [value("y")])
    model.opset_import.append(helper.make_opsetid("test.vectors", 3))
    model.metadata_props.add(key="author", value="nobody")
    model.metadata_props.add(key="__proto__", value="a key like any other")
    save("attributes", model, check=False)


NUMPY = {
    TensorProto.BFLOAT16: ml_dtypes.bfloat16,
    TensorProto.FLOAT8E4M3FN: ml_dtypes.float8_e4m3fn,
    TensorProto.FLOAT8E4M3FNUZ: ml_dtypes.float8_e4m3fnuz,
    TensorProto.FLOAT8E5M2: ml_dtypes.float8_e5m2,
    TensorProto.FLOAT8E5M2FNUZ: ml_dtypes.float8_e5m2fnuz,
    TensorProto.FLOAT8E8M0: ml_dtypes.float8_e8m0fnu,
    TensorProto.FLOAT4E2M1: ml_dtypes.float4_e2m1fn,
    TensorProto.FLOAT6E2M3: ml_dtypes.float6_e2m3fn,
    TensorProto.FLOAT6E3M2: ml_dtypes.float6_e3m2fn,
    TensorProto.INT4: ml_dtypes.int4,
    TensorProto.UINT4: ml_dtypes.uint4,
    TensorProto.INT2: ml_dtypes.int2,
    TensorProto.UINT2: ml_dtypes.uint2,
}


def samples(dtype):
    """Seven numbers (an odd count leaves the last byte of packed types part empty)."""
    if dtype == TensorProto.BOOL:
        return np.array([1, 0, 0, 1, 1, 0, 1], dtype=np.bool_)
    if dtype in (TensorProto.COMPLEX64, TensorProto.COMPLEX128):
        return np.array(
            [1 + 2j, -0.5j, 3, 0, -1 - 1j, 1e-3, 7j], dtype=helper.tensor_dtype_to_np_dtype(dtype)
        )
    target = np.dtype(NUMPY.get(dtype) or helper.tensor_dtype_to_np_dtype(dtype))
    if target.name.startswith(("int", "uint")):
        info = ml_dtypes.iinfo(target) if dtype in NUMPY else np.iinfo(target)
        low, high = int(info.min), int(info.max)
        return np.array([0, 1, low, high, high // 2, low // 2, 1], dtype=object).astype(target)
    return np.array([0.0, 1.0, -1.5, 0.3, 2.0, -0.1, 6.0], dtype=np.float32).astype(target)


def raw_bytes(array, dtype):
    bits = {TensorProto.FLOAT6E2M3: 6, TensorProto.FLOAT6E3M2: 6}.get(dtype)
    if bits is None and dtype in NUMPY:
        bits = {"4": 4, "2": 2}.get(np.dtype(NUMPY[dtype]).name[-1]) if "int" in np.dtype(
            NUMPY[dtype]
        ).name else (4 if dtype == TensorProto.FLOAT4E2M1 else None)
    if bits is None:
        return array.astype(array.dtype.newbyteorder("<")).tobytes()
    stream = 0
    for i, code in enumerate(array.view(np.uint8)):
        stream |= (int(code) & ((1 << bits) - 1)) << (i * bits)
    return stream.to_bytes((len(array) * bits + 7) // 8, "little")


def typed(tensor, array, dtype):
    """Fills the typed field as onnx.proto says, by hand: helper.make_tensor packs some types raw."""
    if dtype in (TensorProto.FLOAT, TensorProto.COMPLEX64):
        tensor.float_data.extend(array.view(np.float32).tolist())
    elif dtype in (TensorProto.DOUBLE, TensorProto.COMPLEX128):
        tensor.double_data.extend(array.view(np.float64).tolist())
    elif dtype == TensorProto.INT64:
        tensor.int64_data.extend(array.tolist())
    elif dtype in (TensorProto.UINT32, TensorProto.UINT64):
        tensor.uint64_data.extend(array.tolist())
    elif dtype in (TensorProto.FLOAT6E2M3, TensorProto.FLOAT6E3M2):
        tensor.int32_data.extend(array.view(np.uint8).tolist())
    elif raw_bytes(array, dtype) != array.tobytes():
        tensor.int32_data.extend(raw_bytes(array, dtype))
    elif dtype in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
        tensor.int32_data.extend(array.view(np.uint16).tolist())
    elif dtype in NUMPY:
        tensor.int32_data.extend(array.view(np.uint8).tolist())
    else:
        tensor.int32_data.extend(array.astype(np.int32).tolist())


def dtypes():
    names = {v: k for k, v in TensorProto.DataType.items() if v not in (0, TensorProto.STRING)}
    for form in ("raw", "typed"):
        tensors, values = [], {}
        for dtype, name in names.items():
            array = samples(dtype)
            tensor = TensorProto(name=name, data_type=dtype, dims=[7])
            if form == "raw":
                tensor.raw_data = raw_bytes(array, dtype)
            else:
                typed(tensor, array, dtype)
            read = numpy_helper.to_array(tensor)
            assert read.astype(array.dtype).tobytes() == array.tobytes(), name
            as_numbers = array if array.dtype.kind in "iub" else array.astype(
                np.complex128 if array.dtype.kind == "c" else np.float64
            )
            values[name] = {
                # 64-bit integers as text: JSON numbers are doubles.
                "values": [str(x) for x in array.tolist()]
                if array.dtype.name in ("int64", "uint64")
                else [plain(x) for x in as_numbers.astype(np.int64).tolist()]
                if array.dtype.name.startswith(("int", "uint", "bool"))
                else [plain(x) for x in as_numbers.tolist()],
                "raw": raw_bytes(array, dtype).hex(),
            }
            tensors.append(tensor)
        tensors.append(helper.make_tensor("STRING", TensorProto.STRING, [3], [b"a", b"", "ß".encode()]))
        tensors.append(helper.make_tensor("SCALAR", F, [], [2.5]))
        tensors.append(helper.make_tensor("EMPTY", F, [0, 3], []))
        nodes = [helper.make_node("Identity", ["SCALAR"], ["y"])]
        model = model_of(nodes, [], [value("y", ())], tensors)
        model.ir_version = 14
        save(f"dtypes-{form}", model)
        expected["dtypes"] = values


# Protobuf allows repeated numbers one by one, each with a tag; readers must take both forms.
def unpacked():
    def varint(x):
        x &= (1 << 64) - 1
        out = b""
        while x > 0x7F:
            out += bytes([x & 0x7F | 0x80])
            x >>= 7
        return out + bytes([x])

    def field(number, wire, content):
        return varint(number << 3 | wire) + content

    def message(number, content):
        return field(number, 2, varint(len(content)) + content)

    numbers = [1, -2, 300, -(2**40), 0]
    ints = b"".join(field(7, 0, varint(x)) for x in numbers)
    # Dimensions one by one, and one number packed between the others.
    ints_mixed = field(7, 0, varint(1)) + message(7, varint(-2)) + b"".join(
        field(7, 0, varint(x)) for x in numbers[2:]
    )
    floats = b"".join(field(4, 5, np.float32(x).tobytes()) for x in (0.5, -1.25))
    tensors = [
        message(1, varint(5)) + field(2, 0, varint(7)) + ints + message(8, b"ints"),
        field(1, 0, varint(5)) + field(2, 0, varint(7)) + ints_mixed + message(8, b"mixed"),
        field(1, 0, varint(2)) + field(2, 0, varint(1)) + floats + message(8, b"floats"),
    ]
    base = model_of([helper.make_node("Identity", ["floats"], ["y"])], [], [value("y")])
    extra = b"".join(message(5, t) for t in tensors)
    # A message given twice is merged: the graph's second part adds the initializers.
    data = base.SerializeToString(deterministic=True) + message(7, extra)
    read = onnx.load_from_string(data)
    assert [numpy_helper.to_array(t).tolist() for t in read.graph.initializer] == [
        numbers,
        numbers,
        [0.5, -1.25],
    ]
    (OUT / "unpacked.onnx").write_bytes(data)


def external():
    weights = np.arange(3000, dtype=np.float32)
    more = np.arange(-5, 5, dtype=np.int64)
    data = weights.tobytes() + b"\0" * (12288 - 12000) + more.tobytes()
    (OUT / "external.data").write_bytes(data)

    def tensor(name, dims, dtype, **where):
        t = TensorProto(name=name, dims=dims, data_type=dtype, data_location=TensorProto.EXTERNAL)
        for k, v in where.items():
            t.external_data.add(key=k, value=str(v))
        return t

    tensors = [
        tensor("w", [30, 100], F, location="external.data", offset=0, length=12000),
        tensor("m", [10], TensorProto.INT64, location="external.data", offset=12288),
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("Gather", ["h", "m"], ["y"], axis=1),
    ]
    model = model_of(nodes, [value("x", ("n", 30))], [value("y", ("n", 10))], tensors)
    save("external", model, check=False)
    onnx.checker.check_model(str(OUT / "external.onnx"))
    expected["external"] = {"w": hashlib.sha256(weights.tobytes()).hexdigest(), "m": more.tolist()}


def functions():
    ref = helper.make_node("LeakyRelu", ["h"], ["o"], name="leak")
    ref.attribute.add(name="alpha", ref_attr_name="slope", type=AttributeProto.FLOAT)
    inner = helper.make_function(
        "test.fn",
        "Inner",
        ["a", "b"],
        ["o"],
        [helper.make_node("Add", ["a", "b"], ["h"]), ref],
        [helper.make_opsetid("", 21)],
        attributes=[],
        attribute_protos=[helper.make_attribute("slope", 0.25)],
    )
    call = helper.make_node("Inner", ["u", "u"], ["t"], domain="test.fn", name="first")
    call.attribute.add(name="slope", ref_attr_name="steep", type=AttributeProto.FLOAT)
    branch = helper.make_graph(
        [helper.make_node("Neg", ["t"], ["branch_out"])], "branch", [], [value("branch_out", None)]
    )
    outer = helper.make_function(
        "test.fn",
        "Outer",
        ["u", "c"],
        ["v", "w"],
        [
            call,
            helper.make_node("Inner", ["t", "u"], ["w"], domain="test.fn", name="second"),
            helper.make_node("If", ["c"], ["v"], then_branch=branch, else_branch=branch),
        ],
        [helper.make_opsetid("", 21), helper.make_opsetid("test.fn", 1)],
        attributes=["steep"],
    )
    nodes = [
        helper.make_node("Outer", ["x", "c"], ["p", "q"], domain="test.fn", name="one", steep=0.5),
        # The second output is not used, the attribute not given.
        helper.make_node("Outer", ["p", "c"], ["r", ""], domain="test.fn", name="two"),
        helper.make_node("Mul", ["q", "r"], ["y"], name="last"),
        # A value whose name the inlined body would take.
        helper.make_node("Relu", ["x"], ["one/first/h"], name="clash"),
    ]
    model = model_of(
        nodes, [value("x"), value("c", (), TensorProto.BOOL)], [value("y"), value("one/first/h")]
    )
    model.opset_import.append(helper.make_opsetid("test.fn", 1))
    model.functions.extend([inner, outer])
    save("functions", model)
    # The package's inliner drops defaults (0.25); ONNX Runtime applies them.
    alphas = [0.5, 0.25, 0.25, 0.25]
    x = np.float32([-1, 2])

    def leaky(v, alpha):
        return np.where(v < 0, alpha * v, v)

    def call_outer(u, first, second):
        t = leaky(u + u, first)
        return -t, leaky(t + u, second)

    p, q = call_outer(x, alphas[0], alphas[1])
    r, _ = call_outer(p, alphas[2], alphas[3])
    session = onnxruntime.InferenceSession(model.SerializeToString())
    run = session.run(None, {"x": x, "c": np.array(True)})
    assert np.allclose(run[0], q * r), (run[0], q * r)
    inlined = inliner.inline_local_functions(model)
    expected["functions"] = {"ops": [n.op_type for n in inlined.graph.node], "alphas": alphas}


def sparse():
    values = helper.make_tensor("linear", F, [3], [1.0, 2.0, 3.0])
    linear = helper.make_sparse_tensor(
        values, helper.make_tensor("i", TensorProto.INT64, [3], [0, 4, 11]), [3, 4]
    )
    pairs = helper.make_sparse_tensor(
        helper.make_tensor("pairs", TensorProto.INT8, [2], [-7, 9]),
        helper.make_tensor("j", TensorProto.INT64, [2, 2], [0, 3, 2, 1]),
        [3, 4],
    )
    model = model_of(
        [helper.make_node("Cast", ["pairs"], ["c"], to=F), helper.make_node("Add", ["linear", "c"], ["y"])],
        [],
        [value("y", (3, 4))],
        sparse_initializer=[linear, pairs],
    )
    save("sparse", model)
    dense = np.zeros(12)
    dense[[0, 4, 11]] = [1, 2, 3]
    dense_pairs = np.zeros((3, 4))
    dense_pairs[0, 3], dense_pairs[2, 1] = -7, 9
    expected["sparse"] = {"linear": dense.tolist(), "pairs": dense_pairs.ravel().tolist()}


def control_flow():
    untyped = onnx.ValueInfoProto(name="then_out")
    then = helper.make_graph([helper.make_node("Relu", ["x"], ["then_out"])], "then", [], [untyped])
    weight = helper.make_tensor("k", F, [2], np.float32([1, 2]).tobytes(), raw=True)
    otherwise = helper.make_graph(
        [helper.make_node("Mul", ["x", "k"], ["else_out"])], "else", [], [value("else_out")], [weight]
    )
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_out"]),
            helper.make_node("Add", ["carried", "chosen"], ["carried_out"]),
        ],
        "body",
        [value("i", (), TensorProto.INT64), value("go", (), TensorProto.BOOL), value("carried")],
        [value("go_out", (), TensorProto.BOOL), value("carried_out")],
    )
    step = helper.make_graph(
        [helper.make_node("Add", ["state", "item"], ["state_out"]), helper.make_node("Neg", ["item"], ["scan_out"])],
        "step",
        [value("state", ()), value("item", ())],
        [value("state_out", ()), value("scan_out", ())],
    )
    zero = helper.make_tensor("zero", F, [], [0.0])
    three = helper.make_tensor("three", TensorProto.INT64, [], [3])
    nodes = [
        helper.make_node("If", ["c"], ["chosen"], then_branch=then, else_branch=otherwise),
        helper.make_node("Loop", ["three", "", "x"], ["looped"], body=body),
        helper.make_node("Scan", ["zero", "looped"], ["total", "negated"], body=step, num_scan_inputs=1),
    ]
    model = model_of(
        nodes,
        [value("x"), value("c", (), TensorProto.BOOL)],
        [value("total", ()), value("negated")],
        [zero, three],
    )
    # Names of nodes are optional; two alike are tolerated.
    save("control-flow", model)


def shapes():
    nodes = [
        # Against the order: the consumer first.
        helper.make_node("Relu", ["h"], ["y"], name="same"),
        helper.make_node("Conv", ["x", "w", ""], ["h"], name="same", kernel_shape=[1, 1]),
        helper.make_node("Clip", ["y", "", "max"], ["z"], domain="ai.onnx"),
    ]
    tensors = [
        helper.make_tensor("w", F, [1, 3, 1, 1], [1, 2, 3]),
        helper.make_tensor("max", F, [], [6]),
    ]
    model = model_of(
        nodes,
        # As IR version 3 had it: initializers among the inputs.
        [value("x", ("batch", 3, None, "2*width")), value("w", (1, 3, 1, 1)), value("max", ())],
        [value("z", None), helper.make_tensor_sequence_value_info("s", F, ["n"])],
        tensors,
        opset=11,
        value_info=[value("h", ("batch", 1, -1, 8))],
    )
    model.graph.node.append(helper.make_node("SequenceConstruct", ["z"], ["s"]))
    model.ir_version = 3
    model.opset_import[0].domain = "ai.onnx"
    save("shapes", model, check=False)


def networks(folder):
    out = {}
    for path in sorted(pathlib.Path(folder).glob("*.onnx.gz")):
        model = onnx.load_from_string(gzip.decompress(path.read_bytes()))
        digest = hashlib.sha256()
        for t in sorted(model.graph.initializer, key=lambda t: t.name):
            assert t.HasField("raw_data")
            digest.update(f"{t.name} {t.data_type} {list(t.dims)}\n".encode() + t.raw_data)
        out[path.name.removesuffix(".onnx.gz")] = {
            "nodes": len(model.graph.node),
            "ops": dict(sorted(Counter(n.op_type for n in model.graph.node).items())),
            "initializers": len(model.graph.initializer),
            "weights_sha256": digest.hexdigest(),
        }
    (OUT / "networks.json").write_text(json.dumps(out, indent=1) + "\n")


OUT.mkdir(parents=True, exist_ok=True)
for make in (attributes, dtypes, unpacked, external, functions, sparse, control_flow, shapes):
    make()
if len(sys.argv) > 1:
    networks(sys.argv[1])
(OUT / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
