// tanh as in src/simd/math.rs, by the same approximation: the built-in overflows to NaN on some drivers.

fn activate(z: vec4<f32>) -> Unit {
    // NaN passes both selections.
    let upper = select(z, vec4<f32>(8.5), z > vec4<f32>(8.5));
    let x = select(upper, vec4<f32>(-8.5), upper < vec4<f32>(-8.5));
    let t = x * x;
    let n = x * ((5.7450074e-5 * t + 1.4901686e-2) * t + 0.5);
    let d = ((1.2428109e-6 * t + 1.2096547e-3) * t + 1.1313668e-1) * t + 1.0;
    let quotient = ((n + n) * d) / (n * n + d * d);
    // Division may be off by some units in the last place.
    let below = select(quotient, vec4<f32>(1.0), quotient > vec4<f32>(1.0));
    let value = select(below, vec4<f32>(-1.0), below < vec4<f32>(-1.0));
    let slope = 1.0 - value * value;
    return Unit(value, slope, -2.0 * value * slope);
}
