"""pymoo's side of search_pymoo.mjs: reads one request a line, answers one line of JSON."""
import json
import sys
import time

import moocore
import numpy as np
import pymoo
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.functions import is_compiled
from pymoo.optimize import minimize
from pymoo.problems import get_problem
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting


def nsga2(seed):
    problem = get_problem("zdt1")
    start, cpu = time.perf_counter(), time.process_time()
    result = minimize(problem, NSGA2(pop_size=100), ("n_gen", 250), seed=seed, verbose=False)
    ms, cpu_ms = 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - cpu)
    assert result.algorithm.evaluator.n_eval == 25_000
    front = result.pop.get("F")
    return {"ms": ms, "cpuMs": cpu_ms, "hypervolume": float(moocore.hypervolume(front, ref=[1.1, 1.1]))}


def sort(path):
    points = np.fromfile(path).reshape(-1, 2)
    start = time.perf_counter()
    fronts = NonDominatedSorting().do(points)
    return {"ms": 1000 * (time.perf_counter() - start), "fronts": len(fronts)}


if len(sys.argv) == 3:
    nsga2(int(sys.argv[2]))
    sys.exit()
print(json.dumps({"version": pymoo.__version__, "compiled": is_compiled()}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    run = {"nsga2": nsga2, "sort": sort}[request["what"]]
    print(json.dumps(run(request["argument"])), flush=True)
