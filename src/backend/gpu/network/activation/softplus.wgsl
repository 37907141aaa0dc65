// ln(1 + e^z) = max(z, 0) + ln(1 + e^−|z|), the logarithm as in src/simd/math.rs, by the same approximation.

fn activate(z: vec4<f32>) -> Unit {
    let slope = logistic(z);
    // ln(1 + x) = 2·artanh s for s = x/(2 + x).
    let s = slope.small / (2.0 + slope.small);
    let t = s * s;
    let curve = ((2.801199e-1 * t + 2.8001806e-1) * t + 4.0021527e-1) * t + 6.666642e-1;
    // NaN passes the selection.
    let value = select(z, vec4<f32>(), z < vec4<f32>()) + ((s + s) + (s * t) * curve);
    return Unit(value, slope.value, slope.slope);
}
