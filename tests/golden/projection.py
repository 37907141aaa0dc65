"""Writes `projection.json` beside this file: principal components by scikit-learn, in float64.

Needs numpy and scikit-learn. Vectors are float32 values with enough digits to round-trip; every result is float64.
scikit-learn decomposes the centred vectors themselves by singular values, not their inner products. Its signs are its
own; the tests compare up to them.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA


def case(name, vectors, others):
    vectors, others = (np.asarray(array, np.float32) for array in (vectors, others))
    pca = PCA(svd_solver="full").fit(vectors.astype(np.float64))
    places = pca.transform(vectors.astype(np.float64))[:, :2]
    placed = pca.transform(others.astype(np.float64))[:, :2]
    nearest = pca.mean_ + placed @ pca.components_[:2]
    distances = np.linalg.norm(others.astype(np.float64) - nearest, axis=1)
    return {
        "name": name,
        "vectors": [[float(x) for x in vector] for vector in vectors],
        "others": [[float(x) for x in vector] for vector in others],
        "explained": pca.explained_variance_ratio_.tolist(),
        "places": places.tolist(),
        "other_places": placed.tolist(),
        "other_distances": distances.tolist(),
    }


def cases():
    rng = np.random.default_rng(13)
    plain = rng.normal(size=(9, 23))
    yield case("no direction stands out", plain, rng.normal(size=(3, 23)))
    # A wheel: two components of nearly equal variance, far from the origin, with a little outside of the plane.
    frame = np.linalg.qr(rng.normal(size=(37, 37)))[0]
    angles, radii = np.meshgrid(np.arange(8) * np.pi / 4, [0.4, 1.0])
    wheel = np.stack([radii * np.cos(angles), 1.01 * radii * np.sin(angles)], -1).reshape(-1, 2) @ frame[:2]
    wheel = 3 + wheel + 0.01 * rng.normal(size=wheel.shape)
    yield case("a wheel far from the origin", wheel, 3 + rng.normal(size=(2, 37)))
    # Fewer parameters than vectors.
    yield case("three parameters", rng.normal(size=(12, 3)) * [3, 2, 0.1], rng.normal(size=(2, 3)))
    # A path that drifts, as θ does.
    path = np.cumsum(rng.normal(size=(15, 20)), axis=0)
    yield case("a path", path, rng.normal(size=(1, 20)))


if __name__ == "__main__":
    text = json.dumps({"cases": list(cases())}, indent=None, separators=(",", ":"))
    Path(__file__).with_suffix(".json").write_text(text + "\n")
