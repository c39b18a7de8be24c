"""Numbers of another program for the smoother's tests: filterpy's Kalman filter and its Rauch-Tung-Striebel smoother.

    pip install filterpy; python tools/filterpy_smoother.py > tests/kernels/filterpy_smoother.json

One track of 20 positions in uneven time steps, nearly constant velocity; written are the reports, the noise and what
filterpy says of mean and covariance before (filter) and after (smoother).
"""

from __future__ import annotations

import json

import filterpy
import numpy as np
from filterpy.common import Q_discrete_white_noise  # noqa: F401 - says where filterpy keeps its own; ours is continuous
from filterpy.kalman import KalmanFilter

Q_LEVEL, Q_VERTICAL = 0.3, 0.02
START_MPS, START_CLIMB_MPS = 120.0, 5.0


def main() -> None:
    rng = np.random.default_rng(20261130)
    dt = np.concatenate([[0.0], rng.uniform(0.5, 6.0, 19)])
    t = np.cumsum(dt)
    z = np.stack([45.0 * t, -20.0 * t + 30.0 * np.sin(t / 15.0), 900.0 + 2.0 * t], axis=1)
    r = []
    for _ in t:
        a = rng.normal(size=(3, 3)) * [60.0, 40.0, 80.0]
        r.append(a @ a.T + np.diag([400.0, 400.0, 900.0]))
    z += [rng.multivariate_normal(np.zeros(3), c) for c in r]
    kf = KalmanFilter(dim_x=6, dim_z=3)
    kf.H = np.hstack([np.eye(3), np.zeros((3, 3))])
    kf.x = np.concatenate([z[0], np.zeros(3)])
    kf.P = np.diag([0.0, 0.0, 0.0, START_MPS**2, START_MPS**2, START_CLIMB_MPS**2])
    kf.P[:3, :3] = r[0]
    means, covs, fs, qs = [kf.x.copy()], [kf.P.copy()], [np.eye(6)], [np.zeros((6, 6))]
    for k in range(1, len(t)):
        f = np.eye(6)
        f[:3, 3:] = dt[k] * np.eye(3)
        g = np.diag([Q_LEVEL, Q_LEVEL, Q_VERTICAL])
        q = np.block([[g * dt[k] ** 3 / 3.0, g * dt[k] ** 2 / 2.0], [g * dt[k] ** 2 / 2.0, g * dt[k]]])
        kf.predict(F=f, Q=q)
        kf.update(z[k], R=r[k])
        means.append(kf.x.copy())
        covs.append(kf.P.copy())
        fs.append(f)
        qs.append(q)
    x, p, _, _ = kf.rts_smoother(np.array(means), np.array(covs), Fs=fs, Qs=qs)
    print(json.dumps({
        "program": f"filterpy {filterpy.__version__}", "t_s": t.tolist(), "z": z.tolist(), "r": np.array(r).tolist(),
        "q": [Q_LEVEL, Q_VERTICAL], "start_mps": [START_MPS, START_CLIMB_MPS], "filter_x": np.array(means).tolist(),
        "x": x.tolist(), "p": p.tolist(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
