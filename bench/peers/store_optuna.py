"""1,000 cheap trials of two parameters in Optuna's SQLite storage, one by one.

Prints the seconds that ask, evaluate and tell took, imports and creating the study apart:
    python store_optuna.py FILE TRIALS SEED
"""

import json
import sys
import time

import optuna

path, trials, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(
    storage=f"sqlite:///{path}",
    sampler=optuna.samplers.RandomSampler(seed=seed),
    directions=["minimize", "minimize"],
)
start = time.perf_counter()
for _ in range(trials):
    trial = study.ask()
    x = trial.suggest_float("x", -1, 1)
    y = trial.suggest_float("y", -1, 1)
    study.tell(trial, [x * x + y * y, (x - 1) ** 2 + y * y])
seconds = time.perf_counter() - start
stored = len(study.get_trials(deepcopy=False))
with study._storage._backend.engine.connect() as connection:
    pragmas = {
        name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        for name in ("journal_mode", "synchronous")
    }
print(json.dumps({"seconds": seconds, "stored": stored, **pragmas, "version": optuna.__version__}))
