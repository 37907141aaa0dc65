"""Derives the f32 approximations of tanh, sin, cos, exp and log1p and measures their errors.

Needs numpy and mpmath. Prints coefficients as the shortest decimals that round-trip in f32,
then errors from sweeps in which every operation is rounded to f32 in the order written here
(multiply, add, divide; no fused multiply-add), so that any IEEE machine repeats them bit by bit.

tanh  With u = tanh(x/2), tanh x = 2u / (1 + u²), and u ≈ N/D with N = x·A(x²), D = B(x²) gives
          tanh x ≈ 2·N·D / (N² + D²).
      The magnitude cannot exceed 1 but for rounding (2ND ≤ N² + D²), and errors of u vanish to
      second order where tanh saturates, so a short quotient is enough and rounds well.
sin   x = k·π + r with k = round(x/π), |r| ≤ π/2: sin x = (−1)^k · (r + r³·S(r²)).
cos   from the same r: cos x = (−1)^k · (1 − r²/2 + r⁴·C(r²)).
exp   x = k·ln 2 + r with k = round(x/ln 2), |r| ≤ ln 2/2: e^x = 2^k · (1 + r + r²·E(r)).
log1p on [0, 1], by ln((1 + s)/(1 − s)) = 2·artanh s at s = x/(2 + x), |s| ≤ 1/3:
          ln(1 + x) ≈ 2·s + s³·L(s²).
"""

from functools import partial

import mpmath as mp
import numpy as np

mp.mp.dps = 30
F = np.float32

TANH_CLAMP = 8.5
HALF_PI = mp.pi / 2 + mp.mpf("1e-3")  # k is rounded from an f32 quotient: r overshoots a little


def horner(coefficients, t):
    """c0 + c1·t + c2·t² + …, innermost first."""
    total = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * t + c
    return total


def remez(error, start, high, rounds=12):
    """The parameters whose `error(parameters, x)` equioscillates on (0, high].

    Newton solves error(x_i) = (−1)^i·E at n + 1 nodes for the n parameters and E; the nodes then
    move to the extrema. `error` may be nonlinear in the parameters.
    """
    n = len(start)
    unknowns = [mp.mpf(p) for p in start] + [mp.mpf(0)]
    grid = [high * mp.sin(mp.pi / 2 * mp.mpf(i) / 1000) for i in range(1, 1001)]
    nodes = [high * mp.cos(mp.pi * (n - i) / (2 * n + 1)) for i in range(n + 1)]
    for _ in range(rounds):

        def equations(*v, nodes=nodes):
            return [error(v[:n], x) - (-1) ** i * v[n] for i, x in enumerate(nodes)]

        unknowns = list(mp.findroot(equations, unknowns, tol=1e-20, maxsteps=60))
        errors = [error(unknowns[:n], x) for x in grid]
        extrema = []  # the largest error of each run of one sign
        for i, e in enumerate(errors):
            if extrema and mp.sign(e) == mp.sign(errors[extrema[-1]]):
                if abs(e) > abs(errors[extrema[-1]]):
                    extrema[-1] = i
            else:
                extrema.append(i)
        if len(extrema) <= n:
            raise ArithmeticError(f"{len(extrema)} extrema, {n + 1} needed")
        extrema = sorted(sorted(extrema, key=lambda i: -abs(errors[i]))[: n + 1])
        nodes = [grid[i] for i in extrema]
        largest = max(map(abs, errors))
        if largest < 1.001 * abs(unknowns[n]):
            break
    return unknowns[:n], largest


def fit_tanh(a_terms, b_terms):
    """A(0) = 1/2 and B(0) = 1 are fixed, so tanh x → x exactly; the relative error is minimised."""

    def error(v, x):
        t = x * x
        n = x * horner([mp.mpf("0.5"), *v[:a_terms]], t)
        d = horner([mp.mpf(1), *v[a_terms:]], t)
        return 2 * n * d / (n * n + d * d) / mp.tanh(x) - 1

    # Padé: tanh y = y·(945 + 105y² + y⁴) / (945 + 420y² + 15y⁴) at y = x/2.
    pade_a = [mp.mpf(105) / 945 / 8, mp.mpf(1) / 945 / 32, mp.mpf(0)]
    pade_b = [mp.mpf(420) / 945 / 4, mp.mpf(15) / 945 / 16, mp.mpf(0)]
    v = pade_a[:a_terms] + pade_b[:b_terms]
    for high in (4, 6, 7, 8, TANH_CLAMP):  # by continuation: each fit starts the next
        v, largest = remez(error, v, mp.mpf(high))
    return [0.5, *v[:a_terms]], [1.0, *v[a_terms:]], largest


def fit_sin(terms):
    start = [(-1) ** (k + 1) / mp.factorial(2 * k + 3) for k in range(terms)]
    return remez(lambda v, r: (r + r**3 * horner(v, r * r)) / mp.sin(r) - 1, start, HALF_PI)


def fit_cos(terms):
    start = [(-1) ** k / mp.factorial(2 * k + 4) for k in range(terms)]
    return remez(lambda v, r: 1 - r**2 / 2 + r**4 * horner(v, r * r) - mp.cos(r), start, HALF_PI)


def fit_exp(terms):
    """On both sides of 0 at once; the relative error is minimised.

    `remez` looks at (0, high], so x = high·(1 − 2·y/high) maps that to [−ln 2/2, ln 2/2).
    """
    high = mp.log(2) / 2 + mp.mpf("1e-6")

    def error(v, y):
        r = high - 2 * y
        return (1 + r + r**2 * horner(v, r)) / mp.exp(r) - 1

    return remez(error, [1 / mp.factorial(k + 2) for k in range(terms)], high)


def fit_log1p(terms):
    def error(v, s):
        return (2 * s + s**3 * horner(v, s * s)) / (2 * mp.atanh(s)) - 1

    return remez(error, [mp.mpf(2) / (2 * k + 3) for k in range(terms)], mp.mpf(1) / 3)


def split_ln2():
    """ln 2 = C1 + C2; C1 has 15 significant bits, so that k·C1 is exact to |k| < 2^9."""
    unit = mp.mpf(2) ** -15
    first = mp.floor(mp.log(2) / unit) * unit
    return [first, mp.log(2) - first]


def split_pi():
    """π = C1 + C2 + C3; C1 and C2 have 11 significant bits, so k·C1 and k·C2 are exact to |k| < 2^13."""
    parts, rest = [], mp.pi
    for _ in range(2):
        unit = mp.mpf(2) ** (mp.floor(mp.log(rest, 2)) - 10)
        parts.append(mp.floor(rest / unit) * unit)
        rest -= parts[-1]
    return [*parts, rest]


def f32(values):
    return [F(float(v)) for v in values]


# The evaluation in f32, as the Rust and WGSL code writes it.


def tanh_f32(x, a, b, clamp):
    x = np.minimum(np.maximum(x, -clamp), clamp)
    t = x * x
    n = x * horner(a, t)
    d = horner(b, t)
    return ((n + n) * d) / (n * n + d * d)


MAGIC = F(1.5 * 2**23)  # adding and subtracting it rounds to the nearest integer, ties to even
FRAC_1_PI = F(float(1 / mp.pi))


def reduce_f32(x, pi_parts, shift=0.0):
    """x = (k + shift)·π + r; `sign` is (−1)^k, from the lowest bit of the shifted sum."""
    shifted = (x * FRAC_1_PI - shift) + MAGIC
    k = (shifted - MAGIC) + shift
    r = x
    for part in pi_parts:
        r = r - k * part
    return r, (shifted.view(np.uint32) & 1) << 31


def flip(y, sign):
    return (y.view(np.uint32) ^ sign).view(F)


def sin_f32(x, s, pi_parts):
    r, sign = reduce_f32(x, pi_parts)
    t = r * r
    return flip(r + (r * t) * horner(s, t), sign)


def cos_f32(x, c, pi_parts):
    r, sign = reduce_f32(x, pi_parts)
    t = r * r
    return flip((F(1) - F(0.5) * t) + (t * t) * horner(c, t), sign)


def cos_by_sin_f32(x, s, pi_parts):
    """cos((k + ½)π + r) = −(−1)^k · sin r: a reduction of its own, exact at the zeros of cos."""
    r, sign = reduce_f32(x, pi_parts, 0.5)
    t = r * r
    return flip(-(r + (r * t) * horner(s, t)), sign)


LOG2_E = F(float(1 / mp.log(2)))
EXP_LEAST = F(-87)


def exp_f32(x, e, ln2_parts):
    """For x up to 88; 0 below −87."""
    clamped = np.maximum(x, EXP_LEAST)
    shifted = clamped * LOG2_E + MAGIC
    k = shifted - MAGIC
    r = (clamped - k * ln2_parts[0]) - k * ln2_parts[1]
    scale = ((shifted + F(127)).view(np.uint32) << 23).view(F)
    y = ((F(1) + r) + (r * r) * horner(e, r)) * scale
    return np.where(x < EXP_LEAST, F(0), y)


def log1p_f32(x, coefficients):
    s = x / (F(2) + x)
    t = s * s
    return (s + s) + (s * t) * horner(coefficients, t)


def sweep(low, high, stride):
    """Every `stride`-th f32 of [low, high], in order, in blocks; a block repeats the last value."""
    first, last = int(F(low).view(np.int32)), int(F(high).view(np.int32))
    step = stride << 20
    for start in range(first, last, step):
        yield np.arange(start, min(start + step + stride, last + 1), stride, dtype=np.int32).view(F)


def measure(approximation, exact, low, high, stride=1):
    worst = dict.fromkeys(("absolute", "relative", "ulp", "largest", "drop", "drops", "points"), 0)
    for x in sweep(low, high, stride):
        y, truth = approximation(x), exact(x.astype(np.float64))
        gap = np.abs(y - truth)
        falls = -np.diff(y)
        for name, value in (
            ("absolute", gap),
            ("relative", gap / np.abs(truth)),
            ("ulp", gap / np.spacing(np.abs(truth).astype(F))),
            ("largest", np.abs(y)),
            ("drop", falls),
        ):
            worst[name] = max(worst[name], float(value.max()))
        worst["drops"] += int((falls > 0).sum())
        worst["points"] += x.size
    return worst


def show(name, values):
    digits = (np.format_float_scientific(v, trim="0", exp_digits=1) for v in values)
    print(f"  {name} = [{', '.join(digits)}]")


def main():
    a, b, largest = fit_tanh(2, 3)
    a, b, clamp = f32(a), f32(b), F(TANH_CLAMP)
    print(f"tanh: fitted to {mp.nstr(largest, 3)} relative on [0, {TANH_CLAMP}]")
    show("A", a)
    show("B", b)
    w = measure(partial(tanh_f32, a=a, b=b, clamp=clamp), np.tanh, 2.0**-14, 10)
    print(
        f"  every f32 in [2^-14, 10]: absolute {w['absolute']:.3g}, relative {w['relative']:.3g},"
    )
    print(f"  {w['ulp']:.2f} ulp; largest magnitude 1{w['largest'] - 1:+.2g}; it falls between")
    print(f"  {w['drops']} of {w['points']} neighbours, by {w['drop']:.2g} at most")

    s, sin_largest = fit_sin(4)
    c, cos_largest = fit_cos(4)
    s, c, parts = f32(s), f32(c), f32(split_pi())
    print(f"sin: fitted to {mp.nstr(sin_largest, 3)} relative on [0, pi/2]")
    show("S", s)
    print(f"cos: fitted to {mp.nstr(cos_largest, 3)} absolute on [0, pi/2]")
    show("C", c)
    show("FRAC_1_PI", [FRAC_1_PI])
    two_parts = f32([parts[0], mp.pi - mp.mpf(float(parts[0]))])
    for name, split in (("PI_PARTS", parts), ("PI_PARTS, two", two_parts)):
        show(name, split)
        for label, approximation, exact in (
            ("sin", partial(sin_f32, s=s, pi_parts=split), np.sin),
            ("cos", partial(cos_f32, c=c, pi_parts=split), np.cos),
            ("cos by sin", partial(cos_by_sin_f32, s=s, pi_parts=split), np.cos),
        ):
            for high in (100, 1000, 10_000):
                w = measure(approximation, exact, 2.0**-14, high, stride=5)
                print(f"  {label}, |x| <= {high}: absolute {w['absolute']:.3g}, ", end="")
                print(f"largest magnitude 1{w['largest'] - 1:+.2g}")

    e, exp_largest = fit_exp(5)
    e, ln2_parts = f32(e), f32(split_ln2())
    print(f"exp: fitted to {mp.nstr(exp_largest, 3)} relative on [-ln 2/2, ln 2/2]")
    show("EXP", e)
    show("LOG2_E", [LOG2_E])
    show("LN_2_PARTS", ln2_parts)
    for name, sign in (("[-87, 0]", F(-1)), ("[0, 88]", F(1))):
        w = measure(
            lambda x: exp_f32(sign * x, e, ln2_parts),
            lambda x: np.exp(float(sign) * x),
            2.0**-30,
            87 if sign < 0 else 88,
            stride=3,
        )
        print(f"  {name}: relative {w['relative']:.3g}, {w['ulp']:.2f} ulp")
    l, log1p_largest = fit_log1p(4)
    l = f32(l)
    print(f"log1p: fitted to {mp.nstr(log1p_largest, 3)} relative on [0, 1]")
    show("LOG1P", l)
    w = measure(partial(log1p_f32, coefficients=l), np.log1p, 2.0**-30, 1)
    print(f"  every f32 in [2^-30, 1]: relative {w['relative']:.3g}, {w['ulp']:.2f} ulp")


if __name__ == "__main__":
    main()
