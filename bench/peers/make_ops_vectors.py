"""Makes test/data/ops/vectors.json: single-operator models with the output types and values that
ONNX Runtime computes, or, where it has no kernel, the types of onnx's strict shape inference.

    python bench/peers/make_ops_vectors.py    (needs onnx, onnxruntime, numpy)
"""
import json
import math
import pathlib
import random
import warnings

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

warnings.filterwarnings("ignore")
ort.set_default_logger_severity(4)
rng = random.Random(20240607)
nprng = np.random.default_rng(20240607)
NAMES = {np.dtype(np.float32): "float32", np.dtype(np.float64): "float64", np.dtype(np.int64): "int64",
         np.dtype(np.int32): "int32", np.dtype(np.int8): "int8", np.dtype(np.uint8): "uint8",
         np.dtype(np.bool_): "bool", np.dtype(np.float16): "float16", np.dtype(np.int16): "int16",
         np.dtype(np.uint16): "uint16"}
CODE = {v: helper.np_dtype_to_tensor_dtype(k) for k, v in NAMES.items()}
NAME_OF = {c: n for n, c in CODE.items()}
cases, seen, dropped = [], set(), []


def f(*shape):
    return ("float32", list(shape), None)


def t(dtype, *shape):
    return (dtype, list(shape), None)


def c(value, dtype=np.int64):
    a = np.asarray(value, dtype=dtype)
    return (NAMES[a.dtype], list(a.shape), a)


def feed(kind, shape):
    if kind == "bool":
        return nprng.integers(0, 2, shape).astype(bool)
    if kind.startswith(("int", "uint")):
        return nprng.integers(0, 2, shape).astype(kind)
    return nprng.random(shape).astype(kind)


def attr_json(a):
    v = helper.get_attribute_value(a)
    k = onnx.AttributeProto.AttributeType.Name(a.type).lower()
    if k == "string":
        v = v.decode()
    if k == "strings":
        v = [x.decode() for x in v]
    if k == "tensor":
        n = numpy_helper.to_array(v)
        v = {"dtype": NAMES[n.dtype], "shape": list(n.shape), "values": n.reshape(-1).tolist()}
    if k in ("ints", "floats"):
        v = list(v)
    return [k, v]


def case(op, opset, inputs, attrs=None, outputs=1, values=False, feeds=None, contradicts=False):
    """inputs: (dtype, shape, constant or None), or None where absent.

    contradicts: made to be rejected; otherwise a rejection counts only if onnx's checker agrees.
    """
    attrs = attrs or {}
    names, gi, inits, feed_values = [], [], [], {}
    for i, x in enumerate(inputs):
        if x is None:
            names.append("")
            continue
        kind, shape, value = x
        names.append(f"i{i}")
        if value is None:
            gi.append(helper.make_tensor_value_info(f"i{i}", CODE[kind], shape))
            feed_values[f"i{i}"] = (feeds or {}).get(i, feed(kind, shape)).astype(kind)
        else:
            inits.append(numpy_helper.from_array(value, f"i{i}"))
    out = [f"o{i}" for i in range(outputs)]
    node = helper.make_node(op, names, out, **attrs)
    key = (op, opset, str(node), str(inputs))
    if key in seen:
        return
    seen.add(key)
    graph = helper.make_graph([node], "g", gi, [helper.make_empty_tensor_value_info(o) for o in out], inits)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8 if opset < 20 else 10
    result, source = None, "onnxruntime"
    try:
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        s = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        got = s.run(None, feed_values)
        result = [{"dtype": NAMES[np.asarray(g).dtype], "shape": list(np.asarray(g).shape)} for g in got]
        if values:
            for r, g in zip(result, got):
                r["values"] = [float(v) if isinstance(v, float) else v for v in np.asarray(g).reshape(-1).tolist()]
    except Exception as e:
        why = str(e)
        if "NOT_IMPLEMENTED" in why or "Could not find an implementation" in why or "No Op registered" in why or "is under development" in why or "Type Error" in why:
            try:
                inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
                source = "onnx"
                result = []
                for o in inferred.graph.output:
                    tt = o.type.tensor_type
                    if not tt.HasField("shape"):
                        raise ValueError("no shape")
                    result.append({"dtype": NAME_OF[tt.elem_type], "shape": [d.dim_value if d.HasField("dim_value") else None for d in tt.shape.dim]})
                if any(d is None for r in result for d in r["shape"]):
                    raise ValueError("unknown dimension")
            except Exception as e2:
                dropped.append((op, opset, str(e2)[:100]))
                return
        else:
            try:
                if contradicts:
                    raise ValueError(why)
                onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
                dropped.append((op, opset, why[:160]))
                return
            except Exception:
                result = None
    cases.append({
        "op": op, "opset": opset,
        "attrs": {a.name: attr_json(a) for a in node.attribute},
        "inputs": [None if x is None else {"dtype": x[0], "shape": x[1], **({} if x[2] is None else {"values": [float(v) if isinstance(v, float) else v for v in x[2].reshape(-1).tolist()]})} for x in inputs],
        "outputs": result, "source": source if result is not None else "rejected",
    })


def pick(*xs):
    return rng.choice(xs)


def dims(n, lo=1, hi=6):
    return [rng.randint(lo, hi) for _ in range(n)]


def broadcastable(n=2):
    rank = rng.randint(0, 4)
    base = dims(rank)
    out = []
    for _ in range(n):
        keep = rng.randint(0, rank)
        out.append([d if rng.random() < 0.7 else 1 for d in base[keep:]])
    return out


# --- contractions ---
for _ in range(70):
    r = pick(1, 2, 2, 2, 3)
    g = pick(1, 1, 1, 2, 3)
    cin, k = g * rng.randint(1, 3), g * rng.randint(1, 3)
    kernel, sp = dims(r, 1, 4), dims(r, 4, 11)
    a = {"group": g, "strides": dims(r, 1, 3), "dilations": dims(r, 1, 2)}
    mode = pick("pads", "pads", "none", "SAME_UPPER", "SAME_LOWER", "VALID")
    if mode == "pads":
        a["pads"] = dims(2 * r, 0, 2)
    elif mode != "none":
        a["auto_pad"] = mode
        if mode.startswith("SAME"):
            a["dilations"] = [1] * r
    if rng.random() < 0.5:
        a["kernel_shape"] = kernel
    ins = [f(rng.randint(1, 3), cin, *sp), f(k, cin // g, *kernel)] + ([f(k)] if rng.random() < 0.5 else [])
    case("Conv", pick(1, 11, 13, 22), ins, a)
for _ in range(60):
    r = pick(1, 2, 2, 3)
    g = pick(1, 1, 2)
    cin, kg = g * rng.randint(1, 3), rng.randint(1, 3)
    kernel, sp, st = dims(r, 1, 4), dims(r, 2, 6), dims(r, 1, 3)
    a = {"group": g, "strides": st, "dilations": dims(r, 1, 2)}
    mode = pick("pads", "pads", "none", "SAME_UPPER", "SAME_LOWER", "VALID", "output_shape")
    if mode == "pads":
        a["pads"] = dims(2 * r, 0, 1)
    elif mode == "output_shape":
        a["output_shape"] = [s * n + pick(0, 1) for s, n in zip(st, sp)]
    elif mode != "none":
        a["auto_pad"] = mode
    if rng.random() < 0.3:
        a["output_padding"] = [rng.randint(0, s - 1) for s in st]
    case("ConvTranspose", pick(1, 11, 22), [f(2, cin, *sp), f(cin, kg, *kernel)] + ([f(kg * g)] if rng.random() < 0.4 else []), a)
for op, sets in (("MaxPool", (8, 10, 11, 12, 22)), ("AveragePool", (7, 10, 11, 19, 22)), ("LpPool", (2, 11, 18, 22))):
    for _ in range(45):
        r = pick(1, 2, 2, 3)
        v = pick(*sets)
        kernel = dims(r, 1, 4)
        a = {"kernel_shape": kernel, "strides": dims(r, 1, 3)}
        if v >= 10 and op != "LpPool" or v >= 18:
            a["ceil_mode"] = rng.randint(0, 1)
        if (op == "MaxPool" and v >= 10) or (op == "AveragePool" and v >= 19) or v >= 18:
            a["dilations"] = dims(r, 1, 2)
        mode = pick("pads", "pads", "none", "SAME_UPPER", "SAME_LOWER", "VALID")
        if mode == "pads":
            a["pads"] = [rng.randint(0, kk // 2) for kk in kernel] * 2
        elif mode != "none":
            a["auto_pad"] = mode
            # ONNX Runtime forgets the dilation when it pads to SAME, and lets windows outgrow a
            # VALID input; neither is what the specification says.
            a.pop("dilations", None)
        n = 2 if op == "MaxPool" and rng.random() < 0.3 else 1
        case(op, v, [f(2, 3, *dims(r, 5, 12))], a, n)
for op in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
    for r in (1, 2, 3):
        case(op, 13, [f(2, 3, *dims(r, 2, 5))])
case("MaxUnpool", 11, [f(1, 1, 2, 2), t("int64", 1, 1, 2, 2)], {"kernel_shape": [2, 2], "strides": [2, 2]})
for _ in range(40):
    m, k, n = dims(3)
    ta, tb = rng.randint(0, 1), rng.randint(0, 1)
    a = f(*([k, m] if ta else [m, k]))
    b = f(*([n, k] if tb else [k, n]))
    cc = pick(None, [m, n], [n], [1, n], [m, 1], [1], [])
    case("Gemm", pick(7, 9, 11, 13), [a, b] + ([] if cc is None else [f(*cc)]), {"transA": ta, "transB": tb, "alpha": pick(1.0, 0.5), "beta": pick(1.0, 2.0)})
for _ in range(50):
    m, k, n = dims(3)
    ba, bb = broadcastable()
    a = pick([k], [*ba, m, k], [*ba, m, k])
    b = pick([k], [*bb, k, n], [*bb, k, n])
    case("MatMul", pick(1, 9, 13), [f(*a), f(*b)])
case("MatMul", 13, [f(2, 3), f(4, 5)], contradicts=True)
case("MatMul", 13, [f(2, 3, 4), f(3, 4, 5)])
case("Gemm", 13, [f(2, 3), f(2, 3)])
case("Conv", 13, [f(1, 3, 8, 8), f(4, 2, 3, 3)], contradicts=True)
case("Conv", 13, [f(1, 3, 4, 4), f(4, 3, 5, 5)], contradicts=True)
case("Conv", 13, [f(1, 4, 8, 8), f(5, 2, 3, 3)], {"group": 2}, contradicts=True)
case("Conv", 13, [f(1, 4, 8, 8), f(5, 4, 3, 3)], {"pads": [1, 1]}, contradicts=True)
case("Conv", 13, [f(1, 4, 8, 8), f(5, 4, 3, 3), f(4)], contradicts=True)
case("BatchNormalization", 15, [f(4, 3, 5, 5), f(4), f(4), f(4), f(4)], contradicts=True)
case("Add", 13, [f(2, 3), f(2, 4)])
for eq, shapes in (("ij,jk->ik", [[2, 3], [3, 4]]), ("bij,bjk->bik", [[2, 3, 4], [2, 4, 5]]), ("ii->i", [[3, 3]]), ("ii", [[3, 3]]),
                   ("ij->ji", [[2, 3]]), ("ij->", [[2, 3]]), ("i,j->ij", [[2], [3]]), ("...ij,...jk->...ik", [[2, 5, 3, 4], [2, 1, 4, 6]]),
                   ("bhwc,hkc->bhwk", [[2, 3, 4, 5], [3, 6, 5]]), ("bi,ij,bj->b", [[2, 3], [3, 4], [2, 4]]), ("ij,jk", [[2, 3], [3, 4]]),
                   ("b...,b...->b...", [[2, 3, 4], [2, 3, 4]]), ("abc->cab", [[2, 3, 4]]), ("bhid,bhjd->bhij", [[1, 2, 3, 4], [1, 2, 5, 4]]),
                   (" n c h w , o c -> n o h w ", [[2, 3, 4, 5], [6, 3]]), ("...i->...", [[2, 3, 4]]), ("i...,i...->...", [[2, 3], [2, 3]]), ("ba,cb", [[2, 3], [4, 2]]),
                   ("ij,jk->ik", [[2, 3], [4, 5]])):
    case("Einsum", 12, [f(*s) for s in shapes], {"equation": eq}, contradicts=shapes == [[2, 3], [4, 5]])
for _ in range(6):
    kh = rng.randint(1, 3)
    case("ConvInteger", 10, [t("uint8", 1, 2, 6, 6), t("uint8", 3, 2, kh, kh)], {"pads": dims(4, 0, 1), "strides": dims(2, 1, 2)})
case("QLinearConv", 10, [t("uint8", 1, 2, 6, 6), c(0.1, np.float32), c(3, np.uint8), t("uint8", 4, 2, 3, 3), c(0.1, np.float32), c(3, np.uint8), c(0.2, np.float32), c(5, np.uint8), t("int32", 4)], {"pads": [1, 1, 1, 1]})
case("MatMulInteger", 10, [t("uint8", 2, 3, 4), t("uint8", 4, 5)])
case("QLinearMatMul", 10, [t("uint8", 2, 3, 4), c(0.1, np.float32), c(3, np.uint8), t("uint8", 4, 5), c(0.1, np.float32), c(3, np.uint8), c(0.2, np.float32), c(5, np.uint8)])
for v, og, mask in ((19, 1, False), (19, 2, True), (22, 1, True)):
    case("DeformConv", v, [f(1, 4, 7, 8), f(6, 4, 3, 3), f(1, og * 18, 7, 8), None if not mask else f(6), *([f(1, og * 9, 7, 8)] if mask else [])], {"pads": [1, 1, 1, 1], "offset_group": og, "kernel_shape": [3, 3]})
case("DeformConv", 19, [f(1, 4, 7, 8), f(6, 2, 3, 3), f(1, 18, 3, 3), f(6)], {"strides": [2, 2], "group": 2})
# --- elementwise ---
for op, v in (("Add", 7), ("Add", 14), ("Sub", 13), ("Mul", 14), ("Div", 13), ("Pow", 15), ("Mod", 13), ("Equal", 13), ("Less", 13), ("Greater", 13), ("LessOrEqual", 16), ("GreaterOrEqual", 16), ("PRelu", 16)):
    for _ in range(5):
        a, b = broadcastable()
        if op == "PRelu":
            x = dims(4)
            case(op, v, [f(*x), f(*pick([x[1], 1, 1], [1], x))])
        else:
            case(op, v, [f(*a), f(*b)], {"fmod": 1} if op == "Mod" else {})
for op in ("And", "Or", "Xor"):
    for _ in range(3):
        a, b = broadcastable()
        case(op, 7, [t("bool", *a), t("bool", *b)])
for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
    a, b = broadcastable()
    case(op, 18, [t("int32", *a), t("int32", *b)])
case("BitwiseNot", 18, [t("int32", 2, 3)])
case("BitShift", 11, [t("uint8", 2, 3), t("uint8", 3)], {"direction": "LEFT"})
for op in ("Max", "Min", "Sum", "Mean"):
    for n in (1, 2, 3):
        case(op, 13, [f(*s) for s in broadcastable(n)])
for _ in range(6):
    a, b, d = broadcastable(3)
    case("Where", 16, [t("bool", *a), f(*b), f(*d)])
for op, v in (("Relu", 14), ("LeakyRelu", 16), ("Sigmoid", 13), ("Tanh", 13), ("HardSigmoid", 6), ("HardSwish", 14), ("Elu", 6), ("Selu", 6), ("Celu", 12), ("Mish", 18), ("Softplus", 1), ("Softsign", 1), ("Erf", 13), ("Gelu", 20), ("ThresholdedRelu", 10), ("Shrink", 9), ("Swish", 24),
              ("Abs", 13), ("Neg", 13), ("Ceil", 13), ("Floor", 13), ("Round", 11), ("Sqrt", 13), ("Exp", 13), ("Log", 13), ("Reciprocal", 13), ("Sign", 13), ("Sin", 7), ("Cos", 7), ("Tan", 7), ("Asin", 7), ("Acos", 7), ("Atan", 7), ("Sinh", 9), ("Cosh", 9), ("Asinh", 9), ("Acosh", 9), ("Atanh", 9), ("Identity", 13), ("IsNaN", 13), ("IsInf", 10), ("Dropout", 13), ("NonZero", 13)):
    if op != "NonZero":
        case(op, v, [f(*dims(3))])
case("Not", 1, [t("bool", 2, 3)])
case("Gelu", 20, [f(2, 3)], {"approximate": "tanh"})
case("Clip", 6, [f(2, 3)], {"min": 0.0, "max": 6.0})
case("Clip", 11, [f(2, 3), c(0.0, np.float32), c(6.0, np.float32)])
case("Clip", 13, [f(2, 3), None, c(6.0, np.float32)])
case("Dropout", 13, [f(2, 3)], {}, 2)
for to in (1, 6, 7, 9, 10, 11):
    case("Cast", 13, [f(2, 3)], {"to": to})
case("CastLike", 15, [f(2, 3), t("int32", 1)])
case("QuantizeLinear", 13, [f(2, 3), c(0.1, np.float32), c(3, np.uint8)])
case("QuantizeLinear", 13, [f(2, 3), c(0.1, np.float32), c(3, np.int8)])
case("QuantizeLinear", 13, [f(2, 3), c([0.1, 0.2, 0.3], np.float32), c([0, 1, 2], np.int8)], {"axis": 1})
case("QuantizeLinear", 10, [f(2, 3), c(0.1, np.float32)])
case("QuantizeLinear", 21, [f(2, 3), c(0.1, np.float32)], {"output_dtype": 3})
case("DequantizeLinear", 13, [t("uint8", 2, 3), c(0.1, np.float32), c(3, np.uint8)])
case("DequantizeLinear", 19, [t("int8", 2, 3), c(0.1, np.float16), c(3, np.int8)])
case("DynamicQuantizeLinear", 11, [f(2, 3)], {}, 3)
# --- normalization, softmax ---
for op in ("Softmax", "LogSoftmax", "Hardmax"):
    for v in (1, 11, 13):
        x = dims(3)
        case(op, v, [f(*x)], {"axis": rng.randint(0 if v < 11 else -3, 2)})
        case(op, v, [f(*x)])
for v in (9, 14, 15):
    for r in (0, 1, 2, 3):
        case("BatchNormalization", v, [f(2, 3, *dims(r)), f(3), f(3), f(3), f(3)])
case("BatchNormalization", 14, [f(4, 3, 5, 5), f(3), f(3), f(3), f(3)], {"training_mode": 1}, 3)
for axis in (-1, 1, -2):
    for n in (1, 3):
        x = dims(3)
        case("LayerNormalization", 17, [f(*x), f(*x[axis:]), f(*x[axis:])], {"axis": axis}, n)
x = dims(3)
case("LayerNormalization", 17, [f(*x), f(x[-1])])
case("RMSNormalization", 23, [f(*x), f(x[-1])])
case("InstanceNormalization", 6, [f(2, 3, 4, 5), f(3), f(3)])
case("GroupNormalization", 18, [f(2, 6, 4, 5), f(3), f(3)], {"num_groups": 3})
case("GroupNormalization", 21, [f(2, 6, 4, 5), f(6), f(6)], {"num_groups": 3})
case("LRN", 13, [f(2, 6, 4, 5)], {"size": 3})
case("LpNormalization", 1, [f(2, 6)], {"axis": 1})
case("MeanVarianceNormalization", 13, [f(2, 3, 4, 5)])
# --- reductions ---
for op in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"):
    for v in (11, 13, 18, 20):
        for _ in range(3):
            x = dims(rng.randint(1, 4))
            axes = rng.sample(range(-len(x), 0) if rng.random() < 0.5 else range(len(x)), rng.randint(1, len(x)))
            by_input = v >= 18 or (op == "ReduceSum" and v >= 13)
            a = {"keepdims": rng.randint(0, 1)}
            if rng.random() < 0.2:
                case(op, v, [f(*x)], {**a, **({"noop_with_empty_axes": rng.randint(0, 1)} if by_input else {})})
            elif by_input:
                case(op, v, [f(*x), c(axes)], a)
            else:
                case(op, v, [f(*x)], {**a, "axes": axes})
for op in ("ArgMax", "ArgMin"):
    for _ in range(5):
        x = dims(3)
        case(op, pick(11, 12, 13), [f(*x)], {"axis": rng.randint(-3, 2), "keepdims": rng.randint(0, 1)})
case("CumSum", 14, [f(2, 3), c(1)])
for v in (1, 10, 11):
    x = dims(3, 3, 6)
    a = {"axis": rng.randint(0, 2)}
    case("TopK", v, [f(*x)] + ([] if v < 10 else [c([2])]), {**a, **({"k": 2} if v < 10 else {})}, 2)
case("TopK", 11, [f(2, 3), c([5])], {}, 2)
# --- data movement ---
for _ in range(30):
    x = dims(rng.randint(1, 4), 1, 7)
    axes = rng.sample(range(len(x)), rng.randint(1, len(x)))
    if rng.random() < 0.4:
        axes = [q - len(x) for q in axes]
    st = [rng.randint(-8, 8) for _ in axes]
    en = [pick(rng.randint(-9, 9), 2**63 - 1, 2**31 - 1, -(2**63)) for _ in axes]
    sp = [pick(1, 1, 2, 3, -1, -2) for _ in axes]
    v = pick(9, 10, 11, 13)
    if v < 10:
        case("Slice", v, [f(*x)], {"starts": st, "ends": en, "axes": [q % len(x) for q in axes]})
    else:
        case("Slice", v, [f(*x), c(st), c(en), c(axes), c(sp)])
case("Slice", 13, [f(4, 5), c([1, 0]), c([3, 4])])
case("Slice", 13, [f(4, 5), c([1], np.int32), c([3], np.int32), c([1], np.int32)])
for _ in range(20):
    r = rng.randint(1, 4)
    x = dims(r, 3, 6)
    v = pick(2, 11, 13, 18, 21)
    pads = [pick(0, 1, 2, -1) for _ in range(2 * r)]
    mode = pick("constant", "constant", "reflect", "edge")
    if mode != "constant":
        pads = [abs(p) for p in pads]
    if v < 11:
        case("Pad", v, [f(*x)], {"pads": pads, "mode": mode})
    elif v >= 18 and rng.random() < 0.6:
        axes = rng.sample(range(-r, 0), rng.randint(1, r))
        case("Pad", v, [f(*x), c([rng.randint(0, 2) for _ in range(2 * len(axes))]), None, c(axes)], {"mode": "constant"})
    else:
        case("Pad", v, [f(*x), c(pads)], {"mode": mode})
case("Split", 11, [f(6, 4)], {"axis": 0}, 3)
case("Split", 11, [f(6, 4)], {"axis": 0, "split": [1, 2, 3]}, 3)
case("Split", 13, [f(6, 4), c([1, 2, 3])], {"axis": 0}, 3)
case("Split", 13, [f(6, 4)], {"axis": -1}, 2)
case("Split", 18, [f(7, 4)], {"axis": 0, "num_outputs": 3}, 3)
case("Split", 18, [f(7, 4)], {"axis": 0, "num_outputs": 4}, 4)
case("Split", 18, [f(6, 4), c([2, 4])], {"axis": 0}, 2)
case("Split", 13, [f(6, 4), c([1, 2])], {"axis": 0}, 2)
for _ in range(10):
    x = dims(3)
    axis = rng.randint(-3, 2)
    parts = []
    for _ in range(rng.randint(1, 4)):
        y = list(x)
        y[axis] = rng.randint(1, 4)
        parts.append(f(*y))
    case("Concat", pick(4, 11, 13), parts, {"axis": axis})
case("Concat", 13, [f(2, 3), f(3, 4)], {"axis": 0})
for _ in range(8):
    r = rng.randint(1, 5)
    case("Transpose", pick(1, 13, 21), [f(*dims(r))], {"perm": rng.sample(range(r), r)} if rng.random() < 0.8 else {})
for x, s, a in (([2, 3, 4], [0, -1], {}), ([2, 3, 4], [6, 4], {}), ([2, 3, 4], [-1], {}), ([2, 3, 4], [0, 0, 2, 2], {}), ([2, 3, 4], [4, -1, 2], {}), ([0, 3], [0, -1], {}), ([0, 3], [3, 0], {"allowzero": 1}), ([1], [], {}), ([2, 3, 4], [5, -1], {}), ([2, 3], [2, 4], {}), ([2, 3], [-1, -1], {}), ([6], [2, 3, 1], {})):
    case("Reshape", 14 if a else pick(5, 13, 14), [f(*x), c(s)], a, contradicts=True)
for axis in (0, 1, 2, 3, -1):
    case("Flatten", 13, [f(2, 3, 4)], {"axis": axis})
for v in (11, 13):
    for axes in ([0], [2], [0, 2], [-1, 0]):
        if v < 13:
            case("Squeeze", v, [f(1, 3, 1)], {"axes": axes})
            case("Unsqueeze", v, [f(2, 3)], {"axes": axes})
        else:
            case("Squeeze", v, [f(1, 3, 1), c(axes)])
            case("Unsqueeze", v, [f(2, 3), c(axes)])
    case("Squeeze", v, [f(1, 3, 1)])
case("Squeeze", 13, [f(1, 3, 1), c([1])], contradicts=True)
case("Transpose", 13, [f(2, 3)], {"perm": [0, 0]}, contradicts=True)
case("Gather", 13, [c([1, 2]), c(5)], contradicts=True)
case("Concat", 13, [f(2, 3), f(2, 3, 4)], {"axis": 0}, contradicts=True)
case("GridSample", 20, [f(2, 3, 5, 6), f(2, 7, 8, 3)], contradicts=True)
case("DepthToSpace", 13, [f(1, 6, 2, 3)], {"blocksize": 2}, contradicts=True)
for x, s in (([3, 1], [2, 1, 6]), ([3, 1], [3, 4]), ([2, 3], [1]), ([1], [2, 2]), ([], [3])):
    case("Expand", 13, [f(*x), c(s)])
case("Tile", 13, [f(2, 3), c([2, 2])])
case("Tile", 6, [f(2), c([3])])
for axis in (0, 1, -1):
    for idx in ([], [2], [2, 2]):
        case("Gather", pick(1, 11, 13), [f(3, 4, 5), t("int64", *idx)], {"axis": axis})
case("GatherElements", 13, [f(3, 4), t("int64", 2, 4)], {"axis": 0})
for x, idx, b in (([2, 3, 4], [5, 2], 0), ([2, 3, 4], [2, 1], 1), ([2, 3, 4], [2, 5, 2], 1), ([2, 2], [2], 0), ([2, 3, 4], [5, 1], 0), ([2, 3, 4], [2, 3, 1], 2)):
    case("GatherND", 13, [f(*x), t("int64", *idx)], {"batch_dims": b})
case("ScatterND", 16, [f(4, 5), c([[0], [2]]), f(2, 5)], {"reduction": "add"})
case("ScatterND", 13, [f(4, 5), c([[0, 1], [2, 3]]), f(2)])
case("ScatterND", 13, [f(4, 5), c([[0, 1], [2, 3]]), f(3)], contradicts=True)
case("ScatterElements", 18, [f(4, 5), t("int64", 2, 3), f(2, 3)], {"axis": 1, "reduction": "max"})
case("Scatter", 9, [f(4, 5), t("int64", 2, 3), f(2, 3)], {"axis": 1})
for v in (1, 11, 13):
    case("DepthToSpace", v, [f(1, 8, 2, 3)], {"blocksize": 2})
    case("SpaceToDepth", v, [f(1, 2, 4, 6)], {"blocksize": 2})
case("DepthToSpace", 13, [f(1, 8, 2, 3)], {"blocksize": 2, "mode": "CRD"})
# --- resize ---
for _ in range(30):
    h, w = rng.randint(2, 9), rng.randint(2, 9)
    v = pick(10, 11, 13, 18, 19)
    sc = [1.0, 1.0, pick(2.0, 0.5, 1.5, 0.7, 3.3, 0.6), pick(2.0, 0.5, 1.3, 0.7)]
    mode = pick("nearest", "linear") if v < 11 else pick("nearest", "linear", "cubic")
    a = {"mode": mode}
    if v < 11:
        case("Resize", v, [f(1, 2, h, w), c(sc, np.float32)], a)
    elif rng.random() < 0.5:
        case("Resize", v, [f(1, 2, h, w), c([], np.float32) if v < 13 or rng.random() < 0.3 else None, c(sc, np.float32)], a)
    elif v >= 18 and rng.random() < 0.7:
        case("Resize", v, [f(1, 2, h, w), None, None, c([rng.randint(3, 12), rng.randint(3, 12)])], {**a, "axes": pick([2, 3], [-2, -1], [3, 2]), "keep_aspect_ratio_policy": pick("stretch", "not_larger", "not_smaller")})
    else:
        case("Resize", v, [f(1, 2, h, w), c([], np.float32) if v < 13 else None, c([], np.float32) if v < 13 else None, c([1, 2, rng.randint(3, 12), rng.randint(3, 12)])], a)
case("Resize", 18, [f(1, 2, 5, 6), None, c([2.0, 3.0], np.float32)], {"axes": [2, 3], "mode": "linear"})
case("Upsample", 9, [f(1, 2, 5, 6), c([1, 1, 2.0, 1.5], np.float32)], {"mode": "nearest"})
case("Upsample", 7, [f(1, 2, 5, 6)], {"mode": "nearest", "scales": [1.0, 1.0, 2.0, 3.0]})
# --- sampling, attention, the rest ---
case("GridSample", 16, [f(2, 3, 5, 6), f(2, 7, 8, 2)], {"mode": "bilinear"})
case("GridSample", 20, [f(2, 3, 5, 6), f(2, 7, 8, 2)], {"mode": "linear"})
case("GridSample", 20, [f(2, 3, 4, 5, 6), f(2, 7, 8, 9, 3)], {"mode": "nearest"})
case("AffineGrid", 20, [f(2, 2, 3), c([2, 3, 5, 6])])
case("AffineGrid", 20, [f(2, 3, 4), c([2, 3, 4, 5, 6])])
case("RoiAlign", 16, [f(1, 3, 8, 8), f(4, 4), t("int64", 4)], {"output_height": 3, "output_width": 2, "sampling_ratio": 2}, feeds={2: np.zeros(4)})
case("MaxRoiPool", 1, [f(1, 3, 8, 8), f(4, 5)], {"pooled_shape": [2, 3]}, feeds={1: np.tile(np.array([0, 0, 0, 5, 5]), (4, 1))})
case("Attention", 23, [f(2, 3, 4, 8), f(2, 3, 6, 8), f(2, 3, 6, 10)])
case("Attention", 23, [f(2, 4, 24), f(2, 6, 24), f(2, 6, 30)], {"q_num_heads": 3, "kv_num_heads": 3})
case("Attention", 23, [f(2, 6, 4, 8), f(2, 3, 6, 8), f(2, 3, 6, 8), None, f(2, 3, 5, 8), f(2, 3, 5, 8)], {}, 3)
case("Attention", 23, [f(2, 3, 4, 8), f(2, 3, 6, 8), f(2, 3, 6, 10), f(4, 6)], {}, 4) if False else None
case("RotaryEmbedding", 23, [f(2, 3, 4, 8), f(2, 4, 4), f(2, 4, 4)])
for op, gates, states in (("RNN", 1, 1), ("GRU", 3, 1), ("LSTM", 4, 2)):
    for d in ("forward", "bidirectional"):
        n = 2 if d == "bidirectional" else 1
        case(op, 14, [f(5, 2, 3), f(n, gates * 4, 3), f(n, gates * 4, 4), f(n, 2 * gates * 4)], {"hidden_size": 4, "direction": d}, 1 + states)
case("EyeLike", 9, [f(3, 4)])
case("EyeLike", 9, [f(3, 4)], {"dtype": 7})
for axis in (-1, 0, 1):
    case("OneHot", 11, [t("int64", 2, 3), c(5), c([0.0, 1.0], np.float32)], {"axis": axis})
case("Trilu", 14, [f(2, 3, 4), c(1)], {"upper": 0})
case("ReverseSequence", 10, [f(4, 2), c([2, 3])], {"time_axis": 0, "batch_axis": 1})
case("Col2Im", 18, [f(1, 12, 25), c([6, 6]), c([2, 2])])
case("CenterCropPad", 18, [f(5, 6, 3), c([4, 8])], {"axes": [0, 1]})
# --- shape arithmetic: all inputs constant, values compared ---
i64 = lambda *v: c(list(v))
case("Shape", 13, [f(2, 3, 4)], {}, 1, True)
for s, e in ((0, 2), (1, None), (-1, None), (-5, 9), (2, 1)):
    case("Shape", 15, [f(2, 3, 4)], {"start": s, **({} if e is None else {"end": e})}, 1, True)
case("Size", 13, [f(2, 3, 4)], {}, 1, True)
case("Gather", 13, [i64(5, 6, 7), c(1)], {}, 1, True)
case("Gather", 13, [i64(5, 6, 7), i64(-1, 0)], {}, 1, True)
case("Gather", 13, [c([[1, 2], [3, 4]]), i64(1, 0, 1)], {"axis": 1}, 1, True)
case("Concat", 13, [i64(5), i64(6, 7), i64(8)], {"axis": 0}, 1, True)
case("Concat", 13, [c([[1, 2], [3, 4]]), c([[5], [6]])], {"axis": 1}, 1, True)
case("Unsqueeze", 13, [c(5), i64(0)], {}, 1, True)
case("Squeeze", 13, [i64(5)], {}, 1, True)
case("Reshape", 13, [i64(1, 2, 3, 4), i64(2, -1)], {}, 1, True)
case("Slice", 13, [i64(1, 2, 3, 4, 5), i64(1), i64(-1), i64(0), i64(2)], {}, 1, True)
case("Slice", 13, [i64(1, 2, 3, 4, 5), i64(-1), i64(-(2**63)), i64(0), i64(-1)], {}, 1, True)
case("Slice", 13, [c([[1, 2, 3], [4, 5, 6]]), i64(-1, 1), i64(-9, 9), i64(0, 1), i64(-1, 1)], {}, 1, True)
case("Transpose", 13, [c(np.arange(24).reshape(2, 3, 4))], {"perm": [2, 0, 1]}, 1, True)
case("Tile", 13, [c([[1, 2], [3, 4]]), i64(2, 3)], {}, 1, True)
case("Expand", 13, [c([[1], [2]]), i64(3, 1, 4)], {}, 1, True)
case("Split", 13, [c(np.arange(12).reshape(3, 4)), i64(1, 3)], {"axis": 1}, 2, True)
case("Split", 18, [i64(1, 2, 3, 4, 5)], {"num_outputs": 2}, 2, True)
case("Range", 11, [c(2), c(11), c(3)], {}, 1, True)
case("Range", 11, [c(5), c(-5), c(-2)], {}, 1, True)
case("Range", 11, [c(0.0, np.float32), c(1.0, np.float32), c(0.25, np.float32)], {}, 1, True)
case("ConstantOfShape", 9, [i64(2, 3)], {"value": helper.make_tensor("v", TensorProto.INT64, [1], [-1])}, 1, True)
case("ConstantOfShape", 20, [i64(3)], {}, 1, True)
for op in ("Add", "Sub", "Mul", "Div", "Mod"):
    case(op, 14, [i64(7, -7, 9), c(2)], {}, 1, True)
    case(op, 14, [c([[7], [-8]]), i64(2, 3, -4)], {}, 1, True)
case("Mod", 13, [i64(7, -7), i64(-3, 3)], {"fmod": 1}, 1, True)
case("Pow", 15, [i64(2, 3), c(2)], {}, 1, True)
case("Div", 14, [c([7.0, -8.0], np.float32), c(2.0, np.float32)], {}, 1, True)
for op in ("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"):
    case(op, 16, [i64(1, 2, 3), i64(2)], {}, 1, True)
case("And", 7, [c([True, False], np.bool_), c([True, True], np.bool_)], {}, 1, True)
case("Or", 7, [c([True, False], np.bool_), c([False, False], np.bool_)], {}, 1, True)
case("Not", 1, [c([True, False], np.bool_)], {}, 1, True)
case("Where", 16, [c([True, False, True], np.bool_), i64(1, 2, 3), c(9)], {}, 1, True)
case("Cast", 13, [c([2.7, -2.7, 0.0], np.float32)], {"to": 7}, 1, True)
case("Cast", 13, [i64(0, 3)], {"to": 9}, 1, True)
case("Cast", 13, [i64(1, 3)], {"to": 1}, 1, True)
for op in ("Neg", "Abs", "Sign"):
    case(op, 13, [i64(3, -4, 0)], {}, 1, True)
for op in ("Floor", "Ceil", "Round", "Sqrt", "Exp", "Log", "Reciprocal", "Sin", "Cos"):
    case(op, 13 if op not in ("Round", "Sin", "Cos") else 11, [c([0.5, 1.5, 2.5, 3.7, 64.0], np.float32)], {}, 1, True)
for op in ("Max", "Min", "Sum"):
    case(op, 13, [c([1.0, 5.0], np.float32), c([3.0, 2.0], np.float32), c([0.5], np.float32)], {}, 1, True)
case("ReduceProd", 18, [c([[2, 3], [4, 5]]), i64(1)], {"keepdims": 0}, 1, True)
case("ReduceSum", 13, [c([[2, 3], [4, 5]])], {"keepdims": 0}, 1, True)
case("ReduceMax", 18, [c([[2, 3], [4, 5]]), i64(0)], {}, 1, True)
case("ReduceMin", 18, [c([[2, 3], [4, 5]]), i64(-1)], {}, 1, True)
case("Clip", 13, [i64(1, 5, 9), c(2), c(8)], {}, 1, True)
case("Relu", 14, [c([-1.0, 2.0], np.float32)], {}, 1, True)
case("Constant", 13, [], {"value_ints": [1, 2]}, 1, True)
case("Constant", 13, [], {"value_float": 1.5}, 1, True)
case("Constant", 13, [], {"value": helper.make_tensor("v", TensorProto.INT32, [2, 1], [3, 4])}, 1, True)

order = json.dumps({"origin": f"bench/peers/make_ops_vectors.py; onnxruntime {ort.__version__}, onnx {onnx.__version__}", "cases": []})
path = pathlib.Path(__file__).resolve().parents[2] / "test" / "data" / "ops" / "vectors.json"
path.parent.mkdir(parents=True, exist_ok=True)
lines = ",\n".join(json.dumps(x, separators=(",", ":")) for x in cases)
path.write_text(order.replace('"cases": []', '"cases": [\n' + lines + "\n]") + "\n")
print(len(cases), "cases", {s: sum(x["source"] == s for x in cases) for s in ("onnxruntime", "onnx", "rejected")})
for d in dropped:
    print("dropped", *d)
