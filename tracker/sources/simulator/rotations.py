"""Quaternions (w, x, y, z), row-wise over arrays; q takes a vector from the inner frame to the outer one."""

from __future__ import annotations

import numpy as np

from tracker.core.model import Floats


def about_axis(axis: int, angle_rad: Floats) -> Floats:
    """(n, 4) rotation by angle_rad (n,) about the coordinate axis 0, 1 or 2."""
    q = np.zeros((len(angle_rad), 4))
    q[:, 0] = np.cos(angle_rad / 2)
    q[:, 1 + axis] = np.sin(angle_rad / 2)
    return q


def from_small_vector(vector_rad: Floats) -> Floats:
    """(n, 4) rotation by vectors (n, 3) of a few degrees, normalised: right to 1e-7 rad below 2 deg."""
    q = np.concatenate([np.ones((len(vector_rad), 1)), vector_rad / 2], axis=1)
    return np.asarray(q / np.sqrt((q * q).sum(axis=1, keepdims=True)))


def from_matrix(matrix: Floats) -> Floats:
    """(4,) the rotation matrix (3, 3) as a quaternion; works for every angle, half turns included."""
    m = matrix
    squares = np.array([1 + m[0, 0] + m[1, 1] + m[2, 2], 1 + m[0, 0] - m[1, 1] - m[2, 2],
                        1 - m[0, 0] + m[1, 1] - m[2, 2], 1 - m[0, 0] - m[1, 1] + m[2, 2]])  # fmt: skip
    products = np.array([
        [squares[0], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
        [m[2, 1] - m[1, 2], squares[1], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]],
        [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], squares[2], m[1, 2] + m[2, 1]],
        [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], squares[3]],
    ])  # fmt: skip
    row: Floats = products[int(np.argmax(squares))]
    return np.asarray(row / np.sqrt(row @ row))


def multiply(left: Floats, right: Floats) -> Floats:
    """(n, 4) first `right`, then `left`; either may be one quaternion (4,)."""
    a, b, c, d = (left[..., i] for i in range(4))
    e, f, g, h = (right[..., i] for i in range(4))
    return np.stack(
        [a * e - b * f - c * g - d * h, a * f + b * e + c * h - d * g,
         a * g - b * h + c * e + d * f, a * h + b * g - c * f + d * e], axis=-1)  # fmt: skip


def conjugate(q: Floats) -> Floats:
    """The inverse rotation of unit quaternions."""
    return np.asarray(q * np.array([1.0, -1.0, -1.0, -1.0]))


def rotate(q: Floats, vector: Floats) -> Floats:
    """(n, 3) vectors of the inner frame in the outer frame; either argument may be a single one."""
    w, x, y, z = (q[..., i] for i in range(4))
    a, b, c = (vector[..., i] for i in range(3))
    s, t, u = 2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)  # twice the cross product
    return np.stack([a + w * s + y * u - z * t, b + w * t + z * s - x * u, c + w * u + x * t - y * s], axis=-1)


def steps_rad(q: Floats) -> Floats:
    """(n-1, 3) the small turn from each orientation to the next, in the inner frame [rad]."""
    change = multiply(conjugate(q[:-1]), q[1:])
    vector: Floats = change[:, 1:] * np.where(change[:, :1] < 0, -2.0, 2.0)
    sine_squared = (vector * vector).sum(axis=1, keepdims=True) / 4
    return np.asarray(vector * (1 + sine_squared / 6))  # asin(s)/s to third order: exact to 1e-9 below 5 deg a step
