// The exponential as in src/simd/math.rs, by the same approximation, and what src/backend/cpu/activate.rs makes of it.

struct Logistic {
    /// 1/(1 + e^−z).
    value: vec4<f32>,
    slope: vec4<f32>,
    /// e^−|z|.
    small: vec4<f32>,
}

/// e^x for x up to 0; 0 below −87, where the result would soon be too small for a normal number.
fn exponential(x: vec4<f32>) -> vec4<f32> {
    let least = vec4<f32>(-87.0);
    // NaN passes both selections.
    let bounded = select(x, least, x < least);
    // x = k·ln 2 + r, with r in [−ln 2/2, ln 2/2].
    let k = round(bounded * 1.442695);
    let r = (bounded - k * 6.9314575e-1) - k * 1.4286068e-6;
    let curve = (((1.38074e-3 * r + 8.368568e-3) * r + 4.166847e-2) * r + 1.6666521e-1) * r + 4.9999994e-1;
    let power = bitcast<vec4<f32>>(vec4<u32>(clamp(k + 127.0, vec4<f32>(1.0), vec4<f32>(127.0))) << vec4<u32>(23u));
    return select(((1.0 + r) + (r * r) * curve) * power, vec4<f32>(), x < least);
}

fn logistic(z: vec4<f32>) -> Logistic {
    let small = exponential(-abs(z));
    let quotient = 1.0 / (1.0 + small);
    let far = small * quotient;
    return Logistic(select(quotient, far, z < vec4<f32>()), far * quotient, small);
}
