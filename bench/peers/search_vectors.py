"""Writes test/data/search/vectors.json: ranks, crowding distances, hypervolumes and indicators of
random points by pymoo (ranks, crowding, IGD, IGD+) and moocore (hypervolume, contributions, epsilon).

    python bench/peers/search_vectors.py > test/data/search/vectors.json
"""
import json
import sys

import moocore
import numpy as np
import pymoo
from pymoo.indicators.igd import IGD
from pymoo.indicators.igd_plus import IGDPlus
from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

rng = np.random.default_rng(20260)
cases = []
for m in (2, 3, 4, 5, 6):
    for kind in ("uniform", "sphere", "grid"):
        n = 30 if m < 6 else 20
        points = rng.random((n, m))
        if kind == "sphere":
            points = 1 - points / np.linalg.norm(points, axis=1, keepdims=True)
        if kind == "grid":
            points = np.floor(points * 4) / 4
        points = np.round(points, 6)
        reference = np.full(m, 1.1)
        front = np.round(rng.random((12, m)) * 0.3, 6)
        ranks = np.empty(n, dtype=int)
        for r, f in enumerate(NonDominatedSorting().do(points)):
            ranks[f] = r
        distances = calc_crowding_distance(points)
        cases.append({
            "kind": kind,
            "points": points.tolist(),
            "reference": reference.tolist(),
            "front": front.tolist(),
            "ranks": ranks.tolist(),
            # ties in a coordinate leave the neighbours, and so the distances, to the sort
            "crowding": None if kind == "grid" else [None if np.isinf(d) else d for d in distances],
            "hypervolume": float(moocore.hypervolume(points, ref=reference)),
            "contributions": moocore.hv_contributions(points, ref=reference).tolist(),
            "igd": float(IGD(front)(points)),
            "igdPlus": float(IGDPlus(front)(points)),
            "additiveEpsilon": float(moocore.epsilon_additive(points, ref=front)),
        })
json.dump({
    "origin": f"pymoo {pymoo.__version__}, moocore {moocore.__version__}, bench/peers/search_vectors.py",
    "cases": cases,
}, sys.stdout)
